"""The two things that QIS has to know of an EXIF block: its orientation, and how to reset it.

The block is never taken apart and put together again, because maker notes hold absolute offsets;
the two bytes of the orientation are changed where they stand. Layout: TIFF 6.0, section 2; EXIF
2.32, section 4.6.4.
"""

from __future__ import annotations

import struct

_PREFIX = b"Exif\0\0"
_ORIENTATION = 0x0112
_SHORT, _LONG = 3, 4


def orientation(block: bytes | None) -> int:
    """The orientation 1–8 of an EXIF block, 1 where it has none or makes no sense. Raises nothing."""
    found = _find(block)
    if block is None or found is None:
        return 1
    place, form = found
    value: int = struct.unpack_from(form, block, place)[0]
    return value if 1 <= value <= 8 else 1


def upright(block: bytes | None) -> bytes | None:
    """The same block with orientation 1, beginning with ``Exif\\0\\0``; None for an absent or senseless one."""
    if not block or _ifd0(block) is None:
        return None
    found = _find(block)
    if found is not None:
        changed = bytearray(block)
        struct.pack_into(found[1], changed, found[0], 1)
        block = bytes(changed)
    return block if block.startswith(_PREFIX) else _PREFIX + block


def _ifd0(block: bytes) -> tuple[str, int] | None:
    """Byte order and offset of the first directory."""
    start = len(_PREFIX) if block.startswith(_PREFIX) else 0
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[start : start + 4])
    if order is None or len(block) < start + 8:
        return None
    offset = start + int(struct.unpack_from(order + "L", block, start + 4)[0])
    return (order, offset) if offset + 2 <= len(block) else None


def _find(block: bytes | None) -> tuple[int, str] | None:
    """Place and struct form of the orientation's value."""
    ifd = _ifd0(block) if block else None
    if block is None or ifd is None:
        return None
    order, offset = ifd
    count = min(struct.unpack_from(order + "H", block, offset)[0], (len(block) - offset - 2) // 12)
    for entry in range(offset + 2, offset + 2 + count * 12, 12):
        tag, kind, number = struct.unpack_from(order + "HHL", block, entry)
        if tag == _ORIENTATION and number == 1 and kind in (_SHORT, _LONG):
            return entry + 8, order + ("H" if kind == _SHORT else "L")
    return None
