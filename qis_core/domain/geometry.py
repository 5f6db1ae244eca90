"""The plan of a recipe: its framing steps folded into one frame, within the limits, without pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping

from qis_core.api import (
    Box,
    Frame,
    FramingOperation,
    Limits,
    Operation,
    Phase,
    Recipe,
    Size,
    SourceInfo,
    TooLarge,
    UnsupportedFeature,
)


def plan(recipe: Recipe, info: SourceInfo, operations: Mapping[str, Operation], limits: Limits) -> Frame:
    """The frame of a recipe for a source. Pure.

    Raises TooLarge where the result or an intermediate picture has more pixels than
    ``limits.output_pixels``, BadOption and UnsupportedFeature as the operations do.
    """
    frame = Frame.of(info)
    fitted = False
    for step in recipe.steps:
        operation = operations.get(step.operation)
        if operation is None:
            raise UnsupportedFeature(f"the operation {step.operation!r} is not installed here")
        if not isinstance(operation, FramingOperation):
            continue
        if operation.phase > Phase.RESIZE and not fitted:
            frame, fitted = frame.fitted(recipe.bounds), True
        frame = operation.reframe(frame, step.options, info)
    if not fitted:
        frame = frame.fitted(recipe.bounds)
    _check(frame, limits)
    return frame


def needed_size(frame: Frame, reserve: float = 1.0) -> Size:
    """The least size of the whole stored page of which the content loses nothing; see Frame.needed_size."""
    return frame.needed_size(reserve)


def needed_region(frame: Frame, margin: float = 0) -> Box | None:
    """The stored pixels that the result shows; see Frame.needed_region."""
    return frame.needed_region(margin)


def rotated_size(frame: Frame) -> Size:
    """The size of the crop as it comes from a rotation by a free angle.

    A rotation needs one scale for both axes: the finer of the content's two.
    """
    scale = max(frame.scale)
    return Size(width=math.ceil(frame.crop.width * scale - 1e-6), height=math.ceil(frame.crop.height * scale - 1e-6))


def asks_for_nothing(recipe: Recipe) -> bool:
    """Whether a recipe has no operation, page or resolution; only the format may be another."""
    output = recipe.output
    return not (recipe.steps or recipe.page > 1 or recipe.time or any(recipe.bounds) or output.options or output.dpi)


def changes_nothing(recipe: Recipe, info: SourceInfo) -> bool:
    """Whether the original's own bytes are the rendering: the same format, upright, and no operation."""
    return asks_for_nothing(recipe) and recipe.output.format == info.format and Frame.of(info).is_identity


def _check(frame: Frame, limits: Limits) -> None:
    sizes = [("the result", frame.canvas), ("the picture, resized", frame.content)]
    if frame.angle:
        sizes.append(("the rotated picture", rotated_size(frame)))
    for what, size in sizes:
        if size.pixels > limits.output_pixels:
            raise TooLarge(f"{what}, {size},", size.pixels, limits.output_pixels, "pixels")
