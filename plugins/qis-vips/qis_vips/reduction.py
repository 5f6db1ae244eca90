"""Pictures reduced to exactly the pixels that a frame wants, and handed to Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PIL import Image

from qis_core.api import Size, Source, SourceInfo
from qis_vips.grid import Axis, Cells
from qis_vips.library import opened

DCT_SCALES = (8, 4, 2, 1)

RESERVE = 2.0
"""Decoded pixels per target pixel that a scaled JPEG decode leaves; see docs/adr/how-much-is-decoded.md."""

_BANDS = {"L": 1, "I;16": 1, "RGB": 3, "CMYK": 4}
_LEVEL_16 = 257


def scales(info: SourceInfo, cells: Cells, *, fast: bool) -> Sequence[int]:
    """By how much (1, 2, 4, 8) the decoder may divide the sides, the best first: a JPEG alone by more than 1."""
    if info.format != "jpg":
        return (1,)
    reserve = 1.0 if fast else RESERVE
    x, y = cells.box.width / cells.size.width, cells.box.height / cells.size.height
    return next((scale,) for scale in DCT_SCALES if scale == 1 or min(x, y) >= scale * reserve - 1e-9)


def scaled_size(info: SourceInfo, scale: int) -> Size:
    """A page's size decoded at one ``scale``-th: libvips leaves out what is less than a pixel then."""
    return Size(width=max(1, info.size.width // scale), height=max(1, info.size.height // scale))


def reduced(source: Source, info: SourceInfo, cells: Cells, *, page: int, fast: bool) -> Image.Image | None:
    """The cells as a picture of mode L, RGB or I;16; None where the file is not what ``info`` promised.

    Raises pyvips.Error for damaged files.
    """
    for scale in scales(info, cells, fast=fast):
        axes = cells.axes(scaled_size(info, scale), scale)
        if axes is not None:
            with opened(source, info.format, **_options(info, scale, page)) as image:
                if not _is_as_promised(image, info, scaled_size(info, scale)):
                    return None
                return handed_over(resampled(image, *axes), info)
    return None


def resampled(image: Any, across: Axis, down: Axis) -> Any:
    """The picture reduced along both axes; its format stays as it is."""
    crop = image.crop(across.first, down.first, across.last - across.first, down.last - down.first)
    small = crop.shrink(across.factor, down.factor, ceil=True) if max(across.factor, down.factor) > 1 else crop
    if any((across.before, across.after, down.before, down.after)):
        small = small.embed(
            across.before, down.before, across.averages + across.before + across.after,
            down.averages + down.before + down.after, extend="copy",
        )  # fmt: skip
    if across.ratio > 1 or down.ratio > 1:
        small = small.reduce(across.ratio, down.ratio, kernel="lanczos3")
    return small.crop(across.start, down.start, across.count, down.count)


def handed_over(image: Any, info: SourceInfo) -> Image.Image:
    """The pixels as a Pillow picture: 16-bit grey as it is, 16-bit colour in 8 bits, which is all that Pillow holds."""
    if image.format == "ushort" and info.mode != "I;16":
        image = image.linear(1 / _LEVEL_16, 0.5).cast("uchar")
    data = image.write_to_memory()
    return Image.frombytes(info.mode, (image.width, image.height), data)


def _options(info: SourceInfo, scale: int, page: int) -> dict[str, Any]:
    return {"jpg": {"shrink": scale}, "tif": {"page": page - 1}}.get(info.format, {})


def _is_as_promised(image: Any, info: SourceInfo, size: Size) -> bool:
    wanted = "ushort" if info.bits == 16 else "uchar"
    return (
        (image.width, image.height) == (size.width, size.height)
        and image.bands == _BANDS[info.mode]
        and image.format == wanted
        and image.interpretation in _MEANINGS[info.mode]
        # Reduced copies of a TIFF page, of which the decoder in the box makes use.
        and not image.get_typeof("n-subifds")
    )


_MEANINGS = {"L": ("b-w",), "I;16": ("grey16",), "RGB": ("srgb", "rgb16", "rgb"), "CMYK": ("cmyk",)}
