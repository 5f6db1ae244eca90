"""EXIF, IPTC and XMP, from where each maker keeps them.

Most RAW files are TIFF files, or would be but for their signature. Canon's CR3 is made of boxes
with a small TIFF file for each directory, Fujifilm's RAF has all in the camera's JPEG, Minolta's
MRW in a block among others. Makers' notes stay where they are: they mean something at their own
place in the file only.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, BinaryIO

from PIL import ExifTags, Image
from PIL.JpegImagePlugin import JpegImageFile

from qis_core.api import Metadata, Source, exif
from qis_core.api.boxes import MediaBox, boxes, content_of
from qis_raw.directories import EXIF_DIRECTORY, GPS_DIRECTORY, Directories, Entry, Value, exif_block

if TYPE_CHECKING:
    from rawpy import RawPy

LONGEST_BLOCK = 2 * 1024**2
"""Bytes of XMP or IPTC that are read."""

_PICTURE_TAGS = frozenset({
    270, 271, 272, 305, 306, 315, 316, 33432,  # description, make, model, software, date, artist, host, copyright
    18246, 18249,  # stars
    282, 283, 296,  # resolution
})  # fmt: skip
_EXIF_TAGS_ABOVE = frozenset({33434, 33437, 34850, 34855, 36867, 36868, 37377, 37378, 37380, 37383, 37385, 37386})
"""What TIFF/EP (ISO 12234-2) has in the first directory and EXIF in its own: exposure, date, lens."""

_MAKER_NOTE, _INTEROPERABILITY, _XMP, _IPTC = 37500, 40965, 700, 33723
_TIFF_SIGNATURES = (b"*\0", b"\0*", b"RO", b"RS", b"OR", b"U\0")
"""The second half: TIFF, Olympus, Panasonic."""

_CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""As in the XMP specification, part 3, of MPEG-4."""

_FUJIFILM_PLACE = 84
_JPEG_HEAD = 1024**2
"""Bytes in which the blocks of a JPEG file are: each has at most 64 KB."""

_MOST_BLOCKS = 32


def metadata_of(source: Source) -> Metadata:
    """What a RAW file says; nothing where it is damaged or of a maker that keeps it elsewhere. Raises nothing."""
    head = source.head(16)
    read = _reader(head)
    if read is None:
        return Metadata()
    try:
        with source.open() as stream:
            return read(stream)
    except MemoryError:
        raise
    except Exception:
        # Damaged; there is still the picture.
        return Metadata()


def from_library(raw: RawPy) -> bytes | None:
    """A block of the few things that LibRaw tells of every maker's files; None where it knows none of them."""
    other, lens = raw.other, raw.lens
    shot = {
        ExifTags.Base.ISOSpeedRatings: round(other.iso_speed),
        ExifTags.Base.ExposureTime: other.shutter_speed,
        ExifTags.Base.FNumber: other.aperture,
        ExifTags.Base.FocalLength: other.focal_length,
        ExifTags.Base.LensModel: lens.model.strip(),
        ExifTags.Base.DateTimeOriginal: f"{other.timestamp:%Y:%m:%d %H:%M:%S}" if other.timestamp.year > 1970 else "",
    }
    found = Image.Exif()
    found.get_ifd(ExifTags.IFD.Exif).update({tag: value for tag, value in shot.items() if value})
    if other.artist.strip():
        found[ExifTags.Base.Artist] = other.artist.strip()
    is_empty = not found and not found.get_ifd(ExifTags.IFD.Exif)
    return None if is_empty else exif.upright(found.tobytes())


def _reader(head: bytes) -> Callable[[BinaryIO], Metadata] | None:
    if head.startswith(b"FUJIFILMCCD-RAW"):
        return _of_fujifilm
    if head[4:8] == b"ftyp":
        return _of_canon
    if head.startswith((b"\0MRM", b"\0MRI")):
        return _of_minolta
    return _of_tiff if head[:2] in (b"II", b"MM") and head[2:4] in _TIFF_SIGNATURES else None


