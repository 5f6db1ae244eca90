"""A small paint box on top of Pillow: gradients, clouds, light, curves and grain.

Everything is drawn from a seeded ``random.Random``, so that the same picture comes out each time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageFont, ImageOps

Point = tuple[float, float]
Stops = Sequence[tuple[float, str]]
"""Places from 0 to 1 and the colours there."""


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of a CSS colour."""
    return ImageColor.getrgb(colour)[:3]


def ramp(stops: Stops) -> list[tuple[int, int, int]]:
    """256 colours from the first stop to the last, eased between them."""
    table = []
    for index in range(256):
        place = index / 255
        right = next((n for n, (at, _) in enumerate(stops) if at >= place), len(stops) - 1)
        left = max(0, right - 1)
        (a, first), (b, second) = stops[left], stops[right]
        part = 0.0 if b == a else min(1.0, max(0.0, (place - a) / (b - a)))
        table.append(tuple(round(x + (y - x) * part) for x, y in zip(rgb(first), rgb(second), strict=True)))
    return table  # type: ignore[return-value]


def gradient(size: tuple[int, int], stops: Stops, *, across: bool = False) -> Image.Image:
    """A colour gradient from top to bottom, or from left to right."""
    strip = Image.new("RGB", (1, 256))
    strip.putdata(ramp(stops))
    return (strip.transpose(Image.Transpose.ROTATE_90) if across else strip).resize(size, Image.Resampling.BICUBIC)


def toned(grey: Image.Image, stops: Stops) -> Image.Image:
    """A grey picture with its values looked up in a gradient."""
    table = ramp(stops)
    return Image.merge("RGB", [grey.point([colour[n] for colour in table]) for n in range(3)])


def noise(size: tuple[int, int], cell: tuple[float, float], rng: Random, octaves: int = 5) -> Image.Image:
    """Clouds: smooth random greys, ``cell`` pixels wide and high, with finer ones added."""
    found: Image.Image | None = None
    for octave in range(octaves):
        scale = 2**octave
        grid = (max(2, math.ceil(size[0] * scale / cell[0])), max(2, math.ceil(size[1] * scale / cell[1])))
        grid = (min(grid[0], size[0]), min(grid[1], size[1]))
        layer = Image.frombytes("L", grid, rng.randbytes(grid[0] * grid[1]))
        layer = layer.resize(size, Image.Resampling.BICUBIC)
        found = layer if found is None else Image.blend(found, layer, 1 / 2 ** (octave + 0.6))
    assert found is not None
    return ImageOps.autocontrast(found, cutoff=1)


def plane(grey: Image.Image, size: tuple[int, int], near: float = 8.0) -> Image.Image:
    """A texture laid flat to the horizon: its far edge on top, ``near`` times finer than the near edge."""
    width, height = size
    depth = height / near
    # Near the viewer the texture's top left is used, so that no place outside it is asked for.
    return grey.transform(
        size,
        Image.Transform.PERSPECTIVE,
        (grey.width / width, grey.width / (2 * depth), 0.0, 0.0, 0.0, grey.height - 1.0, 0.0, 1 / depth),
        Image.Resampling.BICUBIC,
    )


def levels(grey: Image.Image, low: float, high: float, gamma: float = 1.0, top: int = 255) -> Image.Image:
    """Greys from ``low`` to ``high`` (0–1) spread over 0 to ``top``."""
    table = [round(top * min(1.0, max(0.0, (n / 255 - low) / (high - low))) ** gamma) for n in range(256)]
    return grey.point(table)


def tint(image: Image.Image, colour: str, mask: Image.Image) -> None:
    """Lays a colour on the picture where the mask is light."""
    image.paste(rgb(colour), (0, 0), mask)


def glow(image: Image.Image, centre: Point, radius: float, colour: str, power: float = 2.0) -> Image.Image:
    """Adds light around a point, fading out at ``radius``."""
    side = max(2, round(radius * 2))
    # Pillow's radial gradient reaches 180 in the middle of its edges.
    ball = Image.radial_gradient("L").point([round(255 * max(0.0, 1 - n / 180) ** power) for n in range(256)])
    light = Image.new("L", image.size)
    place = round(centre[0] - radius), round(centre[1] - radius)
    light.paste(ball.resize((side, side), Image.Resampling.BICUBIC), place)
    colours = [light.point([round(n * part / 255) for n in range(256)]) for part in rgb(colour)]
    return ImageChops.screen(image, Image.merge("RGB", colours))


