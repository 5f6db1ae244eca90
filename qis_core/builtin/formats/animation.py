"""Frames of animations, made smaller as soon as they are decoded.

All frames of an animation are in memory at once; a rendering that needs a tenth of their width
should not hold a hundred times its pixels.
"""

from __future__ import annotations

from PIL import Image, ImageFile

from qis_core.api import AnimationFrame, Box, Size
from qis_core.builtin.formats.modes import standard


def divisor(size: Size, minimum: Size) -> int:
    """The whole number by which both sides may be divided without falling below ``minimum``."""
    return max(min(size.width // minimum.width, size.height // minimum.height), 1)


def divided(image: Image.Image, by: int) -> Image.Image:
    """The picture with ``by`` × ``by`` pixels averaged into one, transparent ones not counted."""
    if by == 1:
        return image
    if image.mode == "RGBA":
        return image.convert("RGBa").reduce(by).convert("RGBA")
    return image.reduce(by)


def region(image: Image.Image, by: int) -> Box | None:
    """The stored pixels that a divided picture stands for: its last column and row reach beyond the page."""
    return None if by == 1 else Box(left=0, top=0, right=image.width * by, bottom=image.height * by)


def all_frames(image: ImageFile.ImageFile, count: int, minimum: Size) -> tuple[list[AnimationFrame], int]:
    """Every frame of an opened WebP or AVIF file as a picture of its own, and by how much they were divided."""
    by = divisor(Size(width=image.width, height=image.height), minimum)
    frames = []
    for number in range(count):
        image.seek(number)
        image.load()
        duration = max(int(image.info.get("duration", 0)), 0)
        # The file object uses its memory again for the next frame.
        picture = divided(standard(image), by)
        frames.append(AnimationFrame(image=picture.copy() if by == 1 else picture, duration=duration))
    return frames, by
