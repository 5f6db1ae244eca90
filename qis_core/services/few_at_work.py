"""Few threads at work: of many that have something to do at once, most wait until others are done.

Only one thread at a time runs in the interpreter, and it lets another one in at each call of the system. A hundred
threads that all want to run hand it around some dozens of times for each of their requests: all are late, and a
quarter of the time goes into handing over. In turns, those who came first are done first.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 0.25
"""Seconds after which a thread works beside the others: they may be waiting for a slow disk, not for each other."""


class FewAtWork:
    """At most ``places`` threads at a time between `at_work` and its end, but for those whose patience ended.

    It orders who may go on and refuses nobody. To be used from many threads.
    """

    def __init__(self, places: int = 4, *, patience: float = PATIENCE) -> None:
        self._places = threading.Semaphore(places)
        self._patience = patience
        self._mine = threading.local()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """A block that is mostly work. Not to be entered twice by one thread."""
        self._come()
        try:
            yield
        finally:
            self._go()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """A block that mostly waits, within a block `at_work` or elsewhere: another thread may work meanwhile."""
        if not getattr(self._mine, "is_here", False):
            yield
            return
        self._go()
        try:
            yield
        finally:
            self._come()

    def _come(self) -> None:
        self._mine.has_place = self._places.acquire(timeout=self._patience)
        self._mine.is_here = True

    def _go(self) -> None:
        self._mine.is_here = False
        if self._mine.has_place:
            self._places.release()
