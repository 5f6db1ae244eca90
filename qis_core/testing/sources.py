"""Originals for tests, made from bytes."""

from __future__ import annotations

import io
import tempfile
import weakref
from pathlib import Path
from typing import BinaryIO


class MemorySource:
    """A source (``qis_core.api.Source``) over bytes; its path leads to an unnamed temporary file."""

    def __init__(self, data: bytes, name: str = "picture.bin") -> None:
        self.data = data
        self.name = name
        self.size_bytes = len(data)
        self._file: BinaryIO | None = None

    @property
    def path(self) -> Path:
        """A path for libraries that want one. Written at the first call."""
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 — it lives as long as the source.
            weakref.finalize(self, self._file.close)
            self._file.write(self.data)
            self._file.flush()
        return Path(f"/dev/fd/{self._file.fileno()}")

    def open(self) -> BinaryIO:
        """A new stream at the start."""
        return io.BytesIO(self.data)

    def head(self, count: int = 4096) -> bytes:
        """The first bytes, at most ``count``."""
        return self.data[:count]
