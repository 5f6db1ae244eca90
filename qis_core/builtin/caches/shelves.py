"""The folders of a disk cache, and how full each is.

Entries are spread over 256 shelves by their name's first two digits. One small file counts
bytes and entries of each shelf for all processes; a shelf that is looked through is counted
anew, so what a killed process left wrong is put right in passing.
"""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from dataclasses import dataclass

from qis_core.builtin.caches.locks import locked

SHELVES = 256
_BLOCK = 4096
_COUNT = struct.Struct("<qq")
_COUNTS = struct.Struct(f"<{2 * SHELVES}q")


@dataclass(frozen=True, slots=True)
class Found:
    """An entry's file: when it was last used (ns), what it takes, which shelf, its path."""

    used: int
    size: int
    shelf: int
    path: str


class Shelves:
    """The files of a cache folder. Every method raises OSError where the disk does not take part."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._counts = os.path.join(root, "counts")

    def path(self, name: str) -> tuple[int, str]:
        """Shelf and path of the entry ``name`` (hexadecimal digits)."""
        return int(name[:2], 16), os.path.join(self._root, name[:2], name[2:])

    def add(self, shelf: int, size: int, entries: int) -> int:
        """Counts ``size`` bytes and ``entries`` more (or fewer) on a shelf; gives the bytes on all shelves then."""
        with locked(self._counts) as file:
            self._ready(file)
            numbers = list(_COUNTS.unpack(os.pread(file, _COUNTS.size, 0)))
            held, number = max(0, numbers[2 * shelf] + size), max(0, numbers[2 * shelf + 1] + entries)
            os.pwrite(file, _COUNT.pack(held, number), shelf * _COUNT.size)
        numbers[2 * shelf] = held
        return sum(numbers[::2])

    def totals(self) -> tuple[int, int]:
        """Bytes and entries on all shelves."""
        with locked(self._counts) as file:
            self._ready(file)
            numbers = _COUNTS.unpack(os.pread(file, _COUNTS.size, 0))
        return sum(numbers[::2]), sum(numbers[1::2])

    def look_through(self, shelf: int) -> list[Found]:
        """All entries of a shelf, which is counted anew."""
        found = self._files(shelf)
        # What another process adds meanwhile is missing from this count until the shelf's next turn.
        with locked(self._counts) as file:
            self._ready(file)
            os.pwrite(file, _COUNT.pack(sum(item.size for item in found), len(found)), shelf * _COUNT.size)
        return found

    def remove(self, shelf: int, path: str) -> int:
        """Removes an entry; what it took, 0 where it was gone already."""
        try:
            size = on_disk(os.stat(path).st_size)
            os.unlink(path)
        except FileNotFoundError:
            return 0
        self.add(shelf, -size, -1)
        return size

    def _files(self, shelf: int) -> list[Found]:
        found = []
        with suppress(FileNotFoundError), os.scandir(os.path.join(self._root, f"{shelf:02x}")) as items:
            for item in items:
                with suppress(FileNotFoundError):
                    known = item.stat(follow_symlinks=False)
                    found.append(Found(known.st_mtime_ns, on_disk(known.st_size), shelf, item.path))
        return found

    def _ready(self, file: int) -> None:
        if os.fstat(file).st_size == _COUNTS.size:
            return
        # A new cache, or somebody removed the counts.
        numbers: list[int] = []
        for shelf in range(SHELVES):
            found = self._files(shelf)
            numbers += sum(item.size for item in found), len(found)
        os.ftruncate(file, 0)
        os.pwrite(file, _COUNTS.pack(*numbers), 0)


def on_disk(size: int) -> int:
    """Bytes that a file of ``size`` takes: whole blocks, at least one."""
    return max(1, -(-size // _BLOCK)) * _BLOCK
