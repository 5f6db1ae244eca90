"""Caches of finished renderings, opened from a URL."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

_KEY = re.compile(r"[A-Za-z0-9:._-]{1,200}")


@dataclass(frozen=True, slots=True, weakref_slot=True, kw_only=True)
class CacheEntry:
    """A body in one piece, and short texts that travel with it."""

    body: bytes
    meta: Mapping[str, str] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        """About what the entry takes: the body and its texts."""
        return len(self.body) + sum(len(k) + len(v) for k, v in self.meta.items()) + 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStatus:
    """What a cache holds: number of entries, bytes used, bytes allowed, and whether it answers."""

    entries: int
    used_bytes: int
    limit_bytes: int
    healthy: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheItem:
    """What an entry takes in a cache, in bytes, and the texts that travel with it."""

    size_bytes: int
    meta: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSample:
    """Some of a cache's entries, picked by their keys alone; ``share`` (0–1) says what part of it they are."""

    items: Sequence[CacheItem]
    share: float


def check_key(key: str) -> str:
    """The key, if it may be one. Raises ValueError: keys are made by programs, never by clients."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no cache key; it must be 1 to 200 ASCII letters, digits and :._-")
    return key


class Cache(ABC):
    """Keeps entries by key until time or space runs out.

    Keys are texts of at most 200 ASCII letters, digits and ``:._-``; ``put`` and ``add`` raise
    ValueError for others (``check_key``), which are found nowhere. A cache never raises for a
    fault of its own: a failed get is a miss, a failed put is forgotten; and it never gives an
    entry that was not put whole. Safe to use from many threads.
    """

    @abstractmethod
    def get(self, key: str) -> CacheEntry | None:
        """The entry, or None."""

    @abstractmethod
    def put(self, key: str, entry: CacheEntry, ttl: float | None = None) -> None:
        """Keeps the entry, for at most ``ttl`` seconds."""

    @abstractmethod
    def add(self, key: str, token: str, ttl: float) -> bool:
        """Takes the lease ``key`` for ``ttl`` seconds; False where somebody holds it.

        Seen by everybody who shares the cache. A cache that cannot tell answers True.
        """

    @abstractmethod
    def release(self, key: str, token: str) -> None:
        """Gives the lease back, if ``token`` still holds it."""

    @abstractmethod
    def delete(self, keys: Iterable[str]) -> None:
        """Forgets these entries."""

    @abstractmethod
    def clear(self) -> None:
        """Forgets everything in the cache's own namespace, and nothing else."""

    @abstractmethod
    def status(self) -> CacheStatus:
        """What the cache holds now."""

    def sample(self, most: int) -> CacheSample | None:
        """About ``most`` entries, or all of fewer, without their bodies; None where the cache cannot tell.

        The default: None.
        """
        return None

    def close(self) -> None:
        """Lets go of files and connections."""
        return None


class CacheProvider(ABC):
    """Opens caches of one URL scheme (``disk:///var/cache/qis?size=10G``)."""

    scheme: str

    @abstractmethod
    def open(self, url: str) -> Cache:
        """The cache. Raises Unavailable with a text for the operator."""
