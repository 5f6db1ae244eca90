"""ICC profiles whose tables of one rendering intent stand for those of another.

libvips converts in two steps, by way of a profile of version 4, for which littleCMS compensates black
points with the perceptual and the saturation intent whether it is asked or not. With these profiles
the relative intent, which does as it is asked, uses the tables of the intent that was meant.
Layout: ICC.1:2022, 7.2 (header) and 7.3 (tag table).
"""

from __future__ import annotations

import struct
from functools import lru_cache

_TABLES = {"perceptual": (b"A2B0", b"B2A0"), "saturation": (b"A2B2", b"B2A2")}
_FALL_BACK = {b"A2B2": b"A2B0", b"B2A2": b"B2A0"}
_RELATIVE = (b"A2B1", b"B2A1")
_COUNT_AT, _TAGS_AT, _TAG = 128, 132, 12


@lru_cache(maxsize=16)
def as_relative(profile: bytes | None, intent: str) -> bytes | None:
    """The profile with the tables of ``intent`` in place of those of the relative one, if it has tables."""
    if profile is None or intent not in _TABLES:
        return profile
    places = _tags(profile)
    changed = bytearray(profile)
    for own, relative in zip(_TABLES[intent], _RELATIVE, strict=True):
        table = places.get(own) or places.get(_FALL_BACK.get(own, b""))
        if table is None:
            continue
        if relative in places:
            struct.pack_into(">LL", changed, places[relative][0] + 4, *table[1:])
        else:
            # Without a table for the relative intent littleCMS takes the perceptual one.
            struct.pack_into(">4s", changed, table[0], relative)
    return bytes(changed)


def is_compensated(target: bytes | None, intent: str) -> bool:
    """Whether littleCMS compensates black points for this target and intent unasked."""
    return intent in _TABLES and (target is None or target[8] >= 4)


def _tags(profile: bytes) -> dict[bytes, tuple[int, int, int]]:
    """By signature: where the tag's entry is, and the offset and length of its data."""
    count = min(struct.unpack_from(">L", profile, _COUNT_AT)[0], (len(profile) - _TAGS_AT) // _TAG)
    entries = [_TAGS_AT + number * _TAG for number in range(count)]
    return {profile[at : at + 4]: (at, *struct.unpack_from(">LL", profile, at + 4)) for at in entries}
