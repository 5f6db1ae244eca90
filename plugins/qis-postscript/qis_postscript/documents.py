"""What a PostScript file says of itself: where its program lies, and how large an EPS is.

Sources: PostScript Language Document Structuring Conventions 3.0 and Encapsulated PostScript File
Format 3.0 (Adobe 5001 and 5002).
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass

_DOS = struct.Struct("<4sII")
_DOS_MAGIC = b"\xc5\xd0\xd3\xc6"
_HEADER = 64 * 1024
_TRAILER = 16 * 1024
_MOST = 1e5
"""No edge of a bounding box lies farther away, in points: 35 metres."""

_BOX = re.compile(
    rb"%%(HiRes)?BoundingBox:[ \t]*(?:(\(atend\))|([-+.\deE]+(?:[ \t]+[-+.\deE]+){3}))[ \t]*(?=[\r\n]|\Z)"
)
_END = re.compile(rb"[\r\n]%%EndComments\b")
_PACKET_BEGINS, _PACKET_ENDS = b"<?xpacket begin=", b"<?xpacket end="


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """An EPS's box in points, its y axis pointing up."""

    left: float
    bottom: float
    width: float
    height: float


def is_postscript(head: bytes) -> bool:
    """Whether a file that begins with ``head`` may be a PostScript program."""
    return head.removeprefix(b"\x04").startswith((b"%!PS", b"%!\n", b"%!\r"))


def is_eps(head: bytes) -> bool:
    """Whether a file that begins with ``head`` calls itself an EPS, with a preview (DOS EPS) or without."""
    first = re.split(rb"[\r\n]", head[:256], maxsplit=1)[0]
    return head.startswith(_DOS_MAGIC) or (is_postscript(head) and b"EPSF-" in first)


def program(data: bytes) -> bytes:
    """The PostScript program of a file, without a DOS EPS's preview; nothing where there is none."""
    if data.startswith(_DOS_MAGIC) and len(data) >= _DOS.size:
        _, start, length = _DOS.unpack_from(data)
        return data[start : start + length]
    return data.removeprefix(b"\x04")


def bounds(program: bytes) -> Bounds | None:
    """The bounding box that an EPS must state, the finer one where there are two. None: there is no sane one."""
    end = _END.search(program, 0, _HEADER)
    comments = program[: end.start() if end else _HEADER]
    for name in (b"HiRes", None):
        found = next((box for box in _BOX.finditer(comments) if box[1] == name), None)
        if found and found[2]:
            later = [box for box in _BOX.finditer(program[-_TRAILER:]) if box[1] == name and box[3]]
            found = later[-1] if later else None
        if found and (box := _sane(found[3])):
            return box
    return None


def packet(program: bytes) -> bytes | None:
    """The XMP packet in a file."""
    start = program.find(_PACKET_BEGINS)
    last = program.find(_PACKET_ENDS, start)
    end = program.find(b"?>", last)
    return program[start : end + 2] if 0 <= start < last < end else None


def _sane(numbers: bytes) -> Bounds | None:
    try:
        left, bottom, right, top = map(float, numbers.split())
    except ValueError:
        return None
    near = all(math.isfinite(edge) and abs(edge) <= _MOST for edge in (left, bottom, right, top))
    if not near or right <= left or top <= bottom:
        return None
    return Bounds(left=left, bottom=bottom, width=right - left, height=top - bottom)
