"""Originals as decoders get them: a name for messages, and a path to open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


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
        return self.path.open("rb")

    def head(self, count: int = 4096) -> bytes:
        """The first bytes, at most ``count``."""
        with self.path.open("rb") as stream:
            return stream.read(count)
