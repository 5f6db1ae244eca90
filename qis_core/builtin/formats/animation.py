"""Frames of formats whose library puts them together itself."""

from __future__ import annotations

from PIL import ImageFile

from qis_core.api import AnimationFrame
from qis_core.builtin.formats.modes import standard


def all_frames(image: ImageFile.ImageFile, count: int) -> list[AnimationFrame]:
    """Every frame of an opened WebP or AVIF file as a picture of its own."""
    frames = []
    for number in range(count):
        image.seek(number)
        image.load()
        duration = image.info.get("duration", 0)
        frames.append(AnimationFrame(image=standard(image.copy()), duration=max(int(duration), 0)))
    return frames
