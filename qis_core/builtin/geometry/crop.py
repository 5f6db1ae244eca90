"""Cutting out a rectangle given as fractions: ``left=0.1&right=0.9``."""

from __future__ import annotations

import math

from qis_core.api import Box, Frame, FramingOperation, Options, Phase, Real, SourceInfo

_HELD = ("left", "top", "right", "bottom", "crop_fit")
"""Two edges that cross undo the whole crop, and so does widening it."""


class Crop(FramingOperation):
    """Cuts a rectangle from the flipped and rotated picture; an empty one leaves it as it is."""

    name = "crop"
    phase = Phase.CROP
    options = (
        Real("left", holds=_HELD, help="Left edge of the crop, as a fraction of the width", default=0.0),
        Real("top", holds=_HELD, help="Top edge of the crop, as a fraction of the height", default=0.0),
        Real("right", holds=_HELD, default=1.0,
             help="Right edge of the crop, as a fraction of the width; 0 is the picture's edge"),
        Real("bottom", holds=_HELD, default=1.0,
             help="Bottom edge of the crop, as a fraction of the height; 0 is the picture's edge"),
    )  # fmt: skip

    def is_noop(self, options: Options) -> bool:
        left, top, right, bottom = _edges(options)
        return (left, top, right, bottom) == (0, 0, 1, 1) or left >= right or top >= bottom

    def normalise(self, options: Options) -> Options:
        given = dict(zip(("left", "top", "right", "bottom"), _edges(options), strict=True))
        return options.replace(**{o.key: None if given[o.key] == o.default else given[o.key] for o in self.options})

    def needs_fill(self, options: Options) -> bool:
        return False

    def reframe(self, frame: Frame, options: Options, info: SourceInfo) -> Frame:
        left, top, right, bottom = _edges(options)
        width, height = frame.content.width, frame.content.height
        box = Box(left=_pixel(width, left), top=_pixel(height, top),
                  right=_pixel(width, right), bottom=_pixel(height, bottom))  # fmt: skip
        return frame if box.width <= 0 or box.height <= 0 else frame.cropped(box)


def _edges(options: Options) -> tuple[float, float, float, float]:
    """Left, top, right and bottom as fractions; a left or top of 1 and a right or bottom of 0 count as unset."""
    left, top, right, bottom = options.left or 0.0, options.top or 0.0, options.right or 1.0, options.bottom or 1.0
    return (0.0 if left == 1 else left), (0.0 if top == 1 else top), right, bottom


def _pixel(length: int, fraction: float) -> int:
    # Fractions have six decimals, so nine of the product are exact and free of the float's noise.
    return math.ceil(round(length * fraction, 9))
