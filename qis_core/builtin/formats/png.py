"""PNG: every colour type and depth in; grey, colour, alpha and 16-bit grey out."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import BinaryIO

from PIL import Image
from PIL.PngImagePlugin import PngImageFile, PngInfo

from qis_core.api import (
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

LONGEST_SIDE = 2**31 - 1
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_CHUNKS = 10_000
"""Chunks that may stand before the picture's data."""

MOST_CHUNKS_WITH_PIXELS = 100_000
"""Chunks that are gone through for what stands behind the pixels: a file of 800 MB has as many."""

_PIXELS = (b"IDAT", b"fdAT", b"fcTL", b"acTL")
_NO_PIXELS = b"\0\0\0\0IDAT\x35\xaf\x06\x1e" + b"\0\0\0\0IEND\xae\x42\x60\x82"
"""An empty IDAT chunk and the end of a PNG."""

RUNS_ONLY = 8
"""The filter type that stands for zlib's run length strategy."""

_RLE = 3
"""zlib's name for that strategy, Z_RLE (zlib.h)."""


class PngDecoder(Decoder):
    """PNG; of an animated one the default picture."""

    name = "png"
    features = frozenset({"alpha", "16-bit", "metadata"})
    extensions = ("png", "apng")
    media_types = ("image/png",)
    output = "png"

    def sniff(self, head: bytes) -> bool:
        return head.startswith(_SIGNATURE)

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        head = demand_format(self, source)
        demand_page(hint.page, 1)
        with reading("PNG"), source.open() as stream:
            image = _opened(stream)
            return SourceInfo(
                format=self.name,
                size=Size(width=image.width, height=image.height),
                mode=image.mode,
                bits=head[24],
                has_alpha=image.has_transparency_data,
                has_icc_profile=blocks.as_bytes(image.info.get("icc_profile")) is not None,
                orientation=exif.orientation(blocks.as_bytes(image.info.get("exif"))),
                dpi=blocks.dpi(image.info),
            )

    def metadata(self, source: Source, hint: PageHint) -> Metadata | None:
        demand_format(self, source)
        demand_page(hint.page, 1)
        with reading("PNG"), source.open() as stream:
            bare = _without_pixels(stream)
            return None if bare is None else blocks.metadata(PngImageFile(io.BytesIO(bare)))

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        head = demand_format(self, source)
        demand_page(hint.page, 1)
        with reading("PNG"), source.open() as stream:
            image = _opened(stream)
            image.load()
            _scale_transparency(image, bits=head[24])
            return Decoded(image=standard(image), metadata=blocks.metadata(image))


def _opened(stream: BinaryIO) -> PngImageFile:
    """The file with its header read. Raises TooLarge where it has so many chunks that this would take long."""
    position = 8
    for _ in range(MOST_CHUNKS):
        stream.seek(position)
        head = stream.read(8)
        if len(head) < 8 or head[4:] == b"IDAT":
            stream.seek(0)
            return PngImageFile(stream)
        position += 12 + int.from_bytes(head[:4], "big")
    raise TooLarge("the number of chunks in this PNG file", f"more than {MOST_CHUNKS}", MOST_CHUNKS)


def _without_pixels(stream: BinaryIO) -> bytes | None:
    """A PNG of all chunks but those of pixels, because texts and EXIF may stand behind them; None for too many."""
    parts, position = [_SIGNATURE], len(_SIGNATURE)
    for _ in range(MOST_CHUNKS_WITH_PIXELS):
        stream.seek(position)
        head = stream.read(8)
        length = int.from_bytes(head[:4], "big")
        if len(head) < 8 or head[4:] == b"IEND":
            return b"".join([*parts, _NO_PIXELS])
        if head[4:] not in _PIXELS:
            parts += [head, stream.read(length + 4)]
        position += 12 + length
    return None


def _scale_transparency(image: PngImageFile, bits: int) -> None:
    """The transparent colour in the eight bits that Pillow makes of 2, 4 and 16 (PNG 1.2, 4.2.1.1)."""
    clear = image.info.get("transparency")
    if image.mode == "L" and bits < 8 and isinstance(clear, int):
        image.info["transparency"] = clear * 255 // (2**bits - 1)
    elif image.mode == "RGB" and bits == 16 and isinstance(clear, tuple):
        image.info["transparency"] = tuple(value >> 8 for value in clear)


class PngEncoder(Encoder):
    """PNG without palette: grey, grey with alpha, colour, colour with alpha, 16-bit grey."""

    name = "png"
    extensions = ("png",)
    media_type = "image/png"
    modes = ("RGB", "RGBA", "L", "LA", "I;16")
    alpha = True
    metadata = frozenset({"icc_profile", "exif", "xmp", "dpi"})

    def __init__(self, settings: FormatsSettings) -> None:
        self._quality = settings.png_quality
        self.options: Sequence[Option] = (quality_option(settings.png_quality),)

    def encode(self, image: Image.Image, options: Options, metadata: Metadata, out: BinaryIO) -> None:
        demand_side(image, "PNG", LONGEST_SIDE)
        level, strategy = compression(number(options, "quality", self._quality))
        save(
            image,
            out,
            "PNG",
            compress_level=level,
            compress_type=strategy,
            icc_profile=metadata.icc_profile,
            exif=metadata.exif,
            pnginfo=_xmp_chunk(metadata.xmp),
            dpi=whole_dpi(metadata.dpi),
        )


def compression(quality: int) -> tuple[int, int | None]:
    """zlib level and strategy of a two-digit quality: level, then filter type.

    Pillow tries all filters on each line and keeps the best, which no fixed filter type beats; so
    the second digit only matters where it is 8, which packs runs alone: photographs in half the
    time, text and screen shots up to four times as large. A single digit is taken as the level,
    100 as level 9.
    """
    if quality < 10:
        return quality, None
    level, filter_type = divmod(min(quality, 99), 10)
    return level, _RLE if filter_type == RUNS_ONLY else None


def _xmp_chunk(xmp: bytes | None) -> PngInfo | None:
    if xmp is None:
        return None
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", xmp)
    return info
