"""Originals as decoders get them: a name for messages, and a path to open."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

_DESCRIPTORS = Path("/dev/fd")


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file that this process can open; a render worker's is ``/dev/fd/N``. Implements ``api.Source``."""

    name: str
    path: Path

    @property
    def size_bytes(self) -> int:
        """The file's length."""
        return self.path.stat().st_size

    def open(self) -> BinaryIO:
        """A new seekable stream at the file's start."""
        try:
            return self.path.open("rb")
        except PermissionError:
            if self.path.parent != _DESCRIPTORS:
                raise
            # The server has opened a file for us that we may not open (it lies outside the readable folders).
            return cast(BinaryIO, io.BufferedReader(_OpenFile(int(self.path.name))))

    def head(self, count: int = 4096) -> bytes:
        """The first bytes, at most ``count``."""
        with self.open() as stream:
            return stream.read(count)


class _OpenFile(io.RawIOBase):
    """An open file, read from its start with a position of its own; the file stays open."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._at = 0
        # As of every file that is opened by its number.
        self.name = number

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = (0, self._at, os.fstat(self._number).st_size)[whence]
        if start + offset < 0:
            raise ValueError(f"there is no position {start + offset}")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        count = os.preadv(self._number, [buffer], self._at)
        self._at += count
        return count
