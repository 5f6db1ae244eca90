"""A grey ICC profile, made here so that there is always one."""

from __future__ import annotations

import struct

_D50 = (0x0000F6D6, 0x00010000, 0x0000D32D)
_GAMMA = 2.2


def grey_profile() -> bytes:
    """An ICC profile of version 2.4 for grey at gamma 2.2 and D50 (ICC.1:2001-04, 6.3.1.1)."""
    tags = {
        b"desc": _description("Grey gamma 2.2"),
        b"cprt": b"text" + bytes(4) + b"No copyright, use freely\0",
        b"wtpt": b"XYZ " + bytes(4) + struct.pack(">3I", *_D50),
        b"kTRC": b"curv" + bytes(4) + struct.pack(">IH", 1, round(_GAMMA * 256)),
    }
    table, data = struct.pack(">I", len(tags)), b""
    offset = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", offset + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    return _header(128 + len(table) + len(data)) + table + data


def _header(size: int) -> bytes:
    created = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    head = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02400000, b"mntr", b"GRAY", b"XYZ ") + created
    head += b"acsp" + bytes(28) + struct.pack(">3I", *_D50)
    return head + bytes(128 - len(head))


def _description(text: str) -> bytes:
    ascii_text = text.encode("ascii") + b"\0"
    # The Unicode and ScriptCode parts of a textDescriptionType are there even when empty.
    return b"desc" + bytes(4) + struct.pack(">I", len(ascii_text)) + ascii_text + bytes(4 + 4 + 2 + 1 + 67)
