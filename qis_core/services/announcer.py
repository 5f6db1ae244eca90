"""Tells listeners what was served, off the request's path: a queue and one thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from qis_core.api import Identity, ImageServed
from qis_core.domain.compose import Delivery, ImageRequest


class Announcer:
    """Hands events to ``notify`` on a thread of its own, in order.

    Listeners that fall behind lose events rather than memory: at most ``backlog`` wait, and
    ``dropped`` counts what did not fit. Where nobody listens (``wanted`` false) nothing is done.
    """

    def __init__(self, notify: Callable[[ImageServed], None], *, wanted: bool, backlog: int = 10_000) -> None:
        self.wanted = wanted
        self.dropped = 0
        self._notify = notify
        self._queue: queue.Queue[ImageServed | None] = queue.Queue(backlog)
        self._thread = threading.Thread(target=self._run, name="qis-announcer", daemon=True)
        if wanted:
            self._thread.start()

    def rendition(
        self, request: ImageRequest, identity: Identity, size_bytes: int, origin: str, seconds: float
    ) -> None:
        """Announces a rendering; ``size_bytes`` is 0 where the client had it already."""
        if self.wanted:
            self._announce(
                ImageServed(
                    path=request.recipe.source,
                    identity=identity,
                    original=False,
                    from_cache=origin != "rendered",
                    size_bytes=size_bytes,
                    seconds=seconds,
                    record_stats=request.delivery.stats,
                    xref=request.delivery.xref,
                )
            )

    def original(self, path: str, delivery: Delivery, identity: Identity, size_bytes: int) -> None:
        """Announces an original."""
        if self.wanted:
            self._announce(
                ImageServed(
                    path=path,
                    identity=identity,
                    original=True,
                    from_cache=False,
                    size_bytes=size_bytes,
                    seconds=0.0,
                    record_stats=delivery.stats,
                    xref=delivery.xref,
                )
            )

    def close(self, seconds: float = 5.0) -> None:
        """Delivers what is queued, for at most ``seconds``, and ends the thread."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join(seconds)

    def _announce(self, event: ImageServed) -> None:
        try:
            self._queue.put_nowait(event)
        except queue.Full:
            self.dropped += 1

    def _run(self) -> None:
        while (event := self._queue.get()) is not None:
            self._notify(event)
