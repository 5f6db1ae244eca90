"""A fair share of something bounded for each client, however many there are and whatever they ask for."""

from __future__ import annotations

import threading
from collections import Counter

_TIMES = 8


class Shares:
    """So many places, of which a client may hold at most eight times as many as are still free.

    A client that is alone gets eight ninths of all; each further one finds places free, and the more clients
    there are, the smaller is the share of each. Nothing has to be set. (Choudhury and Hahne: Dynamic queue length
    thresholds for shared-memory packet switches, IEEE/ACM Transactions on Networking 6, 1998.) Safe to use
    from many threads.
    """

    def __init__(self, places: int) -> None:
        self._lock = threading.Lock()
        self._free = places
        self._held: Counter[str] = Counter()

    def has_room(self, client: str) -> bool:
        """Whether ``client`` would get a place now."""
        return self._held.get(client, 0) < _TIMES * self._free

    def take(self, client: str) -> bool:
        """Takes a place for ``client``; False where none is free, or its share is used up."""
        with self._lock:
            if self._held[client] >= _TIMES * self._free:
                if not self._held[client]:
                    del self._held[client]
                return False
            self._free -= 1
            self._held[client] += 1
            return True

    def give_back(self, client: str) -> None:
        """Gives back what ``take`` has taken."""
        with self._lock:
            self._free += 1
            self._held[client] -= 1
            if not self._held[client]:
                del self._held[client]
