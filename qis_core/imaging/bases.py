"""Bases by the picture's own decoder: for all that no pyramid maker streams, of which the whole picture is held.

They are what pyramid makers write when they are to be quick: averages of whole pixels (at 1.5: a
filter), in a plain copy (`qis_core.api.plain`), so that a rendering can map it.
Raise `orders.DECODED_BASES` when the same original gives other bases.
"""

from __future__ import annotations

import contextlib
import io
import math
import mmap
from typing import BinaryIO

from PIL import Image, ImageMath
from PIL.TiffImagePlugin import TiffImageFile

from qis_core.api import (
    BrokenImage,
    DecodeHint,
    Decoder,
    PageHint,
    Size,
    Source,
    SourceInfo,
    TooLarge,
    UnsupportedFeature,
    plain,
)

_MODES = ("L", "LA", "RGB", "RGBA")

_PADDED = {"RGB": "RGBX"}
"""Three channels take four bytes, as in memory."""

_WORKING = {"LA": "La", "RGBA": "RGBa"}
"""Alpha is premultiplied, so that hidden colours do not shine through."""

_SOFTER = 0.015
"""Of the sharpness, how much a picture may gain or lose by being made of a base."""

_BITS = 8
_DCT_SCALES = (2, 4, 8)


def may_have(info: SourceInfo) -> bool:
    """Whether a base can hold the page's colours; inks and more than 8 bits it cannot."""
    return info.bits <= _BITS and info.mode != "CMYK"


def mapped(source: Source) -> Image.Image | None:
    """The pixels of a plain copy, not read but mapped; None for another file. The file never changes with the image.

    Raises BrokenImage for one that is cut off.
    """
    with source.open() as stream:
        kind = plain.kind(stream.read(plain.HEAD_BYTES))
        if kind is None:
            return None
        try:
            memory = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY)
        except io.UnsupportedOperation:
            # It is in memory already, and its decoder can read it.
            return None
    with contextlib.suppress(AttributeError, OSError):
        # What has to be fetched from the disk is kept together as well, as plain copies are written (Linux).
        memory.madvise(mmap.MADV_HUGEPAGE)
    mode, size = kind
    if len(memory) < plain.HEAD_BYTES + size.pixels * plain.bytes_a_pixel(mode):
        raise BrokenImage("a stored copy of this picture is cut off")
    # Pillow's own way to open such files by their names, but with padding beside three channels.
    pixels = Image.core.map_buffer(memory, (size.width, size.height), "raw", plain.HEAD_BYTES, (mode, 0, 1))  # type: ignore[attr-defined]
    return Image.Image()._new(pixels)


def supports(decoder: Decoder, source: Source, info: SourceInfo, hint: PageHint, most_pixels: int) -> bool:
    """Whether a base may stand in for the page: a still of 8 bits whose metadata is found without its pixels."""
    return (
        not info.vector
        and info.pages == info.frames == 1
        and may_have(info)
        and info.size.pixels <= most_pixels
        and decoder.metadata(source, hint) is not None
    )


def write(decoder: Decoder, source: Source, info: SourceInfo, shrink: float, out: BinaryIO) -> None:
    """Writes the page with its sides divided by ``shrink`` to ``out``.

    That stays empty where smaller pictures made of the base would not look as those of the original.
    Raises as ``Decoder.decode`` does, and UnsupportedFeature where the decoded picture is of a kind that gets none.
    """
    image = _decoded(decoder, source, info, shrink)
    mode, size = (
        image.mode,
        Size(width=math.ceil(info.size.width / shrink), height=math.ceil(info.size.height / shrink)),
    )
    if image.size != (size.width, size.height):
        image = image.convert(_WORKING[mode]) if mode in _WORKING else image
        is_whole = shrink == int(shrink)
        small = image.reduce(int(shrink)) if is_whole else _by_filter(image, size, shrink)
        if not is_whole and not _keeps_sharpness(image, small, shrink):
            return
        image = small.convert(mode)
    if mode not in plain.modes():
        image.save(out, TiffImageFile.format)
        return
    with plain.written(out, mode, size) as pixels:
        pixels.write(image.tobytes("raw", _PADDED.get(mode, mode)))


