"""The fill ``auto``: the colour that most of a picture's edge has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_NEAREST = 0
"""Pillow's number of the filter that takes pixels as they are."""

_SAMPLES = 256
"""Pixels looked at along each edge, at most."""

_NEAR = 24
"""Levels, per channel, within which two colours count as one."""

_OPAQUE = 128

Pixel = tuple[int, int, int, int]


def edge_colour(image: Image) -> str:
    """The edge's most frequent colour as ``#rrggbb``, or ``none`` where most of the edge is transparent.

    ``image`` is RGBA. The pixels are counted in coarse cubes of colour; the mean of the fullest
    cube and of all pixels near it is the answer, so that noise and a few objects at the edge
    do not change it.
    """
    pixels = list(_edge_pixels(image))
    seen = [pixel for pixel in pixels if pixel[3] >= _OPAQUE]
    if 2 * len(seen) < len(pixels):
        return "none"
    fullest = Counter((r >> 4, g >> 4, b >> 4) for r, g, b, _ in seen).most_common(1)[0][0]
    middle = _mean(pixel for pixel in seen if (pixel[0] >> 4, pixel[1] >> 4, pixel[2] >> 4) == fullest)
    near = (pixel for pixel in seen if all(abs(pixel[i] - middle[i]) <= _NEAR for i in range(3)))
    return "#{:02x}{:02x}{:02x}".format(*_mean(near))


def _edge_pixels(image: Image) -> Iterable[Pixel]:
    width, height = image.size
    for box in ((0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height), (width - 1, 0, width, height)):
        strip = image.crop(box)
        size = min(strip.width, _SAMPLES), min(strip.height, _SAMPLES)
        values = strip.resize(size, _NEAREST).tobytes()
        yield from zip(*[iter(values)] * 4, strict=True)


def _mean(pixels: Iterable[Pixel]) -> tuple[int, int, int]:
    found = list(pixels)
    red, green, blue = (round(sum(pixel[i] for pixel in found) / len(found)) for i in range(3))
    return red, green, blue
