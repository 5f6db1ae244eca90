"""Slows down those who fail again and again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from cachetools import TTLCache


class Throttle:
    """Counts failures by key in this process, and says how long a key has to wait for its next try.

    The first ``free`` failures cost nothing; after each further one the pause doubles, from one
    second to ``longest``. A key that does not fail for ``forget`` seconds starts anew. At most
    ``keys`` are remembered, so that inventing new ones takes no memory.
    """

    def __init__(
        self,
        *,
        free: int,
        longest: float,
        forget: float = 900.0,
        keys: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free = free
        self._longest = longest
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: TTLCache[str, tuple[int, float]] = TTLCache(keys, forget, clock)

    def wait(self, key: str) -> float:
        """Seconds until ``key`` may try again; 0 where it may now."""
        with self._lock:
            count, last = self._failures.get(key, (0, 0.0))
        if count <= self._free:
            return 0.0
        pause = min(self._longest, 2.0 ** min(count - self._free - 1, 30))
        return max(0.0, last + pause - self._clock())

    def failed(self, key: str) -> None:
        """Counts a failure of ``key``."""
        with self._lock:
            count, _ = self._failures.get(key, (0, 0.0))
            self._failures[key] = (count + 1, self._clock())

    def succeeded(self, key: str) -> None:
        """Forgets the failures of ``key``."""
        with self._lock:
            self._failures.pop(key, None)
