"""WebP, still and animated.

The header is read here, because libwebp's decoder allocates its canvas as soon as it is opened.
Layout: WebP Container Specification (RFC 9649, section 2).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image
from PIL.WebPImagePlugin import WebPImageFile

from qis_core.api import (
    AnimationFrame,
    BrokenImage,
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
from qis_core.builtin.formats.animation import all_frames, region
from qis_core.builtin.formats.modes import standard
from qis_core.builtin.formats.quality import quality_option
from qis_core.builtin.formats.reading import demand_format, demand_page, reading
from qis_core.builtin.formats.settings import FormatsSettings
from qis_core.builtin.formats.writing import demand_side, number, readable_exif, save

LONGEST_SIDE = 16383
MOST_CHUNKS = 100_000
"""Chunks that a file may have: far above any animation, low enough to be read in a moment."""

_ALPHA, _ICC = 0x10, 0x20
_BLOCKS = {b"ICCP": ("icc_profile", _ICC), b"EXIF": ("exif", 0x08), b"XMP ": ("xmp", 0x04)}
"""Chunks beside the pixels: Pillow's name of each, and the flag without which it is left out."""

_LONGEST_EXIF = 1 << 20


@dataclass(slots=True)
class _Header:
    """What the chunks tell before anything is decoded."""

    size: tuple[int, int] = (0, 0)
    frames: int = 0
    has_alpha: bool = False
    has_icc_profile: bool = False
    exif: bytes = b""


class WebpDecoder(Decoder):
    """WebP; every frame of an animation is a page too."""

    name = "webp"
    features = frozenset({"pages", "animation", "alpha", "metadata"})
    extensions = ("webp",)
    media_types = ("image/webp",)
    output = "webp"

    def sniff(self, head: bytes) -> bool:
        return head.startswith(b"RIFF") and head[8:12] == b"WEBP"

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        header = self._header(source)
        demand_page(hint.page, header.frames)
        return SourceInfo(
            format=self.name,
            size=Size(width=header.size[0], height=header.size[1]),
            pages=header.frames,
            frames=header.frames,
            mode="RGBA" if header.has_alpha else "RGB",
            has_alpha=header.has_alpha,
            has_icc_profile=header.has_icc_profile,
            orientation=exif.orientation(header.exif),
        )

    def metadata(self, source: Source, hint: PageHint) -> Metadata:
        demand_page(hint.page, self._header(source).frames)
        with reading("WebP"), source.open() as stream:
            bare = Image.Image()
            bare.info = _read_blocks(stream)
            return blocks.metadata(bare)

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        header = self._header(source)
        index = demand_page(hint.page, header.frames)
        with reading("WebP"), source.open() as stream:
            image = WebPImageFile(stream)
            if image.size != header.size:
                raise BrokenImage("the parts of this WebP file have different sizes")
            metadata = blocks.metadata(image)
            if hint.animation and header.frames > 1:
                frames, by = all_frames(image, header.frames, hint.minimum)
                first = frames[index].image
                return Decoded(
                    image=first,
                    metadata=metadata,
                    region=region(first, by),
                    frames=frames,
                    loop=int(image.info.get("loop", 0)),
                )
            image.seek(index)
            image.load()
            return Decoded(image=standard(image), metadata=metadata)

    def _header(self, source: Source) -> _Header:
        demand_format(self, source)
        with reading("WebP"), source.open() as stream:
            return _read_header(stream)


def _read_header(stream: BinaryIO) -> _Header:
    header = _Header()
    for name, length in _chunks(stream):
        if name == b"VP8X":
            flags, width, height = struct.unpack("<L3s3s", stream.read(10))
            header.size = int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
            header.has_alpha, header.has_icc_profile = bool(flags & _ALPHA), bool(flags & _ICC)
        elif name == b"VP8 ":
            _take_size(header, struct.unpack("<6x2H", stream.read(10)), mask=0x3FFF)
        elif name == b"VP8L":
            bits = int.from_bytes(stream.read(5)[1:], "little")
            header.has_alpha = header.has_alpha or bool(bits >> 28 & 1)
            _take_size(header, ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        elif name == b"ANMF":
            header.frames += 1
        elif name == b"EXIF":
            header.exif = stream.read(min(length, _LONGEST_EXIF))
    header.frames = max(header.frames, 1)
    if not min(header.size):
        raise BrokenImage("this WebP file holds no picture")
    return header


def _read_blocks(stream: BinaryIO) -> dict[str | tuple[int, int], bytes]:
    """What stands beside the pixels, by Pillow's names; of several of a kind, the first."""
    found: dict[str | tuple[int, int], bytes] = {}
    flags = 0
    for chunk, length in _chunks(stream):
        if chunk == b"VP8X":
            flags = stream.read(1)[0]
        elif chunk in _BLOCKS:
            name, flag = _BLOCKS[chunk]
            if flags & flag and name not in found:
                found[name] = stream.read(length)
    return found


def _take_size(header: _Header, size: Sequence[int], mask: int = 0xFFFF) -> None:
    """The picture's own size, unless the extended header has told that of the canvas."""
    if not min(header.size):
        header.size = size[0] & mask, size[1] & mask


def _chunks(stream: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Name and length of each chunk, with the stream at its content."""
    position = 12
    for _ in range(MOST_CHUNKS):
        stream.seek(position)
        head = stream.read(8)
        if len(head) < 8:
            return
        name, length = struct.unpack("<4sL", head)
        yield name, length
        position += 8 + length + length % 2
    raise TooLarge("the number of chunks in this WebP file", f"more than {MOST_CHUNKS}", MOST_CHUNKS)


class WebpEncoder(Encoder):
    """Lossy WebP, still and animated."""

    name = "webp"
    extensions = ("webp",)
    media_type = "image/webp"
    modes = ("RGB", "RGBA")
    alpha = True
    animation = True
    metadata = frozenset({"icc_profile", "exif", "xmp"})

    def __init__(self, settings: FormatsSettings) -> None:
        self._settings = settings
        self.options: Sequence[Option] = (quality_option(settings.webp_quality),)

    def encode(self, image: Image.Image, options: Options, metadata: Metadata, out: BinaryIO) -> None:
        demand_side(image, "WebP", LONGEST_SIDE)
        save(
            image,
            out,
            "WEBP",
            quality=number(options, "quality", self._settings.webp_quality),
            method=self._settings.webp_method,
            icc_profile=metadata.icc_profile,
            exif=readable_exif(metadata.exif),
            xmp=metadata.xmp,
        )

    def encode_animation(
        self, frames: Sequence[AnimationFrame], loop: int, options: Options, metadata: Metadata, out: BinaryIO
    ) -> None:
        demand_side(frames[0].image, "WebP", LONGEST_SIDE)
        save(
            frames[0].image,
            out,
            "WEBP",
            save_all=True,
            append_images=[frame.image for frame in frames[1:]],
            duration=[frame.duration for frame in frames],
            loop=loop,
            quality=number(options, "quality", self._settings.webp_quality),
            method=self._settings.webp_method,
            icc_profile=metadata.icc_profile,
            exif=readable_exif(metadata.exif),
            xmp=metadata.xmp,
        )
