"""The plan of a recipe: its framing steps folded into one frame, within the limits, without pixels."""

from __future__ import annotations

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
    rotated_bounds,
)

ROTATION_RESERVE = 2.0
"""How much finer than its result a picture is at most when it is rotated by a free angle."""


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
    """The bounds of the rotated picture at the resolution at which it has to be rotated at most."""
    size = frame.needed_size(ROTATION_RESERVE)
    return rotated_bounds(size.turned if frame.turn.swaps else size, frame.angle)


def changes_nothing(recipe: Recipe, frame: Frame, info: SourceInfo) -> bool:
    """Whether the original's own bytes are the rendering: the same format, and no operation."""
    return (
        not recipe.steps
        and recipe.page == 1
        and recipe.output.format == info.format
        and not recipe.output.options
        and recipe.output.dpi is None
        and frame.is_identity
    )


def _check(frame: Frame, limits: Limits) -> None:
    sizes = [("the picture, resized", frame.content), ("the result", frame.canvas)]
    if frame.angle:
        sizes.insert(0, ("the rotated picture", rotated_size(frame)))
    for what, size in sizes:
        if size.pixels > limits.output_pixels:
            raise TooLarge(f"{what}, {size},", size.pixels, limits.output_pixels, "pixels")
