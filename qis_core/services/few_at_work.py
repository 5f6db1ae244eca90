"""Few threads at work: of many that have something to do at once, most wait until others are done.

Only one thread at a time runs in the interpreter, and it lets another one in at each call of the system. A hundred
threads that all want to run hand it around some dozens of times for each of their requests: all are late, and a
quarter of the time goes into handing over. In turns, those who came first are done first, and who has to be refused
is not kept waiting by the work for those who were let in.
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
        self._changed = threading.Condition()
        self._in_line = 0

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

    def let_others_first(self) -> None:
        """Returns when nobody waits to begin any more: to be called before work that has time, while `waiting`."""
        with self._changed:
            self._changed.wait_for(lambda: not self._in_line, self._patience)

    def _come(self) -> None:
        self._mine.has_place = self._places.acquire(blocking=False) or self._wait_in_line()
        self._mine.is_here = True

    def _wait_in_line(self) -> bool:
        with self._changed:
            self._in_line += 1
        try:
            return self._places.acquire(timeout=self._patience)
        finally:
            with self._changed:
                self._in_line -= 1
                if not self._in_line:
                    self._changed.notify_all()

    def _go(self) -> None:
        self._mine.is_here = False
        if self._mine.has_place:
            self._places.release()