def grain(image: Image.Image, rng: Random, strength: float = 0.03) -> Image.Image:
    """Film grain; it also hides the steps of long gradients."""
    count = image.width * image.height
    fine = Image.frombytes("L", image.size, rng.randbytes(count)).point(
        [round(128 + (n - 127.5) * strength * 2) for n in range(256)]
    )
    return ImageChops.overlay(image, Image.merge("RGB", [fine] * 3))


def vignette(image: Image.Image, strength: float = 0.35) -> Image.Image:
    """Darker corners."""
    light = Image.radial_gradient("L").point([round(255 - strength * 255 * (n / 255) ** 2.2) for n in range(256)])
    return ImageChops.multiply(image, Image.merge("RGB", [light.resize(image.size, Image.Resampling.BICUBIC)] * 3))


def hills(width: int, height: float, rng: Random, *, peaks: float, rough: float = 0.5, octaves: int = 7) -> list[float]:
    """A mountain line: for each x how far it rises, 0 to ``height``. ``rough`` is what finer detail keeps."""
    line = [0.0] * width
    amplitude, total = 1.0, 0.0
    for octave in range(octaves):
        count = max(2, round(peaks * 2**octave)) + 3
        knots = [rng.random() for _ in range(count)]
        for x in range(width):
            place = x / width * (count - 3)
            at, part = int(place), place - int(place)
            part = part * part * (3 - 2 * part)
            line[x] += amplitude * (knots[at] + (knots[at + 1] - knots[at]) * part)
        total += amplitude
        amplitude *= rough
    low, high = min(line), max(line)
    return [(value - low) / (high - low) * height for value in line]


def below(size: tuple[int, int], line: Sequence[float], base: float) -> Image.Image:
    """The mask of everything under a line that rises from ``base``; edges are smooth."""
    mask = Image.new("L", (size[0] * 2, size[1] * 2))
    step = size[0] / len(line)
    points = [(2 * x * step, 2 * (base - rise)) for x, rise in enumerate(line)]
    points += [(2.0 * size[0], points[-1][1]), (2.0 * size[0], 2.0 * size[1]), (0.0, 2.0 * size[1])]
    ImageDraw.Draw(mask).polygon(points, fill=255)
    return mask.reduce(2)


def shape(size: tuple[int, int], points: Sequence[Point], scale: int = 3) -> Image.Image:
    """The mask of a polygon with smooth edges."""
    left, top = (math.floor(max(0, min(point[axis] for point in points))) for axis in (0, 1))
    right, bottom = (math.ceil(min(size[axis], max(point[axis] for point in points) + 1)) for axis in (0, 1))
    mask = Image.new("L", size)
    if right > left and bottom > top:
        part = Image.new("L", ((right - left) * scale, (bottom - top) * scale))
        ImageDraw.Draw(part).polygon([((x - left) * scale, (y - top) * scale) for x, y in points], fill=255)
        mask.paste(part.reduce(scale), (left, top))
    return mask


def disc(size: tuple[int, int], box: tuple[float, float, float, float], scale: int = 3) -> Image.Image:
    """The mask of an ellipse with smooth edges."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    steps = [math.tau * n / 120 for n in range(120)]
    wide, tall = (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
    return shape(size, [(x + wide * math.cos(turn), y + tall * math.sin(turn)) for turn in steps], scale)


def curve(*knots: Point, steps: int = 24) -> list[Point]:
    """Points along cubic Bézier pieces: a start, then two handles and an end for each piece."""
    points: list[Point] = [knots[0]]
    for first in range(0, len(knots) - 1, 3):
        a, b, c, d = knots[first : first + 4]
        for step in range(1, steps + 1):
            t = step / steps
            u = 1 - t
            weights = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t)
            points.append(
                (
                    sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True)),
                    sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True)),
                )
            )
    return points


def path(text: str) -> list[Point]:
    """The points of ``curve`` from its knots as text: ``"10,20 30,40 …"``."""
    knots = [tuple(float(part) for part in knot.split(",")) for knot in text.split()]
    return curve(*((x, y) for x, y in knots))


def blur(image: Image.Image, radius: float) -> Image.Image:
    """Gaussian blur."""
    return image.filter(ImageFilter.GaussianBlur(radius))


def font(size: float) -> ImageFont.FreeTypeFont:
    """Pillow's own typeface, the only one that is everywhere."""
    found = ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont)
    return found
