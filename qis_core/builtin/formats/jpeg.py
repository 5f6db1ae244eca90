"""JPEG: read at a DCT scale, written baseline (``jpg``) or progressive (``pjpg``)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import BinaryIO

from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from qis_core.api import (
    Box,
    Decoded,
    DecodeHint,
    Decoder,
    Encoder,
    Metadata,
    Option,
    Options,
    PageHint,
    Size,
    Source,
    SourceInfo,
    TooLarge,
    exif,
)
from qis_core.builtin.formats import blocks
from qis_core.builtin.formats.modes import standard
from qis_core.builtin.formats.quality import quality_option
from qis_core.builtin.formats.reading import demand_format, demand_page, reading
from qis_core.builtin.formats.settings import FormatsSettings
from qis_core.builtin.formats.writing import demand_side, number, save, whole_dpi

LONGEST_SIDE = 65500
"""libjpeg's limit (JPEG_MAX_DIMENSION); the format's own is 65535."""

MOST_SEGMENTS = 100_000
"""Segments and stray bytes that may stand before the picture's data."""

FULL_COLOUR = 90
"""From this quality on, colour is kept at the full resolution."""

_READ_BYTES = 2 * 1024**2
"""What is read of a file at a time. By Pillow's own 64 kB, each joined to what is left of the one before, 12 megapixels
take 1.3 of 34 ms more."""

_START_OF_SCAN = b"\xff\xda"
_SEGMENT = 65533
_METADATA = frozenset({"icc_profile", "exif", "xmp", "iptc", "dpi"})


class JpegDecoder(Decoder):
    """JPEG and JFIF, Adobe's CMYK and YCCK included."""

    name = "jpg"
    features = frozenset({"cmyk", "metadata"})
    extensions = ("jpg", "jpeg", "jpe", "jfif", "pjpg")
    media_types = ("image/jpeg",)
    output = "jpg"
    alpha = False

    def sniff(self, head: bytes) -> bool:
        return head.startswith(b"\xff\xd8\xff")

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        demand_format(self, source)
        demand_page(hint.page, 1)
        with reading("JPEG"), source.open() as stream:
            image = _opened(stream)
            return SourceInfo(
                format=self.name,
                size=Size(width=image.width, height=image.height),
                mode=image.mode,
                bits=image.bits,
                has_icc_profile=blocks.as_bytes(image.info.get("icc_profile")) is not None,
                orientation=exif.orientation(blocks.as_bytes(image.info.get("exif"))),
                dpi=blocks.dpi(image.info),
            )

    def metadata(self, source: Source, hint: PageHint) -> Metadata:
        demand_format(self, source)
        demand_page(hint.page, 1)
        with reading("JPEG"), source.open() as stream:
            return blocks.metadata(_opened(stream))

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        demand_format(self, source)
        demand_page(hint.page, 1)
        with reading("JPEG"), source.open() as stream:
            image = _opened(stream)
            metadata = blocks.metadata(image)
            _right_inks(image)
            scale = dct_scale(Size(width=image.width, height=image.height), hint.minimum)
            # A grey picture beside a colour profile would be wrong; the engine converts those itself.
            grey = "L" if hint.grey and metadata.icc_profile is None else None
            image.draft(grey, (image.width // scale, image.height // scale))
            if hint.fast:
                # libjpeg's fastest DCT, and colour without interpolation.
                image.decoderconfig = (scale, 1)
            image.decodermaxblock = _READ_BYTES
            image.load()
            # The scaled size is rounded up: its last column and row reach beyond the page.
            region = None if scale == 1 else Box(left=0, top=0, right=image.width * scale, bottom=image.height * scale)
            return Decoded(image=standard(image), metadata=metadata, region=region)


def _opened(stream: BinaryIO) -> JpegImageFile:
    """The file with its header read. Raises TooLarge where that would take long.

    Pillow goes through what stands between segments byte by byte, so it is counted first.
    """
    position = 2
    for _ in range(MOST_SEGMENTS):
        stream.seek(position)
        head = stream.read(4)
        if len(head) < 4 or head[:2] == _START_OF_SCAN:
            stream.seek(0)
            return JpegImageFile(stream)
        if head[0] != 0xFF or head[1] in (0x00, 0xFF):
            position += 1
        elif 0xD0 <= head[1] <= 0xD9 or head[1] == 0x01:
            position += 2
        else:
            position += 2 + max(int.from_bytes(head[2:], "big"), 2)
    raise TooLarge("the number of segments in this JPEG file", f"more than {MOST_SEGMENTS}", MOST_SEGMENTS)


def dct_scale(size: Size, minimum: Size) -> int:
    """By how much (1, 2, 4 or 8) both sides may be divided without falling below ``minimum``."""
    for scale in (8, 4, 2):
        if minimum.width * scale <= size.width and minimum.height * scale <= size.height:
            return scale
    return 1


def _right_inks(image: JpegImageFile) -> None:
    """Tells Pillow which CMYK files mean 0 by full ink: Adobe's, and they alone."""
    if image.mode == "CMYK" and "adobe" not in image.info:
        tile = image.tile[0]
        image.tile = [ImageFile._Tile(tile.codec_name, tile.extents, tile.offset, ("CMYK", ""))]


class JpegEncoder(Encoder):
    """Baseline JPEG with optimal size for its speed."""

    name = "jpg"
    aliases: Sequence[str] = ("jpeg",)
    extensions = ("jpg", "jpeg")
    media_type = "image/jpeg"
    modes = ("RGB", "L", "CMYK")
    metadata = _METADATA
    progressive = False

    def __init__(self, settings: FormatsSettings) -> None:
        self._quality = settings.jpeg_quality
        self.options: Sequence[Option] = (quality_option(settings.jpeg_quality),)

    def encode(self, image: Image.Image, options: Options, metadata: Metadata, out: BinaryIO) -> None:
        demand_side(image, "JPEG", LONGEST_SIDE)
        quality = number(options, "quality", self._quality)
        save(
            image,
            out,
            "JPEG",
            quality=quality,
            subsampling="4:4:4" if quality >= FULL_COLOUR else "4:2:0",
            progressive=self.progressive or None,
            icc_profile=metadata.icc_profile,
            exif=_fitting(metadata.exif),
            xmp=_fitting(metadata.xmp, overhead=29),
            extra=_photoshop_segment(metadata.iptc),
            dpi=whole_dpi(metadata.dpi),
        )


class ProgressiveJpegEncoder(JpegEncoder):
    """Progressive JPEG: a coarse picture first, and some five per cent smaller."""

    name = "pjpg"
    aliases = ("pjpeg",)
    progressive = True


def _fitting(block: bytes | None, overhead: int = 0) -> bytes | None:
    """The block, or None where it is longer than one JPEG segment and so cannot be written."""
    return block if block is not None and len(block) + overhead <= _SEGMENT else None


def _photoshop_segment(iptc: bytes | None) -> bytes | None:
    """An APP13 segment with the IPTC record."""
    if iptc is None:
        return None
    body = b"Photoshop 3.0\0" + blocks.photoshop_resource(iptc)
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body if _fitting(body) else None
