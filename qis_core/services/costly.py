"""Renderings in costly formats that ``format=auto`` led to: made in the background, for those who ask next."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from functools import partial

from qis_core.api import CacheEntry, QisError, Unavailable
from qis_core.cache.single_flight import SingleFlight
from qis_core.cache.tiers import RenditionCache
from qis_core.domain.compose import ImageRequest
from qis_core.imaging.pool import RenderPool
from qis_core.services.background import Work
from qis_core.services.failures import Failures
from qis_core.services.remembering import Remembered
from qis_core.services.rendering import Prepared, Renderer

GIVEN_UP_SECONDS = 600.0
"""How long what could not be made, or not be kept, is not tried again in this process."""

_GIVEN_UP = 2_000


class CostlyFormats:
    """Has renderings made in the background. Safe to use from many threads.

    ``wanted`` takes the work and the fingerprint by which it is told from others; while it is None,
    nothing is done in the background, and whoever asks for a costly format waits for it.
    """

    wanted: Callable[[Hashable, Work], object] | None = None

    def __init__(
        self, *, cache: RenditionCache, flight: SingleFlight[CacheEntry], renderer: Renderer, failures: Failures
    ) -> None:
        self._cache = cache
        self._flight = flight
        self._renderer = renderer
        self._failures = failures
        self._given_up: Remembered[str, float] = Remembered(_GIVEN_UP)

    def want(self, request: ImageRequest, prepared: Prepared) -> None:
        """Has a rendering made soon, unless it could not be made a while ago."""
        key = prepared.fingerprint
        if self.wanted is not None and self._given_up.get(key, 0.0) < time.monotonic():
            self.wanted(key, partial(self._make, request, prepared))

    def _make(self, request: ImageRequest, prepared: Prepared, pool: RenderPool) -> None:
        key = prepared.fingerprint

        def make() -> CacheEntry:
            self._failures.check(key)
            with self._failures.noted(key):
                entry = self._renderer.render(request, prepared, "background", pool=pool)
            self._cache.put(key, entry)
            return entry

        try:
            # Under a name of its own: who asks for the format by name never waits for work of low priority.
            self._flight.run(f"background:{key}", make, lambda: self._cache.get(key), 0.0)
        except Unavailable:
            # Another node makes it, or this one is stopping: that may be otherwise at the next request.
            raise
        except QisError:
            self._give_up(key)
            raise
        if self._cache.get(key) is None:
            self._give_up(key)

    def _give_up(self, key: str) -> None:
        self._given_up.keep(key, time.monotonic() + GIVEN_UP_SECONDS)
