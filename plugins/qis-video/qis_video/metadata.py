"""What a video says of itself: the XMP in it, or else its tags as XMP; camera, date and place as EXIF.

Tags by FFmpeg's names, those of QuickTime by Apple's; the place is a text by ISO 6709.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import BinaryIO

from PIL import ExifTags, Image

from qis_core.api import Metadata, exif
from qis_core.api.boxes import boxes, content_of
from qis_core.api.xmp import packet

LONGEST_PACKET = 2 * 1024**2
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""XMP specification, part 3, 1.2.7.1."""

_APPLE = "com.apple.quicktime."
_PLACE = re.compile(r"([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)")


def metadata_of(tags: Mapping[str, str], stream: BinaryIO) -> Metadata:
    """Of the file's tags, and of the file itself."""
    told = {name.lower().removeprefix(_APPLE): value for name, value in tags.items()}
    return Metadata(exif=_exif(told), xmp=_packet(stream) or _xmp(told))


def _xmp(told: Mapping[str, str]) -> bytes | None:
    return packet({
        "dc:title": told.get("title", ""),
        "dc:description": told.get("description") or told.get("comment", ""),
        "dc:creator": told.get("artist") or told.get("author", ""),
        "dc:rights": told.get("copyright", ""),
        "xmp:CreateDate": told.get("creationdate") or told.get("creation_time") or told.get("date", ""),
        "xmp:CreatorTool": told.get("software") or told.get("encoder", ""),
    })  # fmt: skip


def _packet(stream: BinaryIO) -> bytes | None:
    """The XMP of an MP4 file: a box whose UUID says so."""
    stream.seek(0)
    if stream.read(12)[4:8] != b"ftyp":
        return None
    found = next((box for box in boxes(stream) if box.uuid == _XMP), None)
    return (content_of(stream, found, LONGEST_PACKET) or None) if found is not None else None


def _exif(told: Mapping[str, str]) -> bytes | None:
    found = Image.Exif()
    for tag, name in ((ExifTags.Base.Make, "make"), (ExifTags.Base.Model, "model")):
        if told.get(name):
            found[tag] = told[name].encode()
    date = _DATE.match(told.get("creationdate") or told.get("creation_time", ""))
    if date and found:
        year, month, day, *time = date.groups()
        found.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{year}:{month}:{day} {':'.join(time)}"
    place = _PLACE.match(told.get("location.iso6709") or told.get("location", ""))
    if place:
        found.get_ifd(ExifTags.IFD.GPSInfo).update(_gps(*(float(part or 0) for part in place.groups())))
    return exif.upright(found.tobytes()) if found or place else None


def _gps(latitude: float, longitude: float, altitude: float) -> Mapping[int, object]:
    names = ExifTags.GPS
    return {
        names.GPSLatitudeRef: "S" if latitude < 0 else "N", names.GPSLatitude: _degrees(latitude),
        names.GPSLongitudeRef: "W" if longitude < 0 else "E", names.GPSLongitude: _degrees(longitude),
        names.GPSAltitudeRef: b"\1" if altitude < 0 else b"\0", names.GPSAltitude: abs(altitude),
    }  # fmt: skip


def _degrees(value: float) -> tuple[float, float, float]:
    """Degrees, minutes and seconds."""
    minutes, seconds = divmod(abs(value) * 3600, 60)
    degrees, minutes = divmod(minutes, 60)
    return degrees, minutes, seconds
