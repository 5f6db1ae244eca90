"""Where libvips has to reduce a picture so that its pixels lie exactly where the frame wants them.

``vips_reduce`` takes whole pixels in and gives ``round(length / ratio)`` pixels out, laid over the
middle of what came in. A box of real numbers is met all the same: a few pixels more than wanted
are made at either end, so many that the middle of all of them is the middle of whole pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from qis_core.api import Box, Frame, Size

GAP = 2.0
"""Averages of whole pixels leave at least this many times the target for Lanczos, as everywhere in QIS."""

REACH = 4
"""Target pixels made beyond the wanted ones at either end: more than Lanczos looks at (3)."""

_SHIFTS = 12
_SPREAD = 8
"""How many places are tried to bring the middle to a whole pixel, and lengths about it."""

_PRECISION = 1 / 16
"""How far, in target pixels, the picture may lie beside its place: less than is seen, at the seams of tiles too."""

_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Axis:
    """How one side is reduced.

    The pixels from ``first`` to ``last`` are averaged ``factor`` at a time; ``before`` and
    ``after`` copies of the averages at the ends are added; ``ratio`` averages make one pixel; of
    these ``count`` are kept from number ``start`` on.
    """

    first: int
    last: int
    factor: int
    before: int
    after: int
    ratio: float
    start: int
    count: int

    @property
    def averages(self) -> int:
        """How many averages the pixels make, the last of them of fewer pixels perhaps."""
        return -(-(self.last - self.first) // self.factor)


def axis(begin: float, end: float, count: int, low: int, high: int) -> Axis | None:
    """The way from the pixels ``begin`` … ``end`` (real numbers) to ``count`` pixels.

    Nothing before ``low`` and from ``high`` on is looked at. None where libvips cannot do it:
    it enlarges otherwise than Pillow, and some fractions are out of its reach.
    """
    ratio = (end - begin) / count
    if abs(ratio - 1) < _ROUNDING and abs(begin - round(begin)) < _ROUNDING:
        first = round(begin)
        return Axis(first, first + count, 1, 0, 0, 1.0, 0, count)
    if ratio < 1 + _ROUNDING:
        return None
    largest = max(1, int(ratio / GAP + _ROUNDING))
    # Averages of fewer pixels are slower, and have other fractions.
    for factor in range(largest, (largest - 1) // 2, -1):
        found = _aligned((begin - low) / factor, (end - low) / factor, ratio / factor, count)
        if found is not None:
            first, last, start = found
            limit = -(-(high - low) // factor)
            kept_first, kept_last = min(max(first, 0), limit - 1), max(min(last, limit), 1)
            return Axis(
                low + kept_first * factor, min(low + kept_last * factor, high), factor,
                kept_first - first, last - kept_last, ratio / factor, start, count,
            )  # fmt: skip
    return None


def _aligned(begin: float, end: float, ratio: float, count: int) -> tuple[int, int, int] | None:
    """First and last whole pixel that ``vips_reduce`` is to get, and the wanted pixels' place in what it gives."""
    best, least = None, _PRECISION * ratio
    for shift in sorted(range(-_SHIFTS, _SHIFTS + 1), key=abs):
        middle = shift * ratio + begin + end
        total = round(middle)
        # Half of what the middle is beside the whole number.
        wrong = abs(middle - total) / 2
        if wrong < least - _ROUNDING and (found := _spread(total, ratio, count + abs(shift))):
            length, more = found
            best, least = ((total - length) // 2, (total + length) // 2, max(0, -shift) + more), wrong
    return best


def _spread(total: int, ratio: float, count: int) -> tuple[int, int] | None:
    """How many whole pixels about the middle ``total`` / 2 give ``count`` pixels and as many more at either end."""
    for more in range(REACH, REACH + _SPREAD):
        made = count + 2 * more
        # Two whole ends have a whole sum: it and the length are both odd or both even.
        odd = total % 2
        length = odd + 2 * round((made * ratio - odd) / 2)
        if math.floor(length / ratio + 0.5) == made:
            return length, more
    return None


@dataclass(frozen=True, slots=True)
class Cells:
    """Some of the content's pixels, in the orientation in which the picture is stored.

    ``box`` (stored pixels, real numbers) is cut into ``size``; ``within`` is the crop.
    """

    box: Box
    size: Size
    within: Box

    @classmethod
    def of(cls, frame: Frame, region: Box | None) -> Cells:
        """Those that ``region`` (stored pixels) touches; all for None. The frame has no free angle."""
        crop = frame.turn.stored_box(frame.crop, frame.original)
        content = frame.content.turned if frame.turn.swaps else frame.content
        left, right = _touched(
            crop.left, crop.right, content.width, None if region is None else (region.left, region.right)
        )
        top, bottom = _touched(
            crop.top, crop.bottom, content.height, None if region is None else (region.top, region.bottom)
        )
        x, y = crop.width / content.width, crop.height / content.height
        box = Box(left=left, top=top, right=right, bottom=bottom).scaled(x, y).moved(crop.left, crop.top)
        return cls(box, Size(width=right - left, height=bottom - top), crop)

    def axes(self, decoded: Size, scale: float) -> tuple[Axis, Axis] | None:
        """The way to them from a picture decoded at one ``scale``-th, as wide and high as ``decoded``."""
        box, within = self.box.scaled(1 / scale, 1 / scale), self.within.scaled(1 / scale, 1 / scale)
        across = axis(box.left, box.right, self.size.width, *_whole(within.left, within.right, decoded.width))
        down = axis(box.top, box.bottom, self.size.height, *_whole(within.top, within.bottom, decoded.height))
        return None if across is None or down is None else (across, down)


def _touched(start: float, end: float, count: int, wanted: tuple[float, float] | None) -> tuple[int, int]:
    if wanted is None:
        return 0, count
    cell = (end - start) / count
    first = min(max(0, math.floor((wanted[0] - start) / cell + _ROUNDING)), count - 1)
    return first, min(max(first + 1, math.ceil((wanted[1] - start) / cell - _ROUNDING)), count)


def _whole(low: float, high: float, length: int) -> tuple[int, int]:
    return max(0, math.floor(low + _ROUNDING)), min(length, math.ceil(high - _ROUNDING))
