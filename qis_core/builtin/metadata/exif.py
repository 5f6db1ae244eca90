"""EXIF as names and plain values (EXIF 2.32, tags in section 4.6)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from PIL import ExifTags, Image

_LONGEST_LIST = 16
_DATE = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(r"[+-]\d\d:\d\d")

# Where in the file things are, and blocks that are read elsewhere or by their maker only.
_PASSED_OVER = frozenset({
    "StripOffsets", "StripByteCounts", "TileOffsets", "TileByteCounts", "FreeOffsets", "FreeByteCounts", "SubIFDs",
    "JPEGTables", "JpegIFOffset", "JpegIFByteCount", "ColorMap", "TransferFunction", "XMLPacket", "IPTCNAA",
    "ImageResources", "InterColorProfile", "ExifOffset", "ExifInteroperabilityOffset", "GPSInfo", "MakerNote",
    "MakerNoteSafety", "PrintImageMatching", "ImageSourceData", "CFAPattern", "OECF", "SpatialFrequencyResponse",
    "DeviceSettingDescription",
})  # fmt: skip

# Date tag: the tag of its zone.
_ZONES: Mapping[str, str] = {
    "DateTime": "OffsetTime",
    "DateTimeOriginal": "OffsetTimeOriginal",
    "DateTimeDigitized": "OffsetTimeDigitized",
}

_ENCODINGS: Mapping[bytes, str] = {b"ASCII\0\0\0": "utf-8", b"UNICODE\0": "utf-16", b"JIS\0\0\0\0\0": "iso2022_jp"}


def values(block: Image.Exif) -> Mapping[str, object]:
    """Values by the standard's names, rationals as numbers, dates as ISO 8601 with the zone where it is told."""
    tags = {**block, **block.get_ifd(ExifTags.IFD.Exif)}
    found = dict(_named(tags))
    for name, zone in _ZONES.items():
        if name in found:
            found[name] = _date(str(found[name]), str(found.get(zone, "")))
    return {name: value for name, value in found.items() if value not in ("", None)}


def position(block: Image.Exif) -> Mapping[str, object]:
    """``latitude`` and ``longitude`` in degrees (north and east are positive), ``altitude`` in metres above
    the sea, ``direction`` in degrees from north, ``time`` in UTC; each where it is there and makes sense."""
    tags = {ExifTags.GPSTAGS.get(tag, ""): value for tag, value in block.get_ifd(ExifTags.IFD.GPSInfo).items()}
    found: dict[str, object] = {}
    latitude = _degrees(tags.get("GPSLatitude"), tags.get("GPSLatitudeRef"), "S", 90)
    longitude = _degrees(tags.get("GPSLongitude"), tags.get("GPSLongitudeRef"), "W", 180)
    if latitude is not None and longitude is not None:
        found |= {"latitude": latitude, "longitude": longitude}
    altitude = _number(tags.get("GPSAltitude"))
    if altitude is not None:
        found["altitude"] = -altitude if tags.get("GPSAltitudeRef") in (b"\1", 1) else altitude
    direction = _number(tags.get("GPSImgDirection"))
    if direction is not None and 0 <= direction <= 360:
        found["direction"] = direction
    time = _gps_time(tags.get("GPSDateStamp"), tags.get("GPSTimeStamp"))
    if time:
        found["time"] = time
    return found


def _named(tags: Mapping[int, object]) -> Iterator[tuple[str, object]]:
    for tag, value in tags.items():
        name = ExifTags.TAGS.get(tag, "")
        if not name or name in _PASSED_OVER:
            continue
        plain = _commented(value) if name == "UserComment" else _windows(value) if name[:2] == "XP" else _plain(value)
        if plain is not None:
            yield name, plain


def _plain(value: object) -> object:
    if isinstance(value, bool | int | str | bytes):
        return _text(value) if isinstance(value, str | bytes) else value
    if isinstance(value, tuple):
        parts = [_plain(part) for part in value] if len(value) <= _LONGEST_LIST else [None]
        return None if None in parts else parts
    return _number(value)


def _text(value: str | bytes) -> str | None:
    """The text; Pillow reads ASCII as Latin-1, while cameras write UTF-8 there."""
    try:
        raw = value if isinstance(value, bytes) else value.encode("latin-1")
        text = raw.decode("utf-8")
    except UnicodeError:
        if isinstance(value, bytes):
            return None
        text = value
    text = text.partition("\0")[0].strip()
    return text if isinstance(value, str) or text.isprintable() else None


def _commented(value: object) -> str | None:
    """A text after eight bytes that name its encoding."""
    if not isinstance(value, bytes):
        return _text(value) if isinstance(value, str) else None
    encoding = _ENCODINGS.get(value[:8], "utf-8")
    body = value[8:] if value[:8] in _ENCODINGS or not value[:8].strip(b"\0") else value
    text: str = body.decode(encoding, "replace")
    return text.replace("\0", "").strip()


def _windows(value: object) -> str | None:
    """Windows' own tags are UTF-16 in bytes."""
    raw = bytes(value) if isinstance(value, tuple) else value
    return raw.decode("utf-16-le", "replace").rstrip("\0").strip() if isinstance(raw, bytes) else None


def _number(value: object) -> float | None:
    number: float
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return float(round(number, 8)) if math.isfinite(number) else None


def _date(text: str, zone: str) -> str:
    match = _DATE.fullmatch(text)
    if not match:
        return text if any(digit in text for digit in "123456789") else ""
    year, month, day, hour, minute, second = match.groups()
    if "00" in (month, day):
        # Cameras whose clock was never set.
        return ""
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}" + (zone if _OFFSET.fullmatch(zone) else "")


def _degrees(parts: object, reference: object, negative: str, limit: int) -> float | None:
    numbers = [_number(part) for part in parts] if isinstance(parts, tuple) else []
    if not 1 <= len(numbers) <= 3 or None in numbers:
        return None
    degrees: float = sum(number / float(60**place) for place, number in enumerate(numbers) if number is not None)
    if not 0 <= degrees <= limit:
        return None
    turned = isinstance(reference, str) and reference.strip("\0 ").upper() == negative
    return round(-degrees if turned else degrees, 7)


def _gps_time(date: object, time: object) -> str:
    numbers = [_number(part) for part in time] if isinstance(time, tuple) else []
    match = re.match(r"(\d{4})[:-](\d\d)[:-](\d\d)", date) if isinstance(date, str) else None
    if not match or len(numbers) != 3 or None in numbers:
        return ""
    hour, minute, second = (int(number or 0) for number in numbers)
    return f"{match[1]}-{match[2]}-{match[3]}T{hour:02}:{minute:02}:{second:02}Z"
