"""Requests that are being answered, and those who wait for the same answer.

When a picture becomes known to many at once, all ask for it before it is there. The first one's request goes the
whole way. The others' would only find out, each at the cost of a whole request, that they have to wait for it.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from qis_core.imaging.shares import Shares

PATIENCE = 5.0
"""Seconds after which who waits goes the whole way as well, where waiting has its limits and its own answers."""


class Underway:
    """What is being answered in this process, by what makes requests equal. To be used from many threads.

    ``places`` are the threads that may wait, each client's in its share.
    """

    def __init__(self, places: Shares) -> None:
        self._places = places
        self._answering: dict[Hashable, threading.Event] = {}

    @contextmanager
    def first(self, key: Hashable, client: str) -> Iterator[bool]:
        """Whether this request is the first of its kind: others wait until the block is left. False where somebody
        else's was the first and has been answered, or where there is no place to wait for that."""
        ours = threading.Event()
        first = self._answering.setdefault(key, ours)
        if first is not ours:
            self._wait(first, client)
            yield False
            return
        try:
            yield True
        finally:
            del self._answering[key]
            ours.set()

    def _wait(self, first: threading.Event, client: str) -> None:
        if self._places.take(client):
            try:
                first.wait(PATIENCE)
            finally:
                self._places.give_back(client)
