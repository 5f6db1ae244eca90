"""Directories of TIFF files, read a bounded part at a time, and written anew as a block of EXIF.

Layout: TIFF 6.0, section 2; EXIF 2.32, section 4.6. The values are copied as they stand, in the
file's own byte order.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

MOST_ENTRIES = 400
LONGEST_VALUE = 16_384
"""Bytes of a value that is kept: texts are shorter, and makers' notes, which nobody else reads, are longer."""

EXIF_DIRECTORY, GPS_DIRECTORY = 34665, 34853

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_LONG = 4
_ORDERS = {b"II": "<", b"MM": ">"}
_HEADER = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One field: its type, how many values it has, and where these stand in the file."""

    kind: int
    count: int
    place: int

    @property
    def length(self) -> int:
        """Bytes of its values."""
        return _SIZES.get(self.kind, 0) * self.count


@dataclass(frozen=True, slots=True)
class Value:
    """The values of a field as the file has them."""

    kind: int
    count: int
    data: bytes


class Directories:
    """The directories of the TIFF structure that begins at ``start``; the second half of its signature may be any."""

    def __init__(self, stream: BinaryIO, start: int = 0) -> None:
        """Raises ValueError where there is none."""
        self._stream = stream
        self._start = start
        head = self._read(0, _HEADER)
        if head[:2] not in _ORDERS or len(head) < _HEADER:
            raise ValueError("this is no TIFF structure")
        self.order = _ORDERS[head[:2]]
        self.first: int = struct.unpack_from(self.order + "L", head, 4)[0]

    def entries(self, offset: int) -> Mapping[int, Entry]:
        """The fields of a directory by their tags; none where there is no directory."""
        head = self._read(offset, 2)
        count = min(struct.unpack(self.order + "H", head)[0], MOST_ENTRIES) if len(head) == 2 else 0
        table = self._read(offset + 2, 12 * count)
        found: dict[int, Entry] = {}
        for place in range(0, len(table) - 11, 12):
            tag, kind, number = struct.unpack_from(self.order + "HHL", table, place)
            where: int = struct.unpack_from(self.order + "L", table, place + 8)[0]
            is_short = _SIZES.get(kind, 0) * number <= 4
            found.setdefault(tag, Entry(kind, number, offset + 2 + place + 8 if is_short else where))
        return found

    def below(self, entries: Mapping[int, Entry], tag: int) -> Mapping[int, Entry]:
        """The directory that a field points to."""
        entry = entries.get(tag)
        return self.entries(self.number(entry)) if entry is not None else {}

    def number(self, entry: Entry) -> int:
        """A field's first value, of 32 bits; 0 where it has none such."""
        data = self._read(entry.place, 4)
        return int(struct.unpack(self.order + "L", data)[0]) if len(data) == 4 and _SIZES.get(entry.kind) == 4 else 0

    def value(self, entry: Entry, most: int = LONGEST_VALUE) -> Value | None:
        """A field's values; None where they are too long, cut off, or of an unknown type."""
        if not 0 < entry.length <= most:
            return None
        data = self._read(entry.place, entry.length)
        return Value(entry.kind, entry.count, data) if len(data) == entry.length else None

    def values(self, entries: Mapping[int, Entry]) -> dict[int, Value]:
        """All fields of a directory that have values which can be kept."""
        found = {tag: self.value(entry) for tag, entry in entries.items()}
        return {tag: value for tag, value in found.items() if value is not None}

    def _read(self, offset: int, length: int) -> bytes:
        self._stream.seek(self._start + offset)
        return self._stream.read(length)


def exif_block(
    order: str, picture: Mapping[int, Value], exif: Mapping[int, Value], gps: Mapping[int, Value]
) -> bytes | None:
    """A block with these fields, all of the byte order ``order``; None where there are none."""
    if not (picture or exif or gps):
        return None
    below = {tag: fields for tag, fields in ((EXIF_DIRECTORY, exif), (GPS_DIRECTORY, gps)) if fields}
    place = _HEADER + len(_directory(order, {**picture, **dict.fromkeys(below, _pointer(order, 0))}, _HEADER))
    pointers: dict[int, Value] = {}
    parts: list[bytes] = []
    for tag, fields in below.items():
        pointers[tag] = _pointer(order, place)
        parts.append(_directory(order, fields, place))
        place += len(parts[-1])
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "L", _HEADER)
    return b"Exif\0\0" + head + _directory(order, {**picture, **pointers}, _HEADER) + b"".join(parts)


def _pointer(order: str, place: int) -> Value:
    return Value(_LONG, 1, struct.pack(order + "L", place))


def _directory(order: str, fields: Mapping[int, Value], place: int) -> bytes:
    """A directory that begins at ``place``, with its longer values behind it."""
    entries, behind = b"", b""
    for tag, value in sorted(fields.items()):
        entries += struct.pack(order + "HHL", tag, value.kind, value.count)
        if len(value.data) <= 4:
            entries += value.data.ljust(4, b"\0")
        else:
            entries += struct.pack(order + "L", place + 2 + 12 * len(fields) + 4 + len(behind))
            behind += value.data + bytes(len(value.data) % 2)
    return struct.pack(order + "H", len(fields)) + entries + bytes(4) + behind
