"""Parts of large TIFF files: a reduced copy that the file holds, and the tiles that a region touches.

Pillow unpacks whole pages only. So the tiles (or strips) that are needed are copied, packed as they
are, into a small TIFF in memory, which is then unpacked as a page. Tags: TIFF 6.0; reduced copies:
``NewSubfileType`` 1 and ``SubIFDs`` (Adobe PageMaker 6.0 TIFF Technical Notes).
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from qis_core.api import Box, Size

_SUBFILE_TYPE, _WIDTH, _LENGTH, _COMPRESSION, _ROWS, _PLANES, _SUB_IFDS = 254, 256, 257, 259, 278, 284, 330
_TILE_WIDTH, _TILE_LENGTH, _JPEG_TABLES = 322, 323, 347
_STRIP_OFFSETS, _STRIP_COUNTS, _TILE_OFFSETS, _TILE_COUNTS = 273, 279, 324, 325

_COPIED_SHORTS = (258, _COMPRESSION, 262, 266, 277, _PLANES, 317, 320, 338, 339, 530, 531)
_COPIED_LONGS = (292, 293)
_SAFE_COMPRESSIONS = frozenset({1, 2, 3, 4, 5, 7, 8, 32773, 32946, 34925, 50000, 50001})
"""All but the old JPEG, whose tables lie anywhere in the file."""

_WORTHWHILE = 0.75
"""The largest part of a page's tiles that is worth copying."""

_SHORT, _LONG, _UNDEFINED = 3, 4, 7

