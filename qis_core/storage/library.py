"""The library: stores of originals, mounted at folders, as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

from qis_core.api import (
    AlreadyExists,
    NotFound,
    Refused,
    Storage,
    StorageEntry,
    StoragePage,
    Unavailable,
    UnsupportedFeature,
)
from qis_core.storage.freshness import FreshnessMemo
from qis_core.storage.mounts import Mounts, Place

_CHUNK = 1024 * 1024


class SourceChanged(Unavailable):
    """A file was replaced between its version being seen and its bytes being opened; to ask again helps."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path!r} is just being replaced; try again shortly", retry_after=1)


class LibraryListener(Protocol):
    """Hears what stores say, as often as they are asked; it must be quick and raise nothing."""

    def seen(self, entry: StorageEntry) -> None:
        """A file or folder is there."""

    def absent(self, path: str) -> None:
        """There is nothing at ``path``."""


class Library(Storage):
    """All originals by library path (clean: relative, no ``..``, no hidden names).

    ``stat`` remembers for ``freshness_seconds``; what is changed through this object is seen at
    once, what other processes and people change, after that time. Safe to use from many threads.
    A ``listener`` hears of every file that a store was asked for or has listed, and so, while
    entries are believed, of each file only once in that time. ``version`` gives another text
    whenever others of the same site have replaced, moved or deleted files: nothing is believed then.
    """

    listener: LibraryListener | None = None
    version: Callable[[], str] | None = None

    def __init__(self, mounts: Mapping[str, Storage], *, freshness_seconds: float = 5.0) -> None:
        """``mounts`` maps library folders to stores, '' being the root. Raises ValueError."""
        self._mounts = Mounts(mounts)
        self._memo = FreshnessMemo(freshness_seconds)

    def stat(self, path: str) -> StorageEntry:
        return self.seen(path)[0]

    def seen(self, path: str) -> tuple[StorageEntry, float]:
        """What is known of a file or folder, and until when it is believed (monotonic clock). Raises NotFound."""
        if self.version is not None:
            self._memo.keep_up(self.version())
        return self._memo.get(path, self._look)

    def _look(self, path: str) -> StorageEntry:
        try:
            entry = self.stat_now(path)
        except NotFound:
            if self.listener is not None:
                self.listener.absent(path)
            raise
        self._tell([entry])
        return entry

    def _tell(self, entries: Iterable[StorageEntry]) -> None:
        if self.listener is not None:
            for entry in entries:
                self.listener.seen(entry)

    def forget(self, path: str) -> None:
        """Believes nothing of ``path`` any more: the store is asked at the next look."""
        self._memo.forget(path)

    def stat_now(self, path: str) -> StorageEntry:
        """What the store says of a file or folder now. Raises NotFound."""
        place = self._mounts.find(path)
        if self._is_above_a_mount(place):
            return StorageEntry(path=path, is_folder=True)
        return _outside(place, place.storage.stat(place.path))

    def open(self, path: str) -> BinaryIO:
        place = self._mounts.find(path)
        return place.storage.open(place.path)

    def open_version(self, path: str, version: str) -> BinaryIO:
        """The bytes of that very version: whatever befalls the name from now on, they are what is read.

        Raises NotFound, and SourceChanged, after which ``seen`` tells what is there now.
        """
        stream = self.open(path)
        try:
            if self.stat_now(path).version != version:
                self.forget(path)
                raise SourceChanged(path)
        except BaseException:
            stream.close()
            raise
        return stream

    def list(self, folder: str, *, after: str = "", limit: int = 1000) -> StoragePage:
        place = self._mounts.find(folder)
        mounted = self._mounts.below(folder)
        try:
            page = place.storage.list(place.path, after=after, limit=limit)
        except NotFound:
            if not mounted:
                raise
            page = StoragePage(entries=())
        entries = {entry.name: _outside(place, entry) for entry in page.entries}
        prefix = folder + "/" if folder else ""
        # Mounted stores are not asked: one that is away must not take this listing with it.
        added = [name for name in mounted if name > after and (not page.after or name <= page.after)]
        entries |= {name: StorageEntry(path=prefix + name, is_folder=True) for name in added}
        names = sorted(entries)
        cut = names[:limit]
        self._tell(entries[name] for name in cut)
        return StoragePage(entries=[entries[name] for name in cut], after=cut[-1] if len(names) > limit else page.after)

    def write(self, path: str, chunks: Iterable[bytes], *, overwrite: bool) -> StorageEntry:
        self._refuse_mount(path, "written as a file")
        place = self._mounts.find(path)
        try:
            return _outside(place, place.storage.write(place.path, chunks, overwrite=overwrite))
        finally:
            self._memo.forget(path)

    def move(self, path: str, to: str) -> StorageEntry:
        self._refuse_mount(path, "moved")
        self._refuse_mount(to, "replaced")
        source, target = self._mounts.find(path), self._mounts.find(to)
        try:
            if source.storage is target.storage:
                return _outside(target, target.storage.move(source.path, target.path))
            return self._carry(source, target)
        finally:
            self._memo.forget(path)
            self._memo.forget(to)

    def delete(self, path: str) -> None:
        self._refuse_mount(path, "deleted")
        place = self._mounts.find(path)
        try:
            place.storage.delete(place.path)
        finally:
            self._memo.forget(path)

    def make_folder(self, path: str) -> StorageEntry:
        if self._mounts.holds_mount(path):
            raise AlreadyExists(f"{path!r} is there already")
        place = self._mounts.find(path)
        return _outside(place, place.storage.make_folder(place.path))

    def remove_folder(self, path: str) -> None:
        self._refuse_mount(path, "removed")
        place = self._mounts.find(path)
        try:
            place.storage.remove_folder(place.path)
        finally:
            self._memo.forget(path)

    def link(self, stream: BinaryIO, path: str) -> bool:
        self._refuse_mount(path, "written as a file")
        place = self._mounts.find(path)
        try:
            return place.storage.link(stream, place.path)
        finally:
            self._memo.forget(path)

    def sync(self, folder: str) -> None:
        place = self._mounts.find(folder)
        place.storage.sync(place.path)

    def tidy(self, folder: str) -> None:
        place = self._mounts.find(folder)
        place.storage.tidy(place.path)

    def local_path(self, path: str) -> Path | None:
        place = self._mounts.find(path)
        return place.storage.local_path(place.path)

    def direct_url(self, path: str, seconds: int) -> str | None:
        place = self._mounts.find(path)
        return place.storage.direct_url(place.path, seconds)

    @property
    def folders(self) -> Sequence[str]:
        """The library folders where stores begin."""
        return [folder for folder, _ in self._mounts.items()]

    def roots(self) -> Mapping[str, Path]:
        """The places on this machine of those stores that have one, by library folder."""
        places = {folder: storage.local_path("") for folder, storage in self._mounts.items()}
        return {folder: place for folder, place in places.items() if place is not None}

    def is_one_store(self, path: str, to: str) -> bool:
        """Whether two paths are in the same store, so that to move from one to the other is one step."""
        return self._mounts.find(path).storage is self._mounts.find(to).storage

    def holds_store(self, path: str) -> bool:
        """Whether a path is the root, a folder where a store begins, or one above such a folder."""
        return self._mounts.holds_mount(path)

    def _carry(self, source: Place, target: Place) -> StorageEntry:
        if source.storage.stat(source.path).is_folder:
            raise UnsupportedFeature("a folder cannot be moved to another store; move its files")
        with source.storage.open(source.path) as stream:
            entry = target.storage.write(target.path, _chunks(stream), overwrite=False)
        source.storage.delete(source.path)
        return _outside(target, entry)

    def _is_above_a_mount(self, place: Place) -> bool:
        path = place.outside(place.path)
        return bool(path) and path != place.mount and self._mounts.holds_mount(path)

    def _refuse_mount(self, path: str, what: str) -> None:
        if path and self._mounts.holds_mount(path):
            raise Refused(f"{path!r} is where another store begins; it cannot be {what}")


def _outside(place: Place, entry: StorageEntry) -> StorageEntry:
    if not place.mount:
        return entry
    return StorageEntry(
        path=place.outside(entry.path),
        is_folder=entry.is_folder,
        size_bytes=entry.size_bytes,
        modified=entry.modified,
        version=entry.version,
    )


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk
