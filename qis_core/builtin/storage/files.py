"""Originals in a folder of this machine: ``file:///srv/pictures`` or ``file:pictures``."""

from __future__ import annotations

import errno
import heapq
import logging
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from qis_core.api import (
    AlreadyExists,
    Location,
    NotFound,
    Storage,
    StorageEntry,
    StoragePage,
    StorageProvider,
    Unavailable,
)
from qis_core.builtin.storage import placing, walk

log = logging.getLogger(__name__)


class FileStorage(Storage):
    """A folder and what is below it; links, devices, pipes and hidden names are not there.

    ``version`` is made of modification time, size and inode: it changes when a file is replaced,
    also by one that is as old and as large. Needs a system with ``openat`` (Linux, macOS, BSD).
    """

    def __init__(self, root: Path) -> None:
        """``root`` may be a link; it is looked up afresh at each call, so it may be switched."""
        self._root = os.path.abspath(root)

    def stat(self, path: str) -> StorageEntry:
        parts = walk.split(path)
        with self._reading(path), walk.folder(self._root, parts[:-1]) as parent:
            return _entry(path, walk.inspect(parent, parts[-1]) if parts else os.fstat(parent))

    def open(self, path: str) -> BinaryIO:
        parts = _named(path)
        with self._reading(path), walk.folder(self._root, parts[:-1]) as parent:
            return os.fdopen(walk.open_file(parent, parts[-1]), "rb")

    def list(self, folder: str, *, after: str = "", limit: int = 1000) -> StoragePage:
        parts = walk.split(folder)
        with self._reading(folder), walk.listable(self._root, parts) as here:
            # The names are read once in the system's own order; only those of this page are kept and looked at.
            names = heapq.nsmallest(limit + 1, _shown(here, after))
            page = names[:limit]
            prefix = folder + "/" if folder else ""
            entries = [entry for name in page if (entry := _looked_up(here, prefix, name))]
        return StoragePage(entries=entries, after=page[-1] if len(names) > limit else "")

    def write(self, path: str, chunks: Iterable[bytes], *, overwrite: bool) -> StorageEntry:
        parts = _named(path)
        with self._changing(path), walk.listable(self._root, parts[:-1]) as parent:
            return _entry(path, placing.write_file(parent, parts[-1], chunks, overwrite=overwrite))

    def move(self, path: str, to: str) -> StorageEntry:
        old, new = _named(path), _named(to)
        if new[: len(old)] == old:
            raise AlreadyExists(f"{path!r} cannot be moved to {to!r}, which is itself or within it")
        with (
            self._changing(path, to),
            walk.listable(self._root, old[:-1]) as source,
            walk.listable(self._root, new[:-1]) as target,
        ):
            found = walk.inspect(source, old[-1])
            place = placing.name_folder if stat.S_ISDIR(found.st_mode) else placing.name_file
            place(source, old[-1], target, new[-1])
            os.fsync(target)
            os.fsync(source)
            return _entry(to, found)

    def delete(self, path: str) -> None:
        parts = _named(path)
        with self._changing(path), walk.listable(self._root, parts[:-1]) as parent:
            if stat.S_ISDIR(walk.inspect(parent, parts[-1]).st_mode):
                raise walk.absent(path)
            os.unlink(parts[-1], dir_fd=parent)
            os.fsync(parent)

    def make_folder(self, path: str) -> StorageEntry:
        parts = walk.split(path)
        if not parts:
            raise AlreadyExists("the library's own folder is there already")
        for depth in range(len(parts)):
            with self._changing(path), walk.listable(self._root, parts[:depth]) as parent:
                try:
                    os.mkdir(parts[depth], dir_fd=parent)
                    os.fsync(parent)
                except FileExistsError:
                    is_last = depth == len(parts) - 1
                    if is_last or not stat.S_ISDIR(os.stat(parts[depth], dir_fd=parent, follow_symlinks=False).st_mode):
                        raise
        return self.stat(path)

    def remove_folder(self, path: str) -> None:
        parts = _named(path)
        with self._changing(path):
            with walk.listable(self._root, parts) as here:
                placing.remove_stale(here)
            with walk.listable(self._root, parts[:-1]) as parent:
                os.rmdir(parts[-1], dir_fd=parent)
                os.fsync(parent)

    def link(self, stream: BinaryIO, path: str) -> bool:
        parts = _named(path)
        try:
            descriptor = stream.fileno()
        except (AttributeError, OSError):
            return False
        with self._changing(path), walk.listable(self._root, parts[:-1]) as parent:
            return placing.link(descriptor, parent, parts[-1])

    def sync(self, folder: str) -> None:
        with self._changing(folder), walk.listable(self._root, walk.split(folder)) as here:
            os.fsync(here)

    def tidy(self, folder: str) -> None:
        with self._changing(folder), walk.listable(self._root, walk.split(folder)) as here:
            placing.remove_stale(here)

    def local_path(self, path: str) -> Path:
        self.stat(path)
        return Path(self._root, path)

    @contextmanager
    def _reading(self, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _answer(error, path) from error

    @contextmanager
    def _changing(self, path: str, to: str = "") -> Iterator[None]:
        try:
            yield
        except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
            if isinstance(error, NotADirectoryError):
                raise walk.absent(path) from error
            raise AlreadyExists(f"{to or path!r} is there already") from error
        except OSError as error:
            if error.errno == errno.ENOTEMPTY:
                raise AlreadyExists(f"{to or path!r} is not empty") from error
            if error.errno in (errno.EACCES, errno.EPERM):
                raise _failed(error, path) from error
            raise _answer(error, path) from error


class FileProvider(StorageProvider):
    """Opens ``file:`` stores: ``file:///srv/pictures``, or ``file:pictures`` below the working folder."""

    scheme = "file"

    def open(self, url: str) -> FileStorage:
        location = Location.parse(url)
        if location.host not in ("", "localhost") or not location.path:
            raise Unavailable(f"{url!r}: a folder of this machine is written file:///srv/pictures or file:pictures")
        root = Path(location.path)
        if not root.is_dir():
            raise NotFound(f"{url!r}: there is no folder {str(root.absolute())!r}; make it, or name another")
        return FileStorage(root)


def _named(path: str) -> list[str]:
    parts = walk.split(path)
    if not parts:
        raise walk.absent(path)
    return parts


def _entry(path: str, found: os.stat_result) -> StorageEntry:
    if stat.S_ISDIR(found.st_mode):
        return StorageEntry(path=path, is_folder=True, modified=found.st_mtime)
    version = f"{found.st_mtime_ns:x}-{found.st_size:x}-{found.st_ino:x}"
    return StorageEntry(path=path, size_bytes=found.st_size, modified=found.st_mtime, version=version)


def _shown(here: int, after: str) -> Iterator[str]:
    with os.scandir(here) as items:
        for item in items:
            name = item.name
            if name > after and name[0] != "." and (item.is_file(follow_symlinks=False) or _is_folder(item)):
                yield name


def _is_folder(item: os.DirEntry[str]) -> bool:
    return item.is_dir(follow_symlinks=False)


def _looked_up(here: int, prefix: str, name: str) -> StorageEntry | None:
    try:
        return _entry(prefix + name, walk.inspect(here, name))
    except OSError:
        # It went away, or is something else by now.
        return None


def _answer(error: OSError, path: str) -> NotFound | Unavailable:
    if error.errno not in walk.ABSENT:
        return _failed(error, path)
    if error.errno in (errno.EACCES, errno.EPERM):
        log.warning("no permission of the operating system for %r", path)
    return walk.absent(path)


def _failed(error: OSError, path: str) -> Unavailable:
    log.error("the store failed at %r: %s", path, error)
    reasons = {
        errno.ENOSPC: "the store is full", errno.EDQUOT: "the store is full", errno.EROFS: "the store is read-only",
        errno.EACCES: "the store is not writable there", errno.EPERM: "the store is not writable there",
    }  # fmt: skip
    return Unavailable(f"{path!r}: {reasons.get(error.errno or 0, 'the store does not answer')}", retry_after=30)
