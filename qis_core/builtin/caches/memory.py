"""A cache in this process: ``memory:?size=128M``."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Iterable
from time import monotonic

from qis_core.api import (
    Cache,
    CacheEntry,
    CacheItem,
    CacheProvider,
    CacheSample,
    CacheStatus,
    Location,
    check_key,
    parse_size,
)

DEFAULT_SIZE = "128M"
_KEY_BYTES = 100
_MANY_LEASES = 1000


class MemoryCache(Cache):
    """Keeps the entries used last, up to ``limit_bytes``. Leases hold within this process.

    A get takes no lock: looking up and moving to the end are single steps of the interpreter.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._items: OrderedDict[str, tuple[CacheEntry, float, int]] = OrderedDict()
        self._used = 0
        self._leases: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> CacheEntry | None:
        item = self._items.get(key)
        if item is None:
            return None
        if item[1] <= monotonic():
            self._forget_if(key, item)
            return None
        try:  # noqa: SIM105 (suppress() would take longer than all the rest)
            self._items.move_to_end(key)
        except KeyError:
            # Another thread has just dropped it; what was found is whole all the same.
            pass
        return item[0]

    def put(self, key: str, entry: CacheEntry, ttl: float | None = None) -> None:
        size = entry.size_bytes + len(check_key(key)) + _KEY_BYTES
        until = math.inf if ttl is None else monotonic() + ttl
        with self._lock:
            self._forget(key)
            if size > self._limit or (ttl is not None and ttl <= 0):
                return
            self._items[key] = (entry, until, size)
            self._used += size
            while self._used > self._limit:
                _, (_, _, freed) = self._items.popitem(last=False)
                self._used -= freed

    def add(self, key: str, token: str, ttl: float) -> bool:
        check_key(key)
        now = monotonic()
        with self._lock:
            if len(self._leases) >= _MANY_LEASES:
                self._leases = {name: lease for name, lease in self._leases.items() if lease[1] > now}
            held = self._leases.get(key)
            if held is not None and held[1] > now:
                return False
            self._leases[key] = (token, now + ttl)
            return True

    def release(self, key: str, token: str) -> None:
        with self._lock:
            held = self._leases.get(key)
            if held is not None and held[0] == token:
                del self._leases[key]

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            with self._lock:
                self._forget(key)

    def clear(self) -> None:
        with self._lock:
            self._items.clear()
            self._used = 0

    def status(self) -> CacheStatus:
        return CacheStatus(entries=len(self._items), used_bytes=self._used, limit_bytes=self._limit)

    def sample(self, most: int) -> CacheSample:
        with self._lock:
            held = [(entry, size) for entry, _, size in self._items.values()]
        # Keys are digests: every so-manyth of them is as good as any.
        step = max(1, math.ceil(len(held) / most))
        items = [CacheItem(size_bytes=size, meta=entry.meta) for entry, size in held[::step]]
        return CacheSample(items=items, share=len(items) / len(held) if held else 1.0)

    def _forget(self, key: str) -> None:
        item = self._items.pop(key, None)
        if item is not None:
            self._used -= item[2]

    def _forget_if(self, key: str, item: tuple[CacheEntry, float, int]) -> None:
        with self._lock:
            if self._items.get(key) is item:
                self._forget(key)


class MemoryProvider(CacheProvider):
    """Opens ``memory:?size=128M``; every opening is a cache of its own."""

    scheme = "memory"

    def open(self, url: str) -> MemoryCache:
        location = Location.parse(url, allowed=("size",))
        return MemoryCache(parse_size(location.parameters.get("size", DEFAULT_SIZE)))
