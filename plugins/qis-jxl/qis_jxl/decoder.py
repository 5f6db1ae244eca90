"""JPEG XL, by libjxl. The header is read here, because the library decodes as soon as it opens."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from qis_core.api import (
    BrokenImage,
    Decoded,
    DecodeHint,
    Decoder,
    Metadata,
    PageHint,
    Source,
    SourceInfo,
    UnsupportedFeature,
    exif,
)
from qis_core.api.decoding import demand_format, demand_page, reading
from qis_jxl.container import CODESTREAM, CONTAINER, codestream_start, metadata_boxes, tiff_block
from qis_jxl.header import Header, read_header

if TYPE_CHECKING:
    from pillow_jxl import ImageInfo

LAST_FRAME = "the last frame of an animation"

_BYTES = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "I;16": 2, "F": 4}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip


class JxlDecoder(Decoder):
    """JPEG XL; of an animation, the last frame, which is all that the library gives."""

    name = "jxl"
    features = frozenset({"alpha", "16-bit", "metadata"})
    extensions = ("jxl",)
    media_types = ("image/jxl",)
    # Few browsers show JPEG XL, and all that do show this, which can be transparent too.
    output = "webp"

    def sniff(self, head: bytes) -> bool:
        return head.startswith((CODESTREAM, CONTAINER))

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        header = self._header(source)
        demand_page(hint.page, 1)
        return SourceInfo(
            format=self.name,
            size=header.upright,
            mode=("LA" if header.has_alpha else "L") if header.is_grey else ("RGBA" if header.has_alpha else "RGB"),
            bits=header.bits,
            has_alpha=header.has_alpha,
            has_icc_profile=header.has_icc_profile,
        )

    def metadata(self, source: Source, hint: PageHint) -> Metadata | None:
        header = self._header(source)
        demand_page(hint.page, 1)
        # The library makes the profile of other colours as it decodes.
        return self.embedded(source) if header.is_srgb else None

    def embedded(self, source: Source) -> Metadata | None:
        demand_format(self, source)
        with reading("JPEG XL"), source.open() as stream:
            return _metadata(metadata_boxes(stream), None)

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        header = self._header(source)
        demand_page(hint.page, 1)
        with reading("JPEG XL"):
            from pillow_jxl import Decoder as Library  # noqa: PLC0415 (most processes never need it)

            with source.open() as stream:
                data = stream.read()
                stream.seek(0)
                boxes = metadata_boxes(stream)
            # A worker renders one picture at a time beside others: more threads would only take turns.
            was_jpeg, info, pixels, profile, _ = Library(num_threads=0)(data)
            image = _from_jpeg(pixels, header) if was_jpeg else _from_pixels(pixels, info)
            if image.size != (header.upright.width, header.upright.height):
                raise BrokenImage("the parts of this JPEG XL file have different sizes")
            return Decoded(
                image=image,
                # The library makes a profile for every file; that of sRGB says nothing.
                metadata=_metadata(boxes, None if header.is_srgb else profile),
                notes=_notes(header, image),
            )

    def _header(self, source: Source) -> Header:
        demand_format(self, source)
        with reading("JPEG XL"), source.open() as stream:
            return read_header(codestream_start(stream))


def _from_jpeg(data: bytes, header: Header) -> Image.Image:
    """The picture of a file that was made of a JPEG, which the library gives back: not turned."""
    with JpegImageFile(io.BytesIO(data)) as file:
        if file.size != (header.size.width, header.size.height):
            raise BrokenImage("the parts of this JPEG XL file have different sizes")
        image = file.convert("L" if file.mode == "L" else "RGB")
    image.info = {}
    return image.transpose(_TURNS[header.orientation]) if header.orientation in _TURNS else image


def _from_pixels(data: bytes, info: ImageInfo) -> Image.Image:
    mode, size = info.mode, (info.width, info.height)
    if mode not in _BYTES:
        raise UnsupportedFeature(f"JPEG XL pictures of colour mode {mode} cannot be read")
    if len(data) < size[0] * size[1] * _BYTES[mode]:
        raise BrokenImage("this JPEG XL file is damaged")
    image = Image.frombytes(mode, size, data, "raw", mode, 0, 1)
    return image.point(lambda value: value * 255 + 0.5).convert("L") if mode == "F" else image


def _metadata(boxes: Mapping[bytes, bytes], profile: bytes | None) -> Metadata:
    # The codestream's orientation counts, and the library has turned the pixels by it.
    return Metadata(
        icc_profile=bytes(profile) if profile else None,
        exif=exif.upright(tiff_block(boxes.get(b"Exif", b""))),
        xmp=boxes.get(b"xml ") or None,
    )


def _notes(header: Header, image: Image.Image) -> list[str]:
    notes = [LAST_FRAME] if header.is_animated else []
    if header.bits > 8 and image.mode != "I;16":
        notes.append(f"{header.bits} bits a channel were reduced to 8")
    return notes
