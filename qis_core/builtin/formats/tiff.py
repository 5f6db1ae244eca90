"""TIFF and BigTIFF: pages, strips and tiles, every colour mode that Pillow knows.

Pages are counted here, because Pillow compares each with all before it. Layout: TIFF 6.0,
section 2; BigTIFF as in libtiff's documentation.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import TiffImageFile

from qis_core.api import (
    Box,
    BrokenImage,
    Decoded,
    DecodeHint,
    Decoder,
    Encoder,
    Metadata,
    Options,
    PageHint,
    Size,
    Source,
    SourceInfo,
    TooLarge,
)
from qis_core.builtin.formats import blocks, tiff_parts
from qis_core.builtin.formats.mapping import mapped
from qis_core.builtin.formats.modes import standard
from qis_core.builtin.formats.reading import demand_format, demand_page, reading
from qis_core.builtin.formats.writing import readable_exif, save, whole_dpi

MOST_PAGES = 20_000
MOST_COPIES = 16
"""Directories that are looked at for a reduced copy: each halving of a side makes one."""

MOST_TILE_PIXELS = 4096 * 4096
"""Pixels that a tile may have where the page itself has fewer."""

MOST_BYTES = 2**32 - 2**20
"""Unpacked bytes of a rendering: offsets have 32 bits."""

_ORIENTATION, _BITS, _TILE_WIDTH, _TILE_LENGTH, _PHOTOMETRIC = 274, 258, 322, 323, 262
_IPTC, _XMP, _PREDICTOR = 33723, 700, 317
_TEXTS = (
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.Software,
    ExifTags.Base.DateTime,
    ExifTags.Base.Artist,
    ExifTags.Base.Copyright,
)
"""The tags of a page that speak of the picture. All others speak of the file's layout, and
written into another file they make it unreadable."""

_UNSAFE_EXIF = frozenset({ExifTags.Base.MakerNote, ExifTags.Base.ExifInteroperabilityOffset})
"""What holds offsets into the old file."""


class _Page(TiffImageFile):
    """One page as it is stored: Pillow would turn the pixels by the orientation itself."""

    def __init__(self, stream: BinaryIO, offset: int) -> None:
        self._page_offset = offset
        stream.seek(0)
        super().__init__(stream)

    def _open(self) -> None:
        super()._open()
        if self._frame_pos != [self._page_offset]:
            self._frame_pos = [self._page_offset]
            self._seek(0)
        self._size = self._tile_size

    def load_end(self) -> None:
        return None


class TiffDecoder(Decoder):
    """TIFF, one page at a time."""

    name = "tif"
    features = frozenset({"pages", "alpha", "cmyk", "16-bit", "metadata"})
    extensions = ("tif", "tiff")
    media_types = ("image/tiff",)
    # Not what browsers show, but what has always been sent.
    output = "tif"

    def sniff(self, head: bytes) -> bool:
        return head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"))

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        demand_format(self, source)
        with reading("TIFF"), source.open() as stream:
            image, offsets = _open_page(stream, hint.page)
            tags = image.tag_v2
            return SourceInfo(
                format=self.name,
                size=Size(width=image.width, height=image.height),
                pages=len(offsets),
                mode=image.mode,
                bits=max(tags.get(_BITS, (1,))),
                has_alpha=image.mode in ("RGBA", "LA", "La", "PA"),
                has_icc_profile=blocks.as_bytes(image.info.get("icc_profile")) is not None,
                orientation=_orientation(tags),
                dpi=blocks.dpi(image.info),
            )

    def metadata(self, source: Source, hint: PageHint) -> Metadata:
        demand_format(self, source)
        with reading("TIFF"), source.open() as stream:
            return _metadata(_open_page(stream, hint.page)[0])

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        demand_format(self, source)
        with reading("TIFF"), source.open() as stream:
            page, offsets = _open_page(stream, hint.page)
            metadata = _metadata(page)
            image, covered = _wanted_part(stream, page, offsets[hint.page :], hint)
            tags = dict(image.tag_v2)
            pixels = mapped(image) or _unpacked(image)
            return Decoded(image=_full_range(standard(pixels), tags), metadata=metadata, region=covered)


def _unpacked(page: _Page) -> Image.Image:
    page.load()
    return page


def _wanted_part(stream: BinaryIO, page: _Page, following: Sequence[int], hint: DecodeHint) -> tuple[_Page, Box | None]:
    """What has to be unpacked: the page or a reduced copy of it, whole or the tiles of a region."""
    size = Size(width=page.width, height=page.height)
    level = _smallest_copy(stream, page, following, hint.minimum)
    if hint.region is None:
        return level, None
    x, y = level.width / size.width, level.height / size.height
    part = tiff_parts.cut_out(level.tag_v2, level.tag_v2.prefix, stream, hint.region.scaled(x, y))
    if part is None:
        return level, None
    data, covered = part
    return _Page(io.BytesIO(data), 8), covered.scaled(1 / x, 1 / y)


def _smallest_copy(stream: BinaryIO, page: _Page, following: Sequence[int], minimum: Size) -> _Page:
    """The smallest reduced copy of the page that has enough pixels, or the page itself."""
    best, size = page, Size(width=page.width, height=page.height)
    if minimum.width * 2 > size.width or minimum.height * 2 > size.height:
        return page
    for offset in (*tiff_parts.sub_directories(page.tag_v2), *following)[:MOST_COPIES]:
        try:
            copy = _Page(stream, offset)
        except Exception:
            # A damaged copy is no loss: the page is there.
            continue
        found = Size(width=copy.width, height=copy.height)
        if not tiff_parts.is_reduced(copy.tag_v2):
            if offset in following:
                # The next page begins here; what follows belongs to it.
                break
            continue
        enough = found.width >= minimum.width and found.height >= minimum.height
        if enough and found.width < best.width and copy.mode == page.mode and tiff_parts.same_shape(size, found):
            _demand_sane_tiles(copy)
            best = copy
    return best


def _metadata(page: _Page) -> Metadata:
    return Metadata(
        icc_profile=None if page.mode == "LAB" else blocks.as_bytes(page.info.get("icc_profile")),
        exif=_exif_of(page),
        xmp=blocks.as_bytes(page.info.get("xmp")),
        iptc=blocks.as_bytes(page.tag_v2.get(_IPTC)),
        dpi=blocks.dpi(page.info),
    )


def _open_page(stream: BinaryIO, page: int) -> tuple[_Page, list[int]]:
    """The page, not yet loaded, and where all pages are."""
    offsets = _page_offsets(stream)
    index = demand_page(page, len(offsets))
    image = _Page(stream, offsets[index])
    _demand_sane_tiles(image)
    return image, offsets


def _demand_sane_tiles(image: _Page) -> None:
    """Raises TooLarge where a tile is far larger than the page: it would be unpacked whole."""
    tile = image.tag_v2.get(_TILE_WIDTH, 0), image.tag_v2.get(_TILE_LENGTH, 0)
    if not all(isinstance(side, int) for side in tile):
        raise BrokenImage("this TIFF file has tiles of no size")
    if tile[0] * tile[1] > max(MOST_TILE_PIXELS, 4 * image.width * image.height):
        raise TooLarge("a tile of this TIFF file", tile[0] * tile[1], MOST_TILE_PIXELS, "pixels")


def _page_offsets(stream: BinaryIO) -> list[int]:
    """Where each page's directory is; the chain ends at a loop or at the end of the file."""
    head = stream.read(16)
    order = "<" if head.startswith(b"II") else ">"
    big = head[2:4] in (b"+\0", b"\0+")
    pointer, counter, entry = (order + "Q", order + "Q", 20) if big else (order + "L", order + "H", 12)
    offset: int = struct.unpack_from(pointer, head, 8 if big else 4)[0]
    offsets: list[int] = []
    seen: set[int] = set()
    end = stream.seek(0, io.SEEK_END)
    while offset and offset not in seen and offset < end:
        seen.add(offset)
        stream.seek(offset)
        count = stream.read(struct.calcsize(counter))
        if len(count) < struct.calcsize(counter):
            break
        if len(offsets) == MOST_PAGES:
            raise TooLarge("the number of pages in this TIFF file", f"more than {MOST_PAGES}", MOST_PAGES)
        offsets.append(offset)
        after = offset + len(count) + struct.unpack(counter, count)[0] * entry
        stream.seek(min(after, end))
        following = stream.read(struct.calcsize(pointer))
        offset = struct.unpack(pointer, following)[0] if len(following) == struct.calcsize(pointer) else 0
    if not offsets:
        raise BrokenImage("this TIFF file holds no picture")
    return offsets


