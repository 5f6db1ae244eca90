"""HEIC and HEIF, by libheif and libde265: every picture of a file is a page, the primary one the first.

Thumbnails, depth maps and gain maps are no pages. libheif turns the pixels as the file says
(``irot``, ``imir``; ISO 23008-12), and the EXIF orientation then means nothing more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from PIL import Image

from qis_core.api import (
    BrokenImage,
    Decoded,
    DecodeHint,
    Decoder,
    DeepDecoded,
    DeepPixels,
    Metadata,
    PageHint,
    Size,
    Source,
    SourceInfo,
    TooLarge,
    exif,
)
from qis_core.api.decoding import demand_format, demand_page, reading
from qis_heic.settings import HeicSettings

if TYPE_CHECKING:
    from pillow_heif import HeifFile, HeifImage

_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_OTHERS = frozenset({b"avif", b"avis"})
_CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}


@cache
def library() -> Any:
    """pillow-heif, imported at the first use."""
    import pillow_heif  # noqa: PLC0415 (most processes never need it)

    pillow_heif.options.THUMBNAILS = False
    pillow_heif.options.DEPTH_IMAGES = False
    pillow_heif.options.AUX_IMAGES = False
    # A worker renders one picture at a time beside others: more threads would only take turns.
    pillow_heif.options.DECODE_THREADS = 1
    return pillow_heif


class HeicDecoder(Decoder):
    """HEIC: one picture, or several as pages."""

    name = "heic"
    features = frozenset({"pages", "alpha", "16-bit", "metadata"})
    extensions = ("heic", "heif", "hif", "heics", "heifs")
    media_types = ("image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence")
    # Of the browsers, Safari alone shows HEIC.
    output = "jpg"
    deep = True

    def __init__(self, settings: HeicSettings | None = None) -> None:
        self._settings = settings or HeicSettings()

    def sniff(self, head: bytes) -> bool:
        length = int.from_bytes(head[:4], "big")
        brands = {head[place : place + 4] for place in range(8, min(length, len(head), 256), 4) if place != 12}
        return head[4:8] == b"ftyp" and bool(brands & _BRANDS) and not brands & _OTHERS

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        with self._page(source, hint.page) as (image, count):
            mode = image.mode.partition(";")[0]
            return SourceInfo(
                format=self.name,
                size=Size(width=image.size[0], height=image.size[1]),
                pages=count,
                mode=mode,
                bits=_bits(image.info),
                has_alpha=mode in ("RGBA", "RGBa", "LA", "La"),
                has_icc_profile=bool(image.info.get("icc_profile")),
            )

    def metadata(self, source: Source, hint: PageHint) -> Metadata:
        with self._page(source, hint.page) as (image, _):
            return _metadata(image.info)

    def embedded(self, source: Source) -> Metadata:
        return self.metadata(source, PageHint())

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        with self._page(source, hint.page) as (image, _):
            announced, bits = image.size, _bits(image.info)
            picture = _standard(image.to_pillow())
            if picture.size != announced:
                raise BrokenImage("the parts of this HEIC file have different sizes")
            reduced = bits > 8 and picture.mode != "I;16"
            return Decoded(
                image=picture,
                metadata=_metadata(image.info),
                notes=(f"{bits} bits a channel were reduced to 8",) if reduced else (),
            )

    def decode_deep(self, source: Source, hint: DecodeHint) -> DeepDecoded | None:
        with self._page(source, hint.page, eight_bits=False) as (image, _):
            mode, _, bits = image.mode.partition(";")
            if bits != "16" or mode not in _CHANNELS:
                return None
            announced = image.size
            rows, length = memoryview(image.data), image.size[0] * _CHANNELS[mode] * 2
            if image.size != announced or image.stride * image.size[1] > len(rows):
                raise BrokenImage("the parts of this HEIC file have different sizes")
            data = b"".join(rows[row * image.stride : row * image.stride + length] for row in range(image.size[1]))
            size, data = Size(width=image.size[0], height=image.size[1]), _full_range(data, _bits(image.info))
            return DeepDecoded(pixels=DeepPixels(mode=mode, size=size, data=data), metadata=_metadata(image.info))

    @contextmanager
    def _page(self, source: Source, page: int, *, eight_bits: bool = True) -> Iterator[tuple[HeifImage, int]]:
        """One picture of the file, not decoded yet, and how many there are."""
        demand_format(self, source)
        with reading("HEIC"), source.open() as stream:
            file = library().open_heif(stream, convert_hdr_to_8bit=eight_bits)
            count = len(file)
            if not count:
                raise BrokenImage("this HEIC file has no pictures")
            if count > self._settings.max_pages:
                raise TooLarge("the number of pictures in this HEIC file", count, self._settings.max_pages)
            image = file[_order(file)[demand_page(page, count)]]
            if min(image.size) < 1:
                raise BrokenImage("this HEIC file says that it has no pixels")
            yield image, count


def _order(file: HeifFile) -> list[int]:
    """The pictures' places in the file: the primary one, then the others as they come."""
    return sorted(range(len(file)), key=lambda place: place != file.primary_index)


def _standard(image: Image.Image) -> Image.Image:
    """A picture in one of the modes of Decoded."""
    if image.mode in ("RGBa", "La"):
        image = image.convert("RGBA" if image.mode == "RGBa" else "LA")
    image.info = {}
    return image


def _bits(info: Mapping[str, Any]) -> int:
    return int(info["bit_depth"])


def _full_range(data: bytes, bits: int) -> bytes:
    """Levels of 10 or 12 bits, which the library leaves in the upper bits of 16, with white as 65535.

    The lower bits get the upper ones once more, which is that scale to less than half a level.
    """
    high_first = sys.byteorder == "big"
    low, high = data[high_first::2], data[1 - high_first :: 2]
    more = int.from_bytes(high.translate(bytes(level >> bits - 8 for level in range(256))), "big")
    filled = bytearray(data)
    filled[high_first::2] = (int.from_bytes(low, "big") | more).to_bytes(len(low), "big")
    return bytes(filled)


def _metadata(info: Mapping[str, Any]) -> Metadata:
    return Metadata(
        icc_profile=info.get("icc_profile") or None,
        exif=exif.upright(info.get("exif")),
        xmp=info.get("xmp") or None,
    )
