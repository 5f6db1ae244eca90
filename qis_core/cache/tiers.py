"""Two caches as one: a small one in the process before a large one that all processes share."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from weakref import WeakValueDictionary

from qis_core.api import Cache, CacheEntry, CacheSample, CacheStatus

Origin = Literal["memory", "shared"]

_SHARE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class TierCounts:
    """What was looked for and found since the start. Under load a count may miss a few."""

    memory_hits: int
    shared_hits: int
    misses: int
    stored: int


class RenditionCache(Cache):
    """Renderings by fingerprint.

    An entry found in the shared cache is kept in memory too, for ``memory_seconds`` at most: that
    long may a process show what was purged, or what ran out of time, elsewhere. One that would
    take more than an eighth of the memory stays out of it; as long as somebody holds one of these,
    others get the same object, so that a crowd that asks for a large picture does not fill the
    memory with copies. Leases and status are the shared cache's.
    """

    def __init__(self, memory: Cache, shared: Cache, *, memory_seconds: float = 60.0) -> None:
        self.memory = memory
        self.shared = shared
        self._seconds = memory_seconds
        self._largest = memory.status().limit_bytes // _SHARE
        self._held: WeakValueDictionary[tuple[str, int], CacheEntry] = WeakValueDictionary()
        self._readings: dict[str, _Reading] = {}
        self._memory_hits = self._shared_hits = self._misses = self._stored = 0

    def find(self, key: str) -> tuple[CacheEntry, Origin] | None:
        """The entry and where it was, or None; counted."""
        found = self.find_hit(key)
        if found is None:
            self._misses += 1
        return found

    def find_hit(self, key: str) -> tuple[CacheEntry, Origin] | None:
        """As `find`, for those who let somebody else count it where there is none."""
        entry = self.memory.get(key)
        if entry is not None:
            self._memory_hits += 1
            return entry, "memory"
        entry = self._from_shared(key)
        if entry is not None:
            self._shared_hits += 1
            return entry, "shared"
        return None

    def get(self, key: str) -> CacheEntry | None:
        # Not counted: this is how those who wait for a rendering look again and again.
        return self.memory.get(key) or self._from_shared(key)

    def put(self, key: str, entry: CacheEntry, ttl: float | None = None) -> None:
        self._stored += 1
        self._remember(key, entry, ttl)
        self.shared.put(key, entry, ttl)

    def add(self, key: str, token: str, ttl: float) -> bool:
        return self.shared.add(key, token, ttl)

    def release(self, key: str, token: str) -> None:
        self.shared.release(key, token)

    def delete(self, keys: Iterable[str]) -> None:
        keys = tuple(keys)
        # The shared cache first: between the two, another thread could bring an entry up again.
        self.shared.delete(keys)
        self.memory.delete(keys)
        for key in keys:
            self._held.pop(self._moment(key), None)

    def clear(self) -> None:
        self.shared.clear()
        self.memory.clear()
        self._held.clear()

    def status(self) -> CacheStatus:
        return self.shared.status()

    def sample(self, most: int) -> CacheSample | None:
        return self.shared.sample(most)

    @property
    def counts(self) -> TierCounts:
        """Hits and misses by tier."""
        return TierCounts(
            memory_hits=self._memory_hits,
            shared_hits=self._shared_hits,
            misses=self._misses,
            stored=self._stored,
        )

    def close(self) -> None:
        self.memory.close()
        self.shared.close()

    def _from_shared(self, key: str) -> CacheEntry | None:
        """One thread at a time reads a key; those who come meanwhile get what it finds.

        That it finds nothing counts for itself alone: it may have looked before the entry was put.
        """
        ours = _Reading()
        reading = self._readings.setdefault(key, ours)
        if reading is ours:
            try:
                ours.entry = self._read(key)
            finally:
                del self._readings[key]
                ours.done.set()
        else:
            reading.done.wait()
        return reading.entry or (self._read(key) if reading is not ours else None)

    def _read(self, key: str) -> CacheEntry | None:
        entry = self._held.get(self._moment(key)) or self.shared.get(key)
        if entry is not None:
            self._remember(key, entry, None)
        return entry

    def _remember(self, key: str, entry: CacheEntry, ttl: float | None) -> None:
        if entry.size_bytes <= self._largest:
            self.memory.put(key, entry, self._seconds if ttl is None else min(ttl, self._seconds))
            self._held.pop(self._moment(key), None)
        else:
            # A smaller one of before must not outlive this one.
            self.memory.delete((key,))
            if ttl is None and self._seconds > 0:
                self._held[self._moment(key)] = entry

    def _moment(self, key: str) -> tuple[str, int]:
        # What is held is believed no longer than what is in memory, however long somebody holds it.
        return key, int(time.monotonic() / self._seconds) if self._seconds else 0


class _Reading:
    """A look into the shared cache that goes on, and what it found."""

    __slots__ = ("done", "entry")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.entry: CacheEntry | None = None
