"""ICC profiles that tests convert by."""

from __future__ import annotations

import struct
from pathlib import Path

_INKS = Path("/usr/share/color/icc/ghostscript/default_cmyk.icc")


def inks() -> bytes | None:
    """A press's CMYK, from Debian's ``ghostscript``; None where that is not installed."""
    return _INKS.read_bytes() if _INKS.is_file() else None


def wide() -> bytes:
    """A display profile with a green far beyond sRGB's, gamma 2.2, written after ICC.1:2001-04."""

    def number(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    name = b"Wide\0"
    # The colourants of Adobe RGB (1998), adapted to D50.
    columns = {
        b"rXYZ": (0.60974, 0.31111, 0.01947),
        b"gXYZ": (0.20528, 0.62567, 0.06087),
        b"bXYZ": (0.14919, 0.06322, 0.74457),
    }
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, 563)
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(4 + 4 + 2 + 1 + 67),
        b"cprt": b"text\0\0\0\0" + b"None\0",
        b"wtpt": b"XYZ \0\0\0\0" + b"".join(map(number, (0.9642, 1.0, 0.8249))),
        **{key: b"XYZ \0\0\0\0" + b"".join(map(number, column)) for key, column in columns.items()},
        b"rTRC": curve, b"gTRC": curve, b"bTRC": curve,
    }  # fmt: skip
    table, blocks = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for key, block in tags.items():
        table += key + struct.pack(">II", start + len(blocks), len(block))
        blocks += block + bytes(-len(block) % 4)
    date = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    head = struct.pack(">I4xI", start + len(blocks), 0x02100000) + b"mntrRGB XYZ " + date
    head += b"acsp" + bytes(28) + b"".join(map(number, (0.9642, 1.0, 0.8249)))
    return head.ljust(128, b"\0") + table + blocks


def linear_grey() -> bytes:
    """A grey profile with gamma 1.0, so that its effect is to be seen."""
    white = b"XYZ \0\0\0\0" + b"".join(round(v * 65536).to_bytes(4, "big") for v in (0.9642, 1.0, 0.8249))
    curve = b"curv\0\0\0\0\0\0\0\0"
    text = b"mluc\0\0\0\0" + (1).to_bytes(4, "big") + (12).to_bytes(4, "big") + b"enUS"
    text += (2).to_bytes(4, "big") + (28).to_bytes(4, "big") + b"\0g\0\0"
    tags, body, at = [], b"", 128 + 4 + 12 * 4
    for name, data in ((b"wtpt", white), (b"kTRC", curve), (b"desc", text), (b"cprt", text)):
        tags.append(name + (at + len(body)).to_bytes(4, "big") + len(data).to_bytes(4, "big"))
        body += data + b"\0" * (-len(data) % 4)
    head = bytearray(128)
    head[8:12], head[12:16], head[16:20], head[20:24] = b"\x04\x30\0\0", b"mntr", b"GRAY", b"XYZ "
    head[36:40] = b"acsp"
    head[68:80] = white[8:]
    whole = bytes(head) + (4).to_bytes(4, "big") + b"".join(tags) + body
    return len(whole).to_bytes(4, "big") + whole[4:]
