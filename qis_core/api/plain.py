"""Plain copies: pixels in a file as they lie in memory, which a rendering maps instead of reading them.

Such a file is a TIFF of one strip without compression (TIFF 6.0, sections 2 and 3): little-endian, one byte
a channel, and four bytes a pixel where there are three channels, as Pillow holds them. Its head always
has the same length and order.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import BinaryIO

from qis_core.api.values import Size

HEAD_BYTES = 256
"""Where the pixels begin, row by row."""

PIECE_BYTES = 4 * 1024**2
"""What is written at a time. Linux keeps together what comes together, where the file system can: to map
12 MB that were written by 8 kB takes 1 ms and 184 page faults each time, and .1 ms if it was by megabytes."""

_BYTES = {"L": 1, "RGB": 4, "RGBA": 4}
_MOST_BYTES = 2**32 - HEAD_BYTES
_SHORT, _LONG = 3, 4
_GREY, _RGB, _UNUSED, _ALPHA = 1, 2, 0, 2
_START = struct.Struct("<2sHLH")
_ENTRY = struct.Struct("<HHLL")
_SIZE = struct.Struct("<10xHHLLHHLL")


def modes() -> Sequence[str]:
    """Those that a plain copy can have: grey, and colour with or without alpha."""
    return tuple(_BYTES)


def bytes_a_pixel(mode: str) -> int:
    """How many a plain copy has in ``mode``, which is one of ``modes``."""
    return _BYTES[mode]


class Pixels:
    """Takes the pixels of a plain copy row by row, and writes them in large pieces."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._gathered = bytearray()

    def write(self, pixels: bytes | memoryview) -> int:
        """Takes any number of bytes, and answers how many these are. Raises OSError."""
        self._gathered += pixels
        if len(self._gathered) >= PIECE_BYTES:
            self.flush()
        return len(pixels)

    def flush(self) -> None:
        """Writes what has been gathered. Raises OSError."""
        left = memoryview(bytes(self._gathered))
        self._gathered.clear()
        while left:
            left = left[self._out.write(left) :]


@contextmanager
def written(out: BinaryIO, mode: str, size: Size) -> Iterator[Pixels]:
    """Writes a plain copy to the empty file ``out``: its head, and then the pixels that the block writes.

    These have ``bytes_a_pixel(mode)`` each; the fourth byte of RGB may be anything. Raises ValueError for
    another mode, and for more than a TIFF can hold (4 GB).
    """
    if mode not in _BYTES or size.pixels * _BYTES[mode] > _MOST_BYTES:
        raise ValueError(f"no plain copy can hold {size} pixels of {mode}; modes are {', '.join(_BYTES)}")
    pixels = Pixels(out)
    pixels.write(_head(mode, size))
    yield pixels
    pixels.flush()


def kind(head: bytes) -> tuple[str, Size] | None:
    """Mode and size of the plain copy that begins with ``head``, of at least HEAD_BYTES; None for all other files."""
    if len(head) < HEAD_BYTES:
        return None
    width, height = _SIZE.unpack_from(head)[3::4]
    size = Size(width=width, height=height)
    able = (mode for mode in _BYTES if size.pixels * _BYTES[mode] <= _MOST_BYTES)
    return next(((mode, size) for mode in able if head[:HEAD_BYTES] == _head(mode, size)), None)


@lru_cache(maxsize=64)
def _head(mode: str, size: Size) -> bytes:
    bands = _BYTES[mode]
    entries = [
        (256, _LONG, 1, size.width),
        (257, _LONG, 1, size.height),
        # One number lies in its entry, four behind all entries.
        (258, _SHORT, bands, 8 if bands == 1 else HEAD_BYTES - 2 * bands),
        (259, _SHORT, 1, 1),
        (262, _SHORT, 1, _GREY if bands == 1 else _RGB),
        (273, _LONG, 1, HEAD_BYTES),
        (277, _SHORT, 1, bands),
        (278, _LONG, 1, size.height),
        (279, _LONG, 1, size.pixels * bands),
        (338, _SHORT, 1, _ALPHA if mode == "RGBA" else _UNUSED),
    ][: 9 if bands == 1 else 10]
    head = _START.pack(b"II", 42, 8, len(entries)) + b"".join(_ENTRY.pack(*entry) for entry in entries) + bytes(4)
    bits = struct.pack(f"<{bands}H", *[8] * bands)
    return head.ljust(HEAD_BYTES - len(bits), b"\0") + bits