def _orientation(tags: Mapping[Any, Any]) -> int:
    value = tags.get(_ORIENTATION, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _full_range(image: Image.Image, tags: Mapping[Any, Any]) -> Image.Image:
    """16-bit grey with white as 65535: Pillow leaves 12 bits and 'white is zero' as they are stored."""
    if image.mode != "I;16":
        return image
    if tags.get(_BITS) == (12,):
        image = image.point(lambda value: value * (65535 / 4095))
    if tags.get(_PHOTOMETRIC) == 0:
        image = image.point(lambda value: value * -1 + 65535)
    return image


def _exif_of(image: TiffImageFile) -> bytes | None:
    """A new EXIF block of what a page says of its picture."""
    if not any(tag in image.tag_v2 for tag in (*_TEXTS, ExifTags.IFD.Exif)):
        return None
    found = Image.Exif()
    for tag in _TEXTS:
        text = image.tag_v2.get(tag)
        if isinstance(text, str) and text:
            found[tag] = text
    try:
        private = image.getexif().get_ifd(ExifTags.IFD.Exif)
    except Exception:
        # A damaged EXIF directory is no reason to refuse a picture.
        private = {}
    safe = {tag: value for tag, value in private.items() if tag not in _UNSAFE_EXIF}
    if safe:
        found.get_ifd(ExifTags.IFD.Exif).update(safe)
    return _block(found)


def _block(found: Image.Exif) -> bytes | None:
    if not found and not found.get_ifd(ExifTags.IFD.Exif):
        return None
    try:
        return found.tobytes()
    except Exception:
        # Values of a type that does not belong to their tag cannot be written.
        return None


class TiffEncoder(Encoder):
    """TIFF, packed without loss (Deflate with a predictor), in RGB, grey, CMYK and 16-bit grey."""

    name = "tif"
    aliases = ("tiff",)
    extensions = ("tif", "tiff")
    media_type = "image/tiff"
    modes = ("RGB", "RGBA", "L", "LA", "CMYK", "I;16")
    alpha = True
    metadata = frozenset({"icc_profile", "exif", "xmp", "iptc", "dpi"})

    def encode(self, image: Image.Image, options: Options, metadata: Metadata, out: BinaryIO) -> None:
        size = image.width * image.height * (2 if image.mode == "I;16" else len(image.getbands()))
        if size > MOST_BYTES:
            raise TooLarge("a TIFF rendering", size, MOST_BYTES, "bytes")
        buffer = io.BytesIO()
        save(
            image,
            buffer,
            "TIFF",
            compression="tiff_adobe_deflate",
            exif=_tags(metadata),
            icc_profile=metadata.icc_profile,
            dpi=whole_dpi(metadata.dpi),
        )
        out.write(buffer.getbuffer())


def _tags(metadata: Metadata) -> Image.Exif:
    """The page's tags for texts, XMP and IPTC, and the predictor that makes photographs a third smaller.

    Of an EXIF block only the texts are written: Pillow cannot write its directories into a packed file.
    """
    given, tags = Image.Exif(), Image.Exif()
    if block := readable_exif(metadata.exif):
        given.load(block)
    for tag in _TEXTS:
        text = given.get(tag)
        if isinstance(text, str) and text:
            tags[tag] = text
    for number, block in ((_XMP, metadata.xmp), (_IPTC, metadata.iptc)):
        if block:
            tags[number] = block
    tags[_PREDICTOR] = 2
    return tags
