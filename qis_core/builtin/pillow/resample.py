"""Crop and size in one resampling: Lanczos from a box of real numbers, after a cheap reduction by whole numbers."""

from __future__ import annotations

import math

from PIL import Image

from qis_core.api import Box, Quality, Size
from qis_core.builtin.pillow import lanczos, linear

SUPPORT = 3
"""Reach of the Lanczos filter: in target pixels when reducing, in source pixels when enlarging."""

RESERVE = 2.0
"""Decoded pixels per target pixel, along each axis, that a scaled decode leaves.

Measured by benchmarks/quality.py: 2 keeps SSIM and sharpness of a full decode at every reduction;
less takes half the time where a smaller scale then fits, and down to .89 of 1 of line art's SSIM.
"""

_WHOLE = float(2**16)
"""A reserve that no picture has: a scaled decode averages codes, and linear light must average light."""

GAP = 2.0
"""A reduction by whole numbers (a box filter) leaves at least this many times the target for Lanczos."""

_WORKING = {"LA": "La", "RGBA": "RGBa", "I;16": "F"}
"""Alpha is premultiplied, so that hidden colours do not shine through; 16 bits go through floats."""

_ROUNDING = 1e-6


def resampled(image: Image.Image, box: Box, size: Size, within: Box, *, gamma_correct: bool = False) -> Image.Image:
    """``box`` of the image resampled to ``size``; pixels outside ``within`` are never looked at.

    Both boxes are in the image's pixels. A part of a larger box gives the same pixels as the same
    part cut from the whole. With ``gamma_correct``, light is averaged instead of its 8-bit code.
    """
    exact = _whole_pixels(box, size)
    if exact is not None:
        return _cut(image, exact)
    factors = _factor(box.width / size.width), _factor(box.height / size.height)
    area = _area(image, box, size, within, factors)
    inside, target = _inside(box, area, factors), (size.width, size.height)
    if gamma_correct and image.mode != "CMYK":
        return linear.resampled(_cut(image, area), factors, inside, target)
    working = _WORKING.get(image.mode)
    if working is None:
        small = _cut(image, area) if factors == (1, 1) else image.reduce(factors, box=area)
        return lanczos.resized(small, target, inside)
    small = _cut(image, area).convert(working)
    small = small if factors == (1, 1) else small.reduce(factors)
    return from_working(lanczos.resized(small, target, inside), image.mode)


def reserve(quality: Quality) -> float:
    """How many times the target's resolution a decoder is asked for."""
    if quality.gamma_correct:
        return _WHOLE
    return 1.0 if quality.fast else RESERVE


def from_working(image: Image.Image, mode: str) -> Image.Image:
    """The picture back in its mode, out of premultiplied alpha or (16-bit grey) floats."""
    if image.mode != "F":
        return image.convert(mode)
    return image.point(lambda value: value * 1.0 + 0.5).convert("I").convert(mode)


def _whole_pixels(box: Box, size: Size) -> tuple[int, int, int, int] | None:
    """The box in whole pixels where it is cut out as it stands, without resampling."""
    corners = [round(edge) for edge in box.as_tuple()]
    near = all(abs(a - b) < _ROUNDING for a, b in zip(corners, box.as_tuple(), strict=True))
    left, top, right, bottom = corners
    return (left, top, right, bottom) if near and (right - left, bottom - top) == (size.width, size.height) else None


def _factor(ratio: float) -> int:
    return max(1, int(ratio / GAP + _ROUNDING))


def _area(image: Image.Image, box: Box, size: Size, within: Box, factors: tuple[int, int]) -> tuple[int, int, int, int]:
    """The whole pixels that the filter reaches, counted in steps of the reduction from the edge of ``within``.

    That edge may lie outside the image, where only a part was decoded: parts are reduced in the
    same steps as the whole.
    """
    sides = []
    for start, end, length, count, low, high, factor in (
        (box.left, box.right, size.width, image.width, within.left, within.right, factors[0]),
        (box.top, box.bottom, size.height, image.height, within.top, within.bottom, factors[1]),
    ):
        edge, last = math.floor(low + _ROUNDING), min(count, math.ceil(high - _ROUNDING))
        reach = SUPPORT * max(1.0, (end - start) / length) + factor
        wanted = max(edge, 0, math.floor(start - reach))
        first = edge + (wanted - edge) // factor * factor
        sides.append((first if first >= 0 else first + factor, min(last, math.ceil(end + reach))))
    (left, right), (top, bottom) = sides
    return left, top, right, bottom


def _inside(box: Box, area: tuple[int, int, int, int], factors: tuple[int, int]) -> tuple[float, float, float, float]:
    """The box in the pixels of the area after its reduction, clipped to what is there."""
    x, y = factors
    left, top, right, bottom = area
    width, height = math.ceil((right - left) / x), math.ceil((bottom - top) / y)
    return (
        max(0.0, (box.left - left) / x), max(0.0, (box.top - top) / y),
        min(float(width), (box.right - left) / x), min(float(height), (box.bottom - top) / y),
    )  # fmt: skip


def _cut(image: Image.Image, area: tuple[int, int, int, int]) -> Image.Image:
    return image if area == (0, 0, *image.size) else image.crop(area)
