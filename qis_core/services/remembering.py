"""A bounded memory for answers that are cheap to work out again."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """At most ``limit`` answers by question; the oldest are forgotten first. Safe from many threads.

    Takes no lock: each step is one operation on a dictionary, which CPython does whole.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._answers: dict[K, V] = {}
        self.get = self._answers.get

    def keep(self, question: K, answer: V) -> None:
        """Remembers ``answer``."""
        while len(self._answers) >= self._limit:
            try:
                self._answers.pop(next(iter(self._answers)), None)
            except (StopIteration, RuntimeError):
                # Another thread changed the dictionary in between; the next look finds it whole.
                break
        self._answers[question] = answer

    def __len__(self) -> int:
        return len(self._answers)
