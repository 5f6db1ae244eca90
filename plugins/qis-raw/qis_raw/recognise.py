"""Which files are RAW, told by their first bytes; most are TIFF files of a sort (TIFF 6.0, section 2)."""

from __future__ import annotations

import struct

_SIGNATURES = (
    b"FUJIFILMCCD-RAW", b"FOVb", b"\0MRM", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"II\x1a\0\0\0HEAPCCDR", b"IIII",
    b"MMMM",
)  # fmt: skip
"""Fujifilm RAF, Sigma X3F, Minolta MRW, Olympus ORF, Panasonic RW2, Canon CRW, Phase One."""

_CANON_3 = b"ftypcrx "
_TIFF = {b"II*\0": "<", b"MM\0*": ">"}
_CANON_2_PLACE, _CANON_2 = 8, b"CR"

_COMPRESSION, _PHOTOMETRIC, _MAKE, _SUB_IFDS, _DNG_VERSION = 259, 262, 271, 330, 50706
_RAW_COMPRESSIONS = frozenset({32767, 32770, 34713, 65000, 65535})
"""Sony, Samsung, Nikon, Kodak, Pentax."""

_RAW_PHOTOMETRICS = frozenset({32803, 34892})
"""A colour filter array, and linear RAW."""


def looks_like_raw(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is worth to be opened by LibRaw."""
    if head.startswith(_SIGNATURES) or head[4:12] == _CANON_3:
        return True
    order = _TIFF.get(head[:4])
    if order is None:
        return False
    if head[_CANON_2_PLACE : _CANON_2_PLACE + 2] == _CANON_2:
        return True
    tags = _first_directory(head, order)
    return (
        _DNG_VERSION in tags
        # Cameras put the sensor's data below the preview; no scanner or editor that does so names itself as a maker.
        or (_SUB_IFDS in tags and _MAKE in tags)
        or tags.get(_COMPRESSION) in _RAW_COMPRESSIONS
        or tags.get(_PHOTOMETRIC) in _RAW_PHOTOMETRICS
    )


def _first_directory(head: bytes, order: str) -> dict[int, int]:
    """The tags of the first directory, as far as it lies in the head, with the first 16 bits of what they hold."""
    if len(head) < 10:
        return {}
    start = struct.unpack_from(order + "L", head, 4)[0]
    if start + 2 > len(head):
        return {}
    count = min(struct.unpack_from(order + "H", head, start)[0], (len(head) - start - 2) // 12)
    entries = (start + 2 + 12 * number for number in range(count))
    return {
        struct.unpack_from(order + "H", head, entry)[0]: struct.unpack_from(order + "H", head, entry + 8)[0]
        for entry in entries
    }
