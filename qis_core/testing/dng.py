"""RAW files to test by: uncompressed DNG, drawn (Digital Negative 1.4; TIFF 6.0)."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from typing import Any

import numpy
from PIL import Image

Tag = tuple[int, int, bytes]
"""Type, count and value of a TIFF field."""


def byte(*values: int) -> Tag:
    return 1, len(values), bytes(values)


def text(value: str) -> Tag:
    return 2, len(value) + 1, value.encode() + b"\0"


def short(*values: int) -> Tag:
    return 3, len(values), struct.pack(f"<{len(values)}H", *values)


def long(*values: int) -> Tag:
    return 4, len(values), struct.pack(f"<{len(values)}L", *values)


def real(*values: float) -> Tag:
    return 10, len(values), b"".join(struct.pack("<ll", round(value * 10_000), 10_000) for value in values)


def directory(tags: dict[int, Tag], place: int) -> bytes:
    """A TIFF directory at this place of the file, with its longer values behind it."""
    entries, behind = b"", b""
    for tag, (kind, count, value) in sorted(tags.items()):
        entries += struct.pack("<HHL", tag, kind, count)
        if len(value) <= 4:
            entries += value.ljust(4, b"\0")
        else:
            entries += struct.pack("<L", place + 2 + 12 * len(tags) + 4 + len(behind))
            behind += value + bytes(len(value) % 2)
    return struct.pack("<H", len(tags)) + entries + bytes(4) + behind


def mosaic(picture: Image.Image, white: int) -> bytes:
    """What a sensor with filters red, green; green, blue sees of it."""
    code: Any = numpy.asarray(picture, dtype=float) / 255
    light = numpy.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    seen = light[:, :, 1].copy()
    seen[0::2, 0::2] = light[0::2, 0::2, 0]
    seen[1::2, 1::2] = light[1::2, 1::2, 2]
    data: bytes = (seen * white).round().astype("<u2").tobytes()
    return data


def dng(
    picture: Image.Image,
    preview: bytes = b"",
    orientation: int = 1,
    white: int = 16383,
    said: Mapping[int, Tag] | None = None,
) -> bytes:
    """An uncompressed DNG of a camera whose colours are sRGB's (Digital Negative 1.4); ``said``: more of its tags."""
    data = mosaic(picture, white)
    camera = {
        271: text("QIS"), 272: text("QIS Test"), 274: short(orientation), 50706: byte(1, 4, 0, 0),
        50708: text("QIS Test"), 50728: real(1, 1, 1), 50778: short(21),
        50721: real(3.2405, -1.5371, -0.4985, -0.9693, 1.876, 0.0416, 0.0556, -0.204, 1.0572), **(said or {}),
    }  # fmt: skip

    def file(preview_at: int, below_at: int, data_at: int) -> tuple[bytes, bytes]:
        sensor = {
            254: long(0), 256: long(picture.width), 257: long(picture.height), 258: short(16), 259: short(1),
            262: short(32803), 273: long(data_at), 277: short(1), 278: long(picture.height), 279: long(len(data)),
            33421: short(2, 2), 33422: byte(0, 1, 1, 2), 50714: short(0), 50717: long(white),
        }  # fmt: skip
        if not preview:
            return directory({**sensor, **camera}, 8), b""
        shown = Image.open(io.BytesIO(preview))
        first = {
            254: long(1), 256: long(shown.width), 257: long(shown.height), 258: short(8, 8, 8), 259: short(7),
            262: short(6), 273: long(preview_at), 277: short(3), 278: long(shown.height), 279: long(len(preview)),
            330: long(below_at),
        }  # fmt: skip
        return directory({**first, **camera}, 8), directory(sensor, below_at)

    padded = preview + bytes(len(preview) % 2)
    below_at = 8 + len(file(0, 0, 0)[0])
    preview_at = below_at + len(file(0, 0, 0)[1])
    first, below = file(preview_at, below_at, preview_at + len(padded))
    return b"II*\0" + struct.pack("<L", 8) + first + below + padded + data