def _of_tiff(stream: BinaryIO, start: int = 0) -> Metadata:
    tiff = Directories(stream, start)
    first = tiff.entries(tiff.first)
    own = tiff.values(_only(first, _PICTURE_TAGS))
    shot = {
        **tiff.values(_only(first, _EXIF_TAGS_ABOVE)),
        **tiff.values(_without_notes(tiff.below(first, EXIF_DIRECTORY))),
    }
    return Metadata(
        exif=exif_block(tiff.order, own, shot, tiff.values(tiff.below(first, GPS_DIRECTORY))),
        xmp=_bytes(tiff, first.get(_XMP)),
        iptc=_bytes(tiff, first.get(_IPTC)),
    )


def _of_minolta(stream: BinaryIO) -> Metadata:
    """Blocks of a name of four bytes and a length, the one named TTW is a TIFF file."""
    place = 8
    for _ in range(_MOST_BLOCKS):
        stream.seek(place)
        head = stream.read(8)
        if head[:4] == b"\0TTW":
            return _of_tiff(stream, place + 8)
        if len(head) < 8:
            break
        place += 8 + int.from_bytes(head[4:], "big")
    return Metadata()


def _of_fujifilm(stream: BinaryIO) -> Metadata:
    stream.seek(_FUJIFILM_PLACE)
    start, length = struct.unpack(">LL", stream.read(8))
    stream.seek(start)
    with JpegImageFile(io.BytesIO(stream.read(min(length, _JPEG_HEAD)))) as image:
        return Metadata(
            exif=exif.upright(image.info.get("exif")),
            xmp=image.info.get("xmp") or None,
            iptc=_photoshop(image).get(0x0404) or None,
        )


def _photoshop(image: Image.Image) -> Mapping[int, bytes]:
    found = image.info.get("photoshop")
    return found if isinstance(found, dict) else {}


def _of_canon(stream: BinaryIO) -> Metadata:
    tiffs: dict[bytes, MediaBox] = {}
    xmp = None
    for box in boxes(stream):
        if box.kind == b"moov":
            own = next((inner for inner in boxes(stream, box.start, box.end) if inner.uuid == _CANON), None)
            tiffs = {inner.kind: inner for inner in boxes(stream, own.start, own.end)} if own else {}
        elif box.uuid == _XMP_UUID:
            xmp = content_of(stream, box, LONGEST_BLOCK) or None
    order, (picture, shot, gps) = _canon_directories(stream, [tiffs.get(name) for name in (b"CMT1", b"CMT2", b"CMT4")])
    own_fields = {tag: value for tag, value in picture.items() if tag in _PICTURE_TAGS}
    return Metadata(exif=exif_block(order, own_fields, shot, gps), xmp=xmp)


def _canon_directories(stream: BinaryIO, found: list[MediaBox | None]) -> tuple[str, list[Mapping[int, Value]]]:
    """The byte order, and the fields of each box; of one in another order than the first, none."""
    order, directories = "", []
    for box in found:
        fields: Mapping[int, Value] = {}
        if box is not None:
            tiff = Directories(stream, box.start)
            order = order or tiff.order
            fields = tiff.values(_without_notes(tiff.entries(tiff.first))) if tiff.order == order else {}
        directories.append(fields)
    return order or "<", directories


def _only(entries: Mapping[int, Entry], tags: frozenset[int]) -> Mapping[int, Entry]:
    return {tag: entry for tag, entry in entries.items() if tag in tags}


def _without_notes(entries: Mapping[int, Entry]) -> Mapping[int, Entry]:
    return {tag: entry for tag, entry in entries.items() if tag not in (_MAKER_NOTE, _INTEROPERABILITY)}


def _bytes(tiff: Directories, entry: Entry | None) -> bytes | None:
    value = tiff.value(entry, LONGEST_BLOCK) if entry is not None else None
    # The rest of a field of whole numbers is filled up.
    return value.data.rstrip(b"\0") or None if value is not None else None
