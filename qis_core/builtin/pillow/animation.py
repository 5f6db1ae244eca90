"""Animations: every frame goes the same way as a still picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import BinaryIO

from qis_core.api import AnimationFrame, Decoded, Metadata, Picture, RenderJob, Size, TooLarge


def encode(job: RenderJob, decoded: Decoded, finished: Callable[[Decoded], Picture], out: BinaryIO) -> tuple[Size, int]:
    """Writes the frames to ``out``; ``finished`` makes one of them ready. Answers their size and how many were dropped.

    Frames are dropped, evenly, where all of them together would have more pixels than a rendering
    may; those that stay are shown for as long as what they stand for. Raises TooLarge where there
    are more frames than the limit.
    """
    _check(job, len(decoded.frames))
    kept = _fewer(decoded.frames, job.limits.output_pixels // job.frame.size.pixels)
    frames, metadata = [], Metadata()
    for frame in kept:
        picture = finished(replace(decoded, image=frame.image, frames=()))
        frames.append(AnimationFrame(image=picture.image, duration=frame.duration))
        metadata = picture.metadata
    frames = _in_one_mode(frames)
    job.encoder.encode_animation(frames, decoded.loop, job.recipe.output.options, metadata, out)
    size = Size(width=frames[0].image.width, height=frames[0].image.height)
    return size, len(decoded.frames) - len(frames)


def _check(job: RenderJob, count: int) -> None:
    if count > job.limits.frames:
        raise TooLarge("the animation", count, job.limits.frames, "frames")


def _fewer(frames: Sequence[AnimationFrame], most: int) -> list[AnimationFrame]:
    """At most ``most`` of the frames (but one), each shown until the next that is kept."""
    step = -(-len(frames) // max(most, 1))
    groups = [frames[start : start + step] for start in range(0, len(frames), step)]
    return [replace(group[0], duration=sum(frame.duration for frame in group)) for group in groups]


def _in_one_mode(frames: list[AnimationFrame]) -> list[AnimationFrame]:
    """Frames that came out in different modes, in the one that holds them all."""
    found = {frame.image.mode for frame in frames}
    if len(found) == 1:
        return frames
    mode = "RGBA" if found & {"LA", "RGBA"} else "RGB"
    return [AnimationFrame(image=frame.image.convert(mode), duration=frame.duration) for frame in frames]
