"""Which originals get a pyramid or bases, and what there is of them for a rendering."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

from qis_core.api import Cache, PyramidMaker
from qis_core.domain.purging import Purge, PurgeTable
from qis_core.imaging.orders import DECODED_BASES
from qis_core.services.pyramids.store import CopyKey, CopyStore
from qis_core.settings import PyramidSettings

_log = logging.getLogger(__name__)
_AGAIN_SECONDS = 600.0
_REMEMBERED = 1000


class Pyramids:
    """Finds the copies of originals, and has them made of large ones. Safe to use from many threads.

    ``wanted`` is called for an original whose pyramid should be made, ``bases_wanted`` for one whose
    bases should; they are set once the site can do background work, and until then none is made.
    """

    wanted: Callable[[CopyKey], object] | None = None
    bases_wanted: Callable[[CopyKey], object] | None = None

    def __init__(
        self,
        *,
        store: CopyStore,
        makers: Iterable[PyramidMaker],
        settings: PyramidSettings,
        purges: Callable[[], PurgeTable],
        cache: Cache,
    ) -> None:
        """``cache`` is the site's: its leases keep several processes from asking for the same."""
        self._cache = cache
        self.store = store
        self.settings = settings
        named = sorted(f"{maker.name}:{maker.version}" for maker in makers)
        self._can_stream = bool(named)
        self._makers = ",".join([f"decoded:{DECODED_BASES}", *named])
        self._purges = purges
        self._asked: OrderedDict[CopyKey, float] = OrderedDict()
        self._lock = threading.Lock()

    def key(self, path: str, version: str, page: int) -> CopyKey:
        """What the copies of a page are found by: another version, or a purge, makes another."""
        return CopyKey(
            path=path, version=version, page=max(1, page), purge=self._purges().number([path], ""), makers=self._makers
        )

    @contextmanager
    def opened(self, key: CopyKey) -> Iterator[Mapping[float, BinaryIO]]:
        """The copies, open, by the number that their sides are divided by; empty where there are none (yet)."""
        with self.store.opened(key) as files:
            yield files

    def seen(self, key: CopyKey, pixels: int) -> None:
        """Hears that a page of so many pixels was rendered; of a large one without copies, copies are asked for."""
        ask = self.wanted if self.is_large(pixels) else self.bases_wanted if self.gets_bases(pixels) else None
        if ask is None or self.store.knows(key) or (self.is_large(pixels) and not self._can_stream):
            return
        if self._is_new(key) and self._cache.add(f"pyramid:{key.name}", uuid.uuid4().hex, _AGAIN_SECONDS):
            try:
                ask(key)
            except Exception:
                # The rendering is there; the copies can be asked for again later.
                _log.exception("the copies of %r could not be asked for", key.path)

    def is_large(self, pixels: int) -> bool:
        """Whether a page of so many pixels gets a pyramid."""
        return self.settings.max_bytes > 0 and pixels > self.settings.min_pixels

    def gets_bases(self, pixels: int) -> bool:
        """Whether a page of so many pixels gets bases."""
        return 0 < self.settings.base_pixels < pixels and self.settings.max_bytes > 0 and not self.is_large(pixels)

    def forget(self, purge: Purge) -> None:
        """Removes the copies of what is purged."""
        self.store.forget(purge)

    def _is_new(self, key: CopyKey) -> bool:
        """Whether this process has not asked for these copies lately."""
        now = time.monotonic()
        with self._lock:
            if now - self._asked.get(key, -_AGAIN_SECONDS) < _AGAIN_SECONDS:
                return False
            self._asked[key] = now
            while len(self._asked) > _REMEMBERED:
                self._asked.popitem(last=False)
            return True
