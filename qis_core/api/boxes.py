"""Boxes, of which HEIF, JPEG 2000, JPEG XL, Canon's CR3 and videos are made (ISO/IEC 14496-12, 4.2)."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MOST_BOXES = 10_000
"""Boxes side by side that are looked at."""

_UUID = b"uuid"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaBox:
    """One box: its type of four bytes, and where its content is, counted from the file's start.

    Of a box of the type ``uuid``, ``uuid`` has the sixteen bytes that tell what it is, and the
    content begins behind them.
    """

    kind: bytes
    start: int
    end: int
    uuid: bytes = b""

    @property
    def length(self) -> int:
        """Bytes of content."""
        return self.end - self.start


def boxes(stream: BinaryIO, start: int = 0, end: int | None = None) -> Iterator[MediaBox]:
    """The boxes that lie side by side in ``stream`` from ``start`` to ``end`` (the default: the file's end).

    The stream stands at a box's content when the box is given. What makes no sense ends the walk;
    the last box may be cut off.
    """
    end = min(stream.seek(0, os.SEEK_END), end if end is not None else 1 << 62)
    for _ in range(MOST_BOXES):
        stream.seek(start)
        head = stream.read(8)
        if start + 8 > end or len(head) < 8:
            return
        length, kind = struct.unpack(">L4s", head)
        content = start + 8
        if length == 1:
            length, content = int.from_bytes(stream.read(8), "big"), start + 16
        elif length == 0:
            length = end - start
        if start + length < content or content > end:
            return
        stop = min(start + length, end)
        uuid = stream.read(16) if kind == _UUID and stop - content >= 16 else b""
        yield MediaBox(kind=kind, start=content + len(uuid), end=stop, uuid=uuid)
        start += length


def content_of(stream: BinaryIO, box: MediaBox, most: int) -> bytes | None:
    """A box's content; None where it has more than ``most`` bytes."""
    if box.length > most:
        return None
    stream.seek(box.start)
    return stream.read(box.length)
