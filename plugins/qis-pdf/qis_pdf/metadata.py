"""What a document says of itself: its XMP, or else the entries of its information dictionary as XMP.

The entries and what they are called in XMP: ISO 32000-1, table 317, and ISO 16684-2, 8.4.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qis_core.api import Metadata
from qis_core.api.xmp import packet

if TYPE_CHECKING:
    import pymupdf

LONGEST_PACKET = 2 * 1024**2
_NAMES = {
    "title": "dc:title", "author": "dc:creator", "subject": "dc:description", "keywords": "pdf:Keywords",
    "creator": "xmp:CreatorTool", "producer": "pdf:Producer",
}  # fmt: skip
_DATES = {"creationDate": "xmp:CreateDate", "modDate": "xmp:ModifyDate"}
_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-]\d\d)'?(\d\d)?)?")


def metadata_of(document: pymupdf.Document, dpi: float | None = None) -> Metadata:
    """The document's XMP, with the resolution at which a page is drawn."""
    found = document.get_xml_metadata() or ""
    xmp = found.encode("utf-8", "replace") if found.strip() else _of_information(document)
    return Metadata(xmp=xmp if xmp and len(xmp) <= LONGEST_PACKET else None, dpi=(dpi, dpi) if dpi else None)


def _of_information(document: pymupdf.Document) -> bytes | None:
    told = {key: value for key, value in (document.metadata or {}).items() if isinstance(value, str)}
    texts = {name: told.get(key, "") for key, name in _NAMES.items()}
    return packet({**texts, **{name: _date(told.get(key, "")) for key, name in _DATES.items()}})


def _date(text: str) -> str:
    """ISO 8601 of ISO 32000-1, 7.9.4: as much of it as there is; '' for what is no date."""
    match = _DATE.match(text)
    if not match:
        return ""
    year, month, day, hour, minute, second, utc, zone, more = match.groups()
    date = "-".join(part for part in (year, month, day) if part)
    if not hour or not day:
        return date
    away = f"{zone}:{more or '00'}" if zone else utc or ""
    return f"{date}T{hour}:{minute or '00'}:{second or '00'}{away}"
