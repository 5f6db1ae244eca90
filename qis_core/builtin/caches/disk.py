"""A cache in a folder, shared by the processes of one machine: ``disk:///var/cache/qis?size=10G``."""

from __future__ import annotations

import errno
import hashlib
import logging
import math
import os
import random
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from qis_core.api import (
    Cache,
    CacheEntry,
    CacheItem,
    CacheProvider,
    CacheSample,
    CacheStatus,
    Location,
    Unavailable,
    check_key,
    parse_size,
)
from qis_core.builtin.caches.entry_file import Damaged, read_entry, read_meta, write_entry
from qis_core.builtin.caches.leases import LeaseFolder
from qis_core.builtin.caches.shelves import SHELVES, Found, Shelves, on_disk

log = logging.getLogger(__name__)

DEFAULT_SIZE = "1G"
_TOUCH_SECONDS = 60
_STALE_SECONDS = 3600
_ENOUGH = 64
_TELL_SECONDS = 300


class DiskCache(Cache):
    """One file for each entry, written beside and then renamed: there is no half an entry to find.

    Room is made by dropping the oldest quarter of a shelf at a time (of at least 64 entries), so
    the work of a put stays bounded however large the cache is. An entry counts as used when
    it was read, to the minute. Not for network file systems.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        """``folder`` is made, for this user only. Raises OSError where it cannot be."""
        self._folder = os.path.abspath(folder)
        self._limit = limit_bytes
        self._parts = os.path.join(self._folder, "parts")
        self._shelves = Shelves(os.path.join(self._folder, "entries"))
        self._leases = LeaseFolder(os.path.join(self._folder, "leases"))
        self._next_shelf = random.randrange(SHELVES)
        self._healthy = True
        self._told = -math.inf
        self._make_folders()
        self._remove_stale_parts()

    def get(self, key: str) -> CacheEntry | None:
        shelf, path = self._shelves.path(_name(key))
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return None
        entry = None
        try:
            now = time.time()
            known = os.fstat(file)
            entry = read_entry(file, known.st_size, key, now)
            if entry is not None and now - known.st_mtime > _TOUCH_SECONDS:
                with suppress(OSError):
                    os.utime(file)
        except (OSError, ValueError, Damaged) as error:
            log.warning("dropped a damaged cache entry, %s: %s", path, error)
        finally:
            os.close(file)
        if entry is None:
            with suppress(OSError):
                self._shelves.remove(shelf, path)
        return entry

    def put(self, key: str, entry: CacheEntry, ttl: float | None = None) -> None:
        shelf, path = self._shelves.path(_name(check_key(key)))
        if (ttl is not None and ttl <= 0) or entry.size_bytes > self._limit:
            self.delete([key])
            return
        until = None if ttl is None else time.time() + ttl
        try:
            if self._store(shelf, path, key, entry, until) > self._limit:
                self._make_room()
            self._note_health(None)
        except OSError as error:
            self._note_health(error)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                # The disk is smaller than the limit, or others fill it: a cache gives way.
                with suppress(OSError):
                    self._drop_some()

    def add(self, key: str, token: str, ttl: float) -> bool:
        check_key(key)
        try:
            return self._leases.take(_name(key), token, ttl)
        except FileNotFoundError:
            return self._add_again(key, token, ttl)
        except OSError:
            # Rendering twice is better than not at all.
            return True

    def release(self, key: str, token: str) -> None:
        with suppress(OSError):
            self._leases.give_back(_name(key), token)

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            with suppress(OSError):
                self._shelves.remove(*self._shelves.path(_name(key)))

    def clear(self) -> None:
        for shelf in range(SHELVES):
            with suppress(OSError):
                for item in self._shelves.look_through(shelf):
                    with suppress(OSError):
                        os.unlink(item.path)
                self._shelves.look_through(shelf)

    def status(self) -> CacheStatus:
        try:
            used, entries = self._shelves.totals()
        except OSError:
            return CacheStatus(entries=0, used_bytes=0, limit_bytes=self._limit, healthy=False)
        return CacheStatus(entries=entries, used_bytes=used, limit_bytes=self._limit, healthy=self._healthy)

    def sample(self, most: int) -> CacheSample | None:
        items: list[CacheItem] = []
        looked = 0
        # Keys are spread over the shelves by a digest: any of them are as good as others.
        for shelf in range(SHELVES):
            if len(items) >= most:
                break
            looked += 1
            with suppress(OSError):
                items += self._items_of(shelf)
        return CacheSample(items=items, share=looked / SHELVES)

    def _items_of(self, shelf: int) -> Iterator[CacheItem]:
        for found in self._shelves.look_through(shelf):
            with suppress(OSError, ValueError, Damaged), open(found.path, "rb", buffering=0) as file:
                meta = read_meta(file.fileno(), os.fstat(file.fileno()).st_size)
                yield CacheItem(size_bytes=found.size, meta=meta)

    def _store(self, shelf: int, path: str, key: str, entry: CacheEntry, until: float | None) -> int:
        """Writes an entry; gives the bytes of all entries then."""
        part = os.path.join(self._parts, secrets.token_hex(16))
        try:
            file = _create(part)
        except FileNotFoundError:
            # Somebody emptied the folder under us.
            self._make_folders()
            file = _create(part)
        try:
            try:
                size = on_disk(write_entry(file, key, entry, until))
            finally:
                os.close(file)
            before = _size(path)
            # Counted first: a process that dies here leaves a count too high, which the next look puts right.
            used = self._shelves.add(shelf, size - before, 0 if before else 1)
            _rename(part, path)
            return used
        except BaseException:
            with suppress(OSError):
                os.unlink(part)
            raise

    def _make_room(self) -> None:
        while self._shelves.totals()[0] > self._limit:
            if not self._drop_some(down_to=self._limit):
                return

    def _drop_some(self, down_to: int = 0) -> bool:
        """Removes the oldest quarter of some shelves, until ``down_to`` bytes are left; False: all are empty."""
        items = sorted(self._some_items(), key=lambda item: item.used)
        for item in items[: math.ceil(len(items) / 4)]:
            self._shelves.remove(item.shelf, item.path)
            if self._shelves.totals()[0] <= down_to:
                break
        return bool(items)

    def _some_items(self) -> list[Found]:
        items: list[Found] = []
        for _ in range(SHELVES):
            items += self._shelves.look_through(self._next_shelf)
            self._next_shelf = (self._next_shelf + 1) % SHELVES
            if len(items) >= _ENOUGH:
                break
        return items

    def _add_again(self, key: str, token: str, ttl: float) -> bool:
        try:
            self._make_folders()
            return self._leases.take(_name(key), token, ttl)
        except OSError:
            return True

    def _make_folders(self) -> None:
        for name in ("", "entries", "leases", "parts"):
            os.makedirs(os.path.join(self._folder, name), mode=0o700, exist_ok=True)

    def _remove_stale_parts(self) -> None:
        with suppress(OSError):
            for name in os.listdir(self._parts):
                path = os.path.join(self._parts, name)
                if time.time() - os.stat(path).st_mtime > _STALE_SECONDS:
                    os.unlink(path)

    def _note_health(self, error: OSError | None) -> None:
        now = time.monotonic()
        if error is not None and now - self._told > _TELL_SECONDS:
            self._told = now
            log.error("the disk cache %s does not take entries: %s", self._folder, error)
        self._healthy = error is None


class DiskProvider(CacheProvider):
    """Opens ``disk:///var/cache/qis?size=10G``, or ``disk:cache`` below the working folder."""

    scheme = "disk"

    def open(self, url: str) -> DiskCache:
        location = Location.parse(url, allowed=("size",))
        if location.host or not location.path.strip("/"):
            raise Unavailable(f"{url!r}: a cache folder is written disk:///var/cache/qis?size=10G")
        size = parse_size(location.parameters.get("size", DEFAULT_SIZE))
        try:
            return DiskCache(Path(location.path), size)
        except OSError as error:
            raise Unavailable(f"{url!r}: the cache folder cannot be made ({error.strerror})") from error


def _name(key: str) -> str:
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


def _create(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def _rename(part: str, path: str) -> None:
    try:
        os.rename(part, path)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        os.rename(part, path)


def _size(path: str) -> int:
    try:
        return on_disk(os.stat(path).st_size)
    except FileNotFoundError:
        return 0
