"""EXIF, IPTC and XMP where ImageMagick passes them over, or unpacks the whole picture to tell them.

JPEG 2000 has them in boxes whose UUID tells what they hold, Photoshop among its image resources
(Adobe Photoshop File Formats Specification, "Image Resources Section").
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator, Mapping

from qis_core.api import Metadata, exif
from qis_core.api.boxes import boxes, content_of

LONGEST_BLOCK = 2 * 1024**2
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""XMP specification, part 3, 1.1.4."""

_EXIF = b"JpgTiffExif->JP2"
_IPTC = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")

_IPTC_RESOURCE, _EXIF_RESOURCE, _XMP_RESOURCE = 1028, 1058, 1060
_MOST_RESOURCES = 10_000
_HEADER = 26


def blocks_of(magick: str, data: bytes) -> Metadata:
    """The blocks of a file of ImageMagick's format ``magick``; nothing of formats that have none."""
    return _READERS[magick](data) if magick in _READERS else Metadata()


def _of_jpeg2000(data: bytes) -> Metadata:
    found: dict[bytes, bytes | None] = {}
    stream = io.BytesIO(data)
    for box in boxes(stream):
        if box.uuid in (_XMP, _EXIF, _IPTC) and box.uuid not in found:
            found[box.uuid] = content_of(stream, box, LONGEST_BLOCK) or None
    return Metadata(exif=exif.upright(found.get(_EXIF)), xmp=found.get(_XMP), iptc=found.get(_IPTC))


def _of_photoshop(data: bytes) -> Metadata:
    found = {number: block for number, block in _resources(data) if 0 < len(block) <= LONGEST_BLOCK}
    return Metadata(
        exif=exif.upright(found.get(_EXIF_RESOURCE)), xmp=found.get(_XMP_RESOURCE), iptc=found.get(_IPTC_RESOURCE)
    )


def _resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and content of each resource, up to the first that makes no sense."""
    try:
        place = _HEADER + 4 + _number(data, _HEADER)
        end = place + 4 + _number(data, place)
        place += 4
        for _ in range(_MOST_RESOURCES):
            if place >= end or data[place : place + 4] != b"8BIM":
                return
            number = struct.unpack_from(">H", data, place + 4)[0]
            # A name that is counted by its first byte and fills an even number of them.
            place += 6 + (data[place + 6] + 2) // 2 * 2
            length = _number(data, place)
            yield number, data[place + 4 : min(place + 4 + length, end)]
            place += 4 + length + length % 2
    except (struct.error, IndexError):
        # Cut off.
        return


def _number(data: bytes, place: int) -> int:
    return int(struct.unpack_from(">L", data, place)[0])


_READERS: Mapping[str, Callable[[bytes], Metadata]] = {
    "JP2": _of_jpeg2000, "PSD": _of_photoshop, "PSB": _of_photoshop,
}  # fmt: skip