Tags = Mapping[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """How a page is cut: the size of a tile (or strip), and where each lies in the file."""

    width: int
    length: int
    across: int
    offsets: tuple[int, ...]
    counts: tuple[int, ...]
    tiled: bool


def is_reduced(tags: Tags) -> bool:
    """Whether a directory says that it is a smaller copy of another."""
    kind = tags.get(_SUBFILE_TYPE, 0)
    return isinstance(kind, int) and bool(kind & 1)


def sub_directories(tags: Tags) -> tuple[int, ...]:
    """Offsets of the directories below this one."""
    found = tags.get(_SUB_IFDS, ())
    found = found if isinstance(found, tuple) else (found,)
    return tuple(offset for offset in found if isinstance(offset, int) and offset > 0)


def same_shape(size: Size, copy: Size) -> bool:
    """Whether ``copy`` can be a reduction of ``size``: as wide for its height, but for rounding."""
    return (
        copy.width < size.width
        and abs(copy.width * size.height / size.width - copy.height) <= 1 + size.height / size.width
    )


def cut_out(tags: Tags, order: bytes, stream: BinaryIO, region: Box) -> tuple[bytes, Box] | None:
    """A TIFF of the tiles that ``region`` touches, and the pixels that they cover.

    None where the file's layout does not allow it, or where most of the page is wanted anyway.
    """
    width, length = tags[_WIDTH], tags[_LENGTH]
    grid = _grid(tags, width, length)
    if grid is None or tags.get(_PLANES, 1) != 1 or tags.get(_COMPRESSION, 1) not in _SAFE_COMPRESSIONS:
        return None
    down = len(grid.offsets) // grid.across
    first_x, last_x = _span(region.left, region.right, grid.width, grid.across)
    first_y, last_y = _span(region.top, region.bottom, grid.length, down)
    chosen = [y * grid.across + x for y in range(first_y, last_y) for x in range(first_x, last_x)]
    if not chosen or len(chosen) > _WORTHWHILE * len(grid.offsets):
        return None
    if sum(grid.counts[number] for number in chosen) > stream.seek(0, io.SEEK_END):
        # Tiles that lie over each other would multiply the file in memory.
        return None
    tiles = []
    for number in chosen:
        stream.seek(grid.offsets[number])
        tiles.append(stream.read(grid.counts[number]))
    covered = Box(
        left=first_x * grid.width,
        top=first_y * grid.length,
        right=min(last_x * grid.width, width),
        bottom=min(last_y * grid.length, length),
    )
    return _file(tags, order, grid, tiles, covered), covered


def _span(start: float, end: float, side: int, count: int) -> tuple[int, int]:
    """First and past-the-last of the ``count`` tiles between two places."""
    return max(math.floor(start / side), 0), min(math.ceil(end / side), count)


def _grid(tags: Tags, width: int, length: int) -> _Grid | None:
    tiled = _TILE_OFFSETS in tags
    places = (_TILE_OFFSETS, _TILE_COUNTS) if tiled else (_STRIP_OFFSETS, _STRIP_COUNTS)
    offsets, counts = (tags.get(tag) for tag in places)
    across_side, down_side = (tags.get(_TILE_WIDTH), tags.get(_TILE_LENGTH)) if tiled else (width, tags.get(_ROWS))
    if not (isinstance(offsets, tuple) and isinstance(counts, tuple)):
        return None
    if not (isinstance(across_side, int) and isinstance(down_side, int) and across_side > 0 and down_side > 0):
        return None
    across = -(-width // across_side)
    if not len(offsets) == len(counts) == across * -(-length // down_side):
        return None
    return _Grid(width=across_side, length=down_side, across=across, offsets=offsets, counts=counts, tiled=tiled)


def _file(tags: Tags, order: bytes, grid: _Grid, tiles: list[bytes], covered: Box) -> bytes:
    """A classic TIFF whose header and directory stand before the tiles."""
    sign = "<" if order == b"II" else ">"
    fields: dict[int, tuple[int, int, bytes]] = {}

    def put(tag: int, kind: int, *values: int) -> None:
        fields[tag] = kind, len(values), struct.pack(f"{sign}{len(values)}{'H' if kind == _SHORT else 'L'}", *values)

    for tag in (*_COPIED_SHORTS, *_COPIED_LONGS):
        value = tags.get(tag)
        if value is not None:
            put(tag, _SHORT if tag in _COPIED_SHORTS else _LONG, *(value if isinstance(value, tuple) else (value,)))
    if isinstance(tables := tags.get(_JPEG_TABLES), bytes):
        fields[_JPEG_TABLES] = _UNDEFINED, len(tables), tables
    put(_WIDTH, _LONG, int(covered.width))
    put(_LENGTH, _LONG, int(covered.height))
    if grid.tiled:
        put(_TILE_WIDTH, _LONG, grid.width)
        put(_TILE_LENGTH, _LONG, grid.length)
    else:
        put(_ROWS, _LONG, grid.length)
    lengths = [len(tile) for tile in tiles]
    put(_TILE_COUNTS if grid.tiled else _STRIP_COUNTS, _LONG, *lengths)
    places = _TILE_OFFSETS if grid.tiled else _STRIP_OFFSETS
    # The offsets depend on how long the directory is, and it on how many offsets there are.
    put(places, _LONG, *lengths)
    start = len(_directory(sign, fields))
    put(places, _LONG, *(start + sum(lengths[:number]) for number in range(len(lengths))))
    return _directory(sign, fields) + b"".join(tiles)


def _directory(sign: str, fields: Mapping[int, tuple[int, int, bytes]]) -> bytes:
    """Header, directory and what does not fit into its entries."""
    head = (b"II*\0" if sign == "<" else b"MM\0*") + struct.pack(sign + "L", 8)
    beyond = 8 + 2 + 12 * len(fields) + 4
    entries, rest = b"", b""
    for tag in sorted(fields):
        kind, count, data = fields[tag]
        entries += struct.pack(sign + "HHL", tag, kind, count)
        if len(data) <= 4:
            entries += data.ljust(4, b"\0")
        else:
            entries += struct.pack(sign + "L", beyond + len(rest))
            rest += data + b"\0" * (len(data) % 2)
    return head + struct.pack(sign + "H", len(fields)) + entries + bytes(4) + rest
