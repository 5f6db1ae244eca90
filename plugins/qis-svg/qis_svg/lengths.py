"""A drawing's own size, in CSS pixels (96 to the inch): SVG 2, section 7.2; CSS Values 3, section 5.2."""

from __future__ import annotations

import math
import re
from xml.etree.ElementTree import Element

from qis_core.api import BrokenImage

PIXELS_PER_INCH = 96.0
LARGEST = 1_000_000.0
"""Sides are cut to this many pixels."""

_UNITS = {
    "": 1.0, "px": 1.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6, "pt": 96 / 72, "pc": 16.0,
    "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0,
}  # fmt: skip
_LENGTH = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z%]*)\s*\Z", re.IGNORECASE)
_SEPARATOR = re.compile(r"[\s,]+")
_USUAL = (300.0, 150.0)
"""What browsers take where a drawing says nothing."""


def own_size(root: Element) -> tuple[float, float]:
    """Width and height; what is missing, or a percentage, comes from ``viewBox``. Raises BrokenImage."""
    width, height = _length(root.get("width")), _length(root.get("height"))
    box = _view_box(root.get("viewBox"))
    if box is not None:
        ratio = box[0] / box[1]
        if width is None and height is None:
            width, height = box
        elif width is None and height is not None:
            width = height * ratio
        elif height is None and width is not None:
            height = width / ratio
    width, height = width or _USUAL[0], height or _USUAL[1]
    return min(width, LARGEST), min(height, LARGEST)


def _length(text: str | None) -> float | None:
    match = _LENGTH.match(text or "")
    if match is None or match[2].lower() not in _UNITS:
        return None
    value = float(match[1]) * _UNITS[match[2].lower()]
    if not 0 < value < math.inf:
        raise BrokenImage(f"this SVG file has a side of {text!r}")
    return value


def _view_box(text: str | None) -> tuple[float, float] | None:
    try:
        _, _, width, height = (float(number) for number in _SEPARATOR.split((text or "").strip()))
    except ValueError:
        return None
    if not (0 < width < math.inf and 0 < height < math.inf):
        return None
    return width, height