def _decoded(decoder: Decoder, source: Source, info: SourceInfo, shrink: float) -> Image.Image:
    """The whole picture, or a JPEG at the base's scale."""
    by_decoder = int(shrink) if info.format == "jpg" and shrink in _DCT_SCALES else 1
    wanted = math.ceil(info.size.width / by_decoder), math.ceil(info.size.height / by_decoder)
    # Whoever gives fewer pixels than there are has reduced copies in the file, which a rendering uses as well.
    minimum = Size(width=1, height=1)
    if info.format == "jpg":
        minimum = Size(width=max(1, info.size.width // by_decoder), height=max(1, info.size.height // by_decoder))
    try:
        decoded = decoder.decode(source, DecodeHint(minimum=minimum))
    except TooLarge as error:
        raise UnsupportedFeature(f"{source.name}: its bases need too much memory") from error
    image = decoded.image
    if image.mode not in _MODES or decoded.notes or decoded.frames or image.size != wanted:
        raise UnsupportedFeature(f"{source.name}: of such pictures no bases are made")
    return image


def _by_filter(image: Image.Image, size: Size, shrink: float) -> Image.Image:
    """Reduced by no whole number, each pixel at its very place: at the edges the last pixels go on."""
    covered = size.width * shrink, size.height * shrink
    around = math.ceil(covered[0]), math.ceil(covered[1])
    if image.size != around:
        image = _extended(image, around)
    return image.resize((size.width, size.height), Image.Resampling.LANCZOS, (0, 0, *covered))


def _extended(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """With more pixels at the right and at the bottom, as those beside them."""
    (width, height), (right, bottom) = image.size, size
    wider = image.crop((0, 0, *size))
    for column in range(width, right):
        wider.paste(image.crop((width - 1, 0, width, height)), (column, 0))
    for row in range(height, bottom):
        wider.paste(wider.crop((0, height - 1, right, height)), (0, row))
    return wider


def _keeps_sharpness(image: Image.Image, base: Image.Image, shrink: float) -> bool:
    """Whether a picture of half the base's size is as sharp when it is made of the base as of the original.

    Averages of whole pixels are what rendering begins with anyway; a second filter is none of
    that, and thin lines suffer from it. Sharpness is the spread of the Laplacian of luma.
    """
    size = base.width // 2, base.height // 2
    of_base = base.resize(size, Image.Resampling.LANCZOS, (0, 0, size[0] * 2, size[1] * 2))
    part = min(size[0] * 2 * shrink, image.width), min(size[1] * 2 * shrink, image.height)
    wanted = _spread(image.resize(size, Image.Resampling.LANCZOS, (0, 0, *part)))
    return abs(_spread(of_base) - wanted) <= _SOFTER * wanted


def _spread(image: Image.Image) -> float:
    colours = Image.merge("RGB", image.split()[:3]) if image.mode == "RGBa" else image
    luma = (image.getchannel(0) if image.mode == "La" else colours.convert("L")).convert("F")
    width, height = luma.size
    moved = {
        (x, y): luma.crop((1 + x, 1 + y, width - 1 + x, height - 1 + y))
        for x, y in ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))
    }
    centre, *around = moved.values()
    laplacian = ImageMath.lambda_eval(
        lambda known: known["c"] * 4 - known["w"] - known["e"] - known["n"] - known["s"],
        c=centre, **dict(zip("wens", around, strict=True)),
    )  # fmt: skip
    squares = ImageMath.lambda_eval(lambda known: known["l"] * known["l"], l=laplacian)
    mean, square = (_mean(plane) for plane in (laplacian, squares))
    return math.sqrt(max(0.0, square - mean * mean))


def _mean(plane: Image.Image) -> float:
    return float(plane.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)))  # type: ignore[arg-type]
