"""Animations: every frame goes the same way as a still picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

from qis_core.api import AnimationFrame, Decoded, Metadata, Picture, RenderJob, Size, TooLarge


def encode(job: RenderJob, decoded: Decoded, finished: Callable[[Decoded], Picture], out: BinaryIO) -> Size:
    """Writes all frames to ``out``; ``finished`` makes one of them ready. Answers their size.

    Raises TooLarge where there are more frames than the limit, or together more pixels than
    a rendering may have.
    """
    _check(job, len(decoded.frames))
    frames, metadata = [], Metadata()
    for frame in decoded.frames:
        picture = finished(replace(decoded, image=frame.image, frames=()))
        frames.append(AnimationFrame(image=picture.image, duration=frame.duration))
        metadata = picture.metadata
    frames = _in_one_mode(frames)
    job.encoder.encode_animation(frames, decoded.loop, job.recipe.output.options, metadata, out)
    return Size(width=frames[0].image.width, height=frames[0].image.height)


def _check(job: RenderJob, count: int) -> None:
    limits = job.limits
    if count > limits.frames:
        raise TooLarge("the animation", count, limits.frames, "frames")
    pixels = count * job.frame.size.pixels
    if pixels > limits.output_pixels:
        raise TooLarge("the animation with all its frames", pixels, limits.output_pixels, "pixels")


def _in_one_mode(frames: list[AnimationFrame]) -> list[AnimationFrame]:
    """Frames that came out in different modes, in the one that holds them all."""
    found = {frame.image.mode for frame in frames}
    if len(found) == 1:
        return frames
    mode = "RGBA" if found & {"LA", "RGBA"} else "RGB"
    return [AnimationFrame(image=frame.image.convert(mode), duration=frame.duration) for frame in frames]
