"""Levels of pyramids, streamed from file to file: tiled TIFF, of which any decoder unpacks only what it needs."""

from __future__ import annotations

import math
from typing import Any, BinaryIO

from PIL import Image

from qis_core.api import BrokenImage, PageHint, Size, Source, SourceInfo, plain
from qis_core.api.pyramids import PyramidMaker
from qis_vips.library import LOADERS, library, opened

TILE = 512
"""Sides of a tile: larger ones are unpacked for nothing, and of smaller ones the index takes longer to read."""

QUALITY = 92
"""Of the JPEG tiles that copies of a JPEG have: it keeps full colour resolution, and half the error of 85."""

_SOFTER = 0.015
"""Of the sharpness, how much a picture may gain or lose by being made of a base."""

_TILED = {"tile": True, "tile_width": TILE, "tile_height": TILE, "bigtiff": True}

_MODES = {"L": (1, (8,)), "RGB": (3, (8, 16)), "RGBA": (4, (8, 16)), "CMYK": (4, (8, 16)), "I;16": (1, (16,))}
"""Channels and bits of each, by Pillow's modes."""

_MEANINGS = {"L": "b-w", "I;16": "grey16", "CMYK": "cmyk"}
_FORMATS = {8: "uchar", 16: "ushort"}
_DCT_SCALES = (8, 4, 2, 1)
_TILE_WIDTH, _SUB_IFDS = 322, 330


class VipsPyramids(PyramidMaker):
    """JPEG, PNG and TIFF; copies of a JPEG are JPEG inside (but for inks), all others lossless, with all their bits."""

    name = "vips"
    version = 3

    def supports(self, source: Source, info: SourceInfo, hint: PageHint) -> bool:
        return (
            info.format in LOADERS
            and info.frames == 1
            and info.bits in _MODES.get(info.mode, (0, ()))[1]
            and info.has_alpha == (info.mode == "RGBA")
            and not (info.format == "png" and source.head(29)[28:29] == b"\1")
            and not (info.format == "tif" and _is_in_parts(source, hint.page))
        )

    def make(
        self, source: Source, info: SourceInfo, hint: PageHint, shrink: float, out: BinaryIO, *, quick: bool = False
    ) -> None:
        vips = library()
        options = _options(info, hint, shrink)
        # Decoded twice where a trial is needed: to hold the picture would take 3 bytes for each of its pixels.
        is_tried = quick and shrink != int(shrink)
        try:
            if is_tried:
                with opened(source, info.format, **options) as image:
                    wanted = _spread(image.reduce(2 * shrink, 2 * shrink))
            with opened(source, info.format, **options) as image:
                level = _reduced(image, info, shrink)
                if quick:
                    _write_plain(level, info.mode, out)
                else:
                    target = vips.Target.new_to_descriptor(out.fileno())
                    level.tiffsave_target(target, keep="none", **_packing(info))
            if is_tried and not _keeps_sharpness(wanted, info.mode, out):
                out.truncate(0)
        except vips.Error as error:
            raise BrokenImage(
                f"this {info.format} file is damaged, cut off or of a kind that cannot be read"
            ) from error


def _options(info: SourceInfo, hint: PageHint, shrink: float) -> dict[str, Any]:
    if info.format == "jpg":
        return {"shrink": _by_decoder(info, shrink)}
    return {"page": hint.page - 1} if info.format == "tif" else {}


def _by_decoder(info: SourceInfo, shrink: float) -> int:
    """By how much the decoder itself divides the sides."""
    return next(scale for scale in _DCT_SCALES if scale <= shrink) if info.format == "jpg" else 1


def _reduced(image: Any, info: SourceInfo, shrink: float) -> Any:
    """The level's pixels: exactly ``ceil(side / shrink)`` of them."""
    done = _by_decoder(info, shrink)
    found, bands = Size(width=image.width, height=image.height), _MODES[info.mode][0]
    cut = Size(width=max(1, info.size.width // done), height=max(1, info.size.height // done))
    if found != cut or image.bands != bands or image.format != _FORMATS[info.bits]:
        raise BrokenImage("this file is read as another picture than it says it is")
    if info.format == "jpg" and done > 1:
        # libvips leaves out what is less than a pixel at the right and at the bottom.
        whole = Size(width=-(-info.size.width // done), height=-(-info.size.height // done))
        image = image.embed(0, 0, whole.width, whole.height, extend="copy")
    rest = shrink / done
    if rest > 1:
        clear = info.mode == "RGBA"
        image = image.premultiply() if clear else image
        image = image.shrink(rest, rest, ceil=True) if rest == int(rest) else _by_filter(image, rest)
        image = image.unpremultiply().rint().cast(_FORMATS[info.bits]) if clear else image
    return image.copy(interpretation=_MEANINGS.get(info.mode, "rgb16" if info.bits == 16 else "srgb"))


def _by_filter(image: Any, rest: float) -> Any:
    """Reduced by no whole number; half numbers are exact, because an even number of them is whole."""
    width, height = math.ceil(image.width / rest), math.ceil(image.height / rest)
    around = image.embed(0, 0, *(math.ceil(2 * math.ceil(side / 2) * rest) for side in (width, height)), extend="copy")
    return around.reduce(rest, rest, kernel="lanczos3").crop(0, 0, width, height)


def _keeps_sharpness(wanted: float, mode: str, copy: BinaryIO) -> bool:
    """Whether a picture of half the copy's size is as sharp when it is made of the copy as ``wanted``, of the original.

    Averages of whole pixels are what rendering begins with anyway; a second filter is none of
    that, and thin lines suffer from it. Sharpness is the spread of the Laplacian of luma.
    """
    vips = library()
    image = vips.Image.tiffload_source(vips.Source.new_from_descriptor(copy.fileno()), access="sequential")
    plain = image.extract_band(0, n=3) if mode == "RGB" else image
    return abs(_spread(plain.reduce(2, 2)) - wanted) <= _SOFTER * wanted


def _spread(image: Any) -> float:
    if image.interpretation == "cmyk":
        image = image.bandmean()
    grey = image.premultiply().extract_band(0, n=3).cast("uchar") if image.bands == _MODES["RGBA"][0] else image
    laplacian = library().Image.new_from_array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
    return float(
        grey.copy(interpretation="srgb" if grey.bands > 1 else "b-w")
        .colourspace("b-w")
        .cast("float")
        .conv(laplacian)
        .deviate()
    )


def _write_plain(level: Any, mode: str, out: BinaryIO) -> None:
    image = level.bandjoin(255) if mode == "RGB" else level
    with plain.written(out, mode, Size(width=image.width, height=image.height)) as pixels:
        target = library().TargetCustom()
        target.on_write(pixels.write)
        image.rawsave_target(target)


def _packing(info: SourceInfo) -> dict[str, Any]:
    if info.format == "jpg" and info.mode != "CMYK":
        return {**_TILED, "compression": "jpeg", "Q": QUALITY}
    return {**_TILED, "compression": "deflate", "predictor": "horizontal", "level": 3}


def _is_in_parts(source: Source, page: int) -> bool:
    """Whether a TIFF page has tiles or reduced copies already: it is read in parts as it is."""
    with source.open() as stream, Image.open(stream, formats=["TIFF"]) as image:
        image.seek(page - 1)
        tags = image.tag_v2  # type: ignore[attr-defined]
        return _TILE_WIDTH in tags or _SUB_IFDS in tags
