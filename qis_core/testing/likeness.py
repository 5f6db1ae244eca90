"""How like two pictures look (structural similarity, sharpness), and pictures to compare, drawn the same each time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Plane = NDArray[np.float64]
"""One number for each pixel, in rows."""

SIDES = (2400, 1800)


def photograph(sides: tuple[int, int] = SIDES) -> Image.Image:
    """Noise with the spectrum of nature (1/f), smooth shapes with hard outlines, and a little grain."""
    random = np.random.default_rng(4)
    total = np.zeros((sides[1], sides[0], 3))
    for octave in range(10):
        count = 4 * 2**octave
        cells = (random.random((count * 3 // 4, count, 3)) * 255).astype(np.uint8)
        total += np.asarray(Image.fromarray(cells).resize(sides, Image.Resampling.BICUBIC), float) * 0.62**octave
    total -= total.min()
    picture = Image.fromarray((total * (255 / total.max())).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y, radius = (int(random.integers(low, high)) for low, high in ((0, sides[0]), (0, sides[1]), (8, 150)))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), tuple(random.integers(0, 256, 3).tolist()))
    grain = random.normal(0, 4, (sides[1], sides[0], 1))
    return Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8))


def line_art(sides: tuple[int, int] = SIDES) -> Image.Image:
    """Thin lines at all angles and a fine grid."""
    picture = Image.new("RGB", sides, "white")
    draw = ImageDraw.Draw(picture)
    for step in range(0, 360, 2):
        x, y = 900 + 850 * np.cos(np.radians(step)), 900 + 850 * np.sin(np.radians(step))
        draw.line((900, 900, x, y), "black", 1 + step % 4)
    for place in range(0, 600, 7):
        draw.line((1780 + place, 100, 1780 + place, 800), "navy", 2)
        draw.line((1780, 100 + place, 2380, 100 + place), "maroon", 1)
    return picture


def text(sides: tuple[int, int] = SIDES) -> Image.Image:
    """Lines of print in sizes from 14 to 64 pixels."""
    picture = Image.new("RGB", sides, "#fffdf5")
    draw = ImageDraw.Draw(picture)
    y = 20
    for size in (64, 14, 48, 18, 36, 22, 30, 26) * 6:
        line = "The quick brown fox jumps over the lazy dog, 0123456789 & (QIS). " * 5
        draw.text((20, y), line, "#202030", font_size=size)
        y += int(size * 1.4)
    return picture


def weighted(colours: Plane) -> Plane:
    """Luma of RGB in the last axis."""
    return np.asarray(colours @ np.array([0.299, 0.587, 0.114]), float)


def luma(image: Image.Image) -> Plane:
    """Luma 0–255 (ITU-R BT.601)."""
    return weighted(np.asarray(image.convert("RGB"), float))


def means(plane: Plane, side: int = 7) -> Plane:
    """The mean of every window of ``side`` × ``side``."""
    sums = np.pad(plane.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    total = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return np.asarray(total / side**2)


def ssim(one: Plane, other: Plane) -> float:
    """Structural similarity of two planes of 0–255, 1 for equal ones (Wang et al. 2004, windows of 7×7 pixels)."""
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_one, mean_other = means(one), means(other)
    variance_one, variance_other = means(one**2) - mean_one**2, means(other**2) - mean_other**2
    covariance = means(one * other) - mean_one * mean_other
    top = (2 * mean_one * mean_other + c1) * (2 * covariance + c2)
    return float((top / ((mean_one**2 + mean_other**2 + c1) * (variance_one + variance_other + c2))).mean())


def sharpness(plane: Plane) -> float:
    """The spread of the Laplacian."""
    inner = plane[1:-1, 1:-1]
    return float((4 * inner - plane[:-2, 1:-1] - plane[2:, 1:-1] - plane[1:-1, :-2] - plane[1:-1, 2:]).std())
