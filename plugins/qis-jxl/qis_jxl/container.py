"""The boxes of a JPEG XL file (ISO/IEC 18181-2), and the codestream's beginning with or without them."""

from __future__ import annotations

import struct
from typing import BinaryIO

from qis_core.api.boxes import boxes

CODESTREAM = b"\xff\x0a"
CONTAINER = b"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a"

_METADATA = (b"Exif", b"xml ")
_HEADER_BYTES = 8192
"""Enough of a codestream for its header: a kilobyte for each extra channel's name, and there are few."""

_LONGEST_BLOCK = 4 << 20


def codestream_start(stream: BinaryIO) -> bytes:
    """The first bytes of the codestream, put together from its boxes where it lies in some."""
    start = stream.read(len(CONTAINER))
    if start.startswith(CODESTREAM):
        return start + stream.read(_HEADER_BYTES)
    found = b""
    for box in boxes(stream):
        if box.kind not in (b"jxlc", b"jxlp"):
            continue
        # A part begins with its number.
        numbered = 4 if box.kind == b"jxlp" else 0
        stream.seek(numbered, 1)
        found += stream.read(max(0, min(box.length - numbered, _HEADER_BYTES - len(found))))
        if box.kind == b"jxlc" or len(found) >= _HEADER_BYTES:
            break
    return found


def metadata_boxes(stream: BinaryIO) -> dict[bytes, bytes]:
    """The contents of the boxes ``Exif`` and ``xml ``, unpacked; what is too long or damaged is left out."""
    if not stream.read(len(CONTAINER)).startswith(CONTAINER):
        return {}
    found: dict[bytes, bytes] = {}
    for box in boxes(stream):
        if box.kind in _METADATA and box.length <= _LONGEST_BLOCK:
            found.setdefault(box.kind, stream.read(box.length))
        elif box.kind == b"brob" and 4 < box.length <= _LONGEST_BLOCK:
            inner = stream.read(4)
            content = _unpacked(stream.read(box.length - 4)) if inner in _METADATA else None
            if content is not None:
                found.setdefault(inner, content)
    return found


def tiff_block(content: bytes) -> bytes | None:
    """The TIFF structure in an ``Exif`` box: four bytes tell where it begins; some writers forget them."""
    if content[:4] in (b"II*\0", b"MM\0*"):
        return content
    if len(content) < 12:
        return None
    start = 4 + int(struct.unpack(">L", content[:4])[0])
    return content[start:] if content[start : start + 4] in (b"II*\0", b"MM\0*") else None


def _unpacked(data: bytes) -> bytes | None:
    import brotli  # type: ignore[import-untyped] # noqa: PLC0415 (most files have no such boxes)

    unpacker = brotli.Decompressor()
    try:
        content: bytes = unpacker.process(data, output_buffer_limit=_LONGEST_BLOCK)
    except brotli.error:
        return None
    return content if unpacker.is_finished() else None
