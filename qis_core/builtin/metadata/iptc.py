"""IPTC-IIM records as names and texts (IPTC Information Interchange Model 4.2, chapters 3 and 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_MARKER = 0x1C
_UTF8 = b"\x1b%G"
_CHARACTER_SET = (1, 90)
_APPLICATION = 2

_NAMES: Mapping[int, str] = {
    5: "ObjectName", 7: "EditStatus", 10: "Urgency", 12: "SubjectReference", 15: "Category",
    20: "SupplementalCategories", 22: "FixtureIdentifier", 25: "Keywords", 26: "ContentLocationCode",
    27: "ContentLocationName", 30: "ReleaseDate", 35: "ReleaseTime", 37: "ExpirationDate", 38: "ExpirationTime",
    40: "SpecialInstructions", 55: "DateCreated", 60: "TimeCreated", 62: "DigitalCreationDate",
    63: "DigitalCreationTime", 65: "OriginatingProgram", 70: "ProgramVersion", 80: "Byline", 85: "BylineTitle",
    90: "City", 92: "Sublocation", 95: "ProvinceState", 100: "CountryCode", 101: "CountryName",
    103: "OriginalTransmissionReference", 105: "Headline", 110: "Credit", 115: "Source", 116: "CopyrightNotice",
    118: "Contact", 120: "Caption", 122: "WriterEditor", 135: "LanguageIdentifier",
}  # fmt: skip
_LISTS = frozenset({12, 20, 25, 26, 27, 80, 85, 118, 122})
_DATES = frozenset({30, 37, 55, 62})


def values(block: bytes) -> Mapping[str, object]:
    """The application record's values by the names of IIM; what may come several times is a list."""
    found: dict[str, object] = {}
    is_utf8 = False
    for record, number, raw in _datasets(block):
        if (record, number) == _CHARACTER_SET:
            is_utf8 = raw == _UTF8
        if record != _APPLICATION or number not in _NAMES:
            continue
        text = _text(raw, is_utf8=is_utf8)
        if not text:
            continue
        name = _NAMES[number]
        if number in _LISTS:
            several = found.setdefault(name, [])
            assert isinstance(several, list)
            several.append(text)
        else:
            found.setdefault(name, re.sub(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", text) if number in _DATES else text)
    return found


def _datasets(block: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(record, number, bytes) of each dataset, up to the first that makes no sense."""
    at = 0
    while at + 5 <= len(block) and block[at] == _MARKER:
        record, number = block[at + 1], block[at + 2]
        length = int.from_bytes(block[at + 3 : at + 5], "big")
        at += 5
        if length & 0x8000:
            # An extended dataset: the field says how many bytes the length itself has.
            width = length & 0x7FFF
            if width > 4:
                return
            length = int.from_bytes(block[at : at + width], "big")
            at += width
        if at + length > len(block):
            return
        yield record, number, block[at : at + length]
        at += length


def _text(raw: bytes, *, is_utf8: bool) -> str:
    """UTF-8 where it is declared or is valid as such, else Latin-1, which is what old programs wrote."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace") if is_utf8 else raw.decode("latin-1")
    return text.replace("\0", "").strip()
