"""Any part of a picture at any size and angle: what ``grid`` cannot align is moved by fractions of a pixel first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from qis_core.api import Box, Matrix, Size
from qis_vips import reduction
from qis_vips.grid import GAP, REACH, axis
from qis_vips.library import library

_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class _Way:
    """How one side is done: ``factor`` pixels averaged to one from ``first`` to ``last``, ``length`` pixels
    taken from ``begin`` on (averages, real numbers) at ``scale``, these reduced by ``ratio``, and
    ``start`` … ``start + count`` kept."""

    first: int
    last: int
    factor: int
    begin: float
    length: int
    scale: float
    ratio: float
    start: int
    count: int


def resampled(image: Any, box: Box, size: Size, within: Box) -> Any:
    """``box`` (real numbers) of the picture at ``size``, by Lanczos (enlarged: cubic); nothing outside ``within``."""
    columns = _inside(within.left, within.right, image.width)
    rows = _inside(within.top, within.bottom, image.height)
    across = axis(box.left, box.right, size.width, *columns)
    down = axis(box.top, box.bottom, size.height, *rows)
    if across is not None and down is not None:
        return reduction.resampled(image, across, down)
    x = _way(box.left, box.right, size.width, columns)
    y = _way(box.top, box.bottom, size.height, rows)
    part = image.crop(x.first, y.first, x.last - x.first, y.last - y.first)
    if max(x.factor, y.factor) > 1:
        part = part.shrink(x.factor, y.factor, ceil=True)
    moved = part.cast("float").affine(
        [x.scale, 0, 0, y.scale], oarea=[0, 0, x.length, y.length],
        odx=x.scale * (0.5 - x.begin) - 0.5, ody=y.scale * (0.5 - y.begin) - 0.5,
        interpolate=_cubic(), extend="copy", premultiplied=True,
    )  # fmt: skip
    if max(x.ratio, y.ratio) > 1:
        moved = moved.reduce(x.ratio, y.ratio, kernel="lanczos3")
    return moved.crop(x.start, y.start, x.count, y.count)


def mapped(image: Any, matrix: Matrix, size: Size, ground: list[float]) -> Any:
    """A picture of ``size`` whose points show the picture's points by ``matrix``; ``ground`` where there are none."""
    a, b, c, d, e, f = matrix
    # libvips counts from the middle of the first pixel, and wants the way from the picture to the result.
    left, top = (a + b) / 2 + c - 0.5, (d + e) / 2 + f - 0.5
    whole = a * e - b * d
    back = [e / whole, -b / whole, -d / whole, a / whole]
    return image.affine(
        back, oarea=[0, 0, size.width, size.height], odx=-(back[0] * left + back[1] * top),
        ody=-(back[2] * left + back[3] * top), interpolate=_cubic(), extend="background", background=ground,
        premultiplied=True,
    )  # fmt: skip


def _way(begin: float, end: float, count: int, kept: tuple[int, int]) -> _Way:
    low, high = kept
    ratio = (end - begin) / count
    if ratio <= 1 + _ROUNDING:
        return _Way(low, high, 1, begin - low, count, 1 / ratio, 1.0, 0, count)
    factor = max(1, int(ratio / GAP + _ROUNDING))
    own, middle = ratio / factor, (begin + end) / 2
    # Only what the filter reaches, counted in averages from the edge.
    around = (REACH + 2) * ratio
    first = low + max(0, math.floor((begin - around - low) / factor)) * factor
    last = min(high, max(first + 1, math.ceil(end + around)))
    for more in range(REACH, REACH + 8):
        made = count + 2 * more
        length = round(made * own)
        if math.floor(length / own + 0.5) == made:
            break
    return _Way(first, last, factor, (middle - first) / factor - length / 2, length, 1.0, own, more, count)


def _inside(low: float, high: float, length: int) -> tuple[int, int]:
    first = min(max(0, math.floor(low + _ROUNDING)), length - 1)
    return first, min(length, max(first + 1, math.ceil(high - _ROUNDING)))


def _cubic() -> Any:
    return library().Interpolate.new("bicubic")
