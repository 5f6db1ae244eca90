"""Runs pixel and finishing operations, and makes a picture ready for its encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qis_core.api import (
    Encoder,
    FinishingOperation,
    Options,
    Phase,
    Picture,
    PixelOperation,
    UnsupportedFeature,
)
from qis_core.builtin.pillow import modes
from qis_core.builtin.pillow.colour import profile_model
from qis_core.builtin.pillow.context import Context

PixelSteps = Sequence[tuple[PixelOperation, Options]]
FinishingSteps = Sequence[tuple[FinishingOperation, Options]]


def before_frame(steps: PixelSteps) -> PixelSteps:
    """Those that work on decoded pixels."""
    return [step for step in steps if step[0].phase == Phase.SOURCE]


def after_frame(steps: PixelSteps) -> PixelSteps:
    """Those that work on the canvas."""
    return [step for step in steps if step[0].phase != Phase.SOURCE]


def reach(steps: PixelSteps) -> int | None:
    """How many pixels around one influence it through all steps; None where all pixels do."""
    total = 0
    for operation, options in steps:
        own = operation.reach(options)
        if own is None:
            return None
        total += own
    return total


def apply(picture: Picture, steps: PixelSteps, context: Context) -> Picture:
    """The picture after the steps. Raises UnsupportedFeature where one breaks the rules of PixelOperation."""
    for operation, options in steps:
        ready = in_mode(picture, modes.nearest(picture.image.mode, operation.modes), context)
        size = ready.image.size
        image = modes.known(operation.apply(ready.image, options, replace(context, metadata=ready.metadata)))
        if image.size != size:
            raise UnsupportedFeature(f"{operation.name} changed the size of the picture, which only framing may do")
        if modes.model(image.mode) != modes.model(ready.image.mode):
            ready = Picture(image=image, metadata=replace(ready.metadata, icc_profile=None))
        picture = ready.with_image(image)
    return picture


def finish(picture: Picture, steps: FinishingSteps, encoder: Encoder, context: Context) -> Picture:
    """The picture after the finishing steps, the last of which may take the profile that tells what its inks mean."""
    for operation, options in steps:
        if operation.phase == Phase.STRIP:
            picture = _without_inks(picture, encoder, context)
        picture = operation.finish(picture, options, replace(context, metadata=picture.metadata))
        picture = picture.with_image(modes.known(picture.image))
    return picture


def in_mode(picture: Picture, mode: str, context: Context) -> Picture:
    """The picture in another of the six modes: by its profile between models, alpha laid on the fill if it must go."""
    image, model = picture.image, modes.model(mode)
    if image.mode == mode:
        return picture
    if modes.has_alpha(image.mode) and not modes.has_alpha(mode):
        image = context.desk.colours.lay_on(image, context.fill, picture.metadata.icc_profile)
        picture = _with_fitting_profile(picture.with_image(image))
    if modes.model(image.mode) != model:
        picture = context.convert(picture, model)
    image = modes.eight_bits(picture.image) if mode != "I;16" else picture.image
    if image.mode != mode:
        image = modes.sixteen_bits(image.convert("L")) if mode == "I;16" else image.convert(mode)
    return picture.with_image(image)


def for_encoder(picture: Picture, encoder: Encoder, dpi: tuple[float, float] | None, context: Context) -> Picture:
    """The picture in a mode, and with the blocks, that the encoder writes; ``dpi`` wins over the file's own."""
    picture = _meaning_srgb(_without_inks(picture, encoder, context), encoder, context)
    wanted = modes.nearest(picture.image.mode, encoder.modes)
    if modes.has_alpha(picture.image.mode) and not modes.has_alpha(wanted):
        laid = context.desk.colours.lay_on(picture.image, context.fill, picture.metadata.icc_profile)
        picture = _with_fitting_profile(picture.with_image(laid))
        wanted = modes.nearest(laid.mode, encoder.modes)
    picture = _with_fitting_profile(in_mode(picture, wanted, context))
    return Picture(image=picture.image, metadata=encoder.writable(picture.metadata, dpi))


def _without_inks(picture: Picture, encoder: Encoder, context: Context) -> Picture:
    """In another model where the encoder holds no CMYK."""
    if picture.image.mode != "CMYK" or "CMYK" in encoder.modes:
        return picture
    wanted = modes.nearest("CMYK", encoder.modes)
    context.note(f"{encoder.name} holds no CMYK: written in {wanted}")
    return _with_fitting_profile(in_mode(picture, wanted, context))


def _meaning_srgb(picture: Picture, encoder: Encoder, context: Context) -> Picture:
    """In sRGB, or its grey, where the encoder writes no profile that would say otherwise."""
    model = modes.model(picture.image.mode)
    if picture.metadata.icc_profile is None or "icc_profile" in encoder.metadata or model == "CMYK":
        return picture
    return context.convert(picture, model, intent="relative", black_point=True)


def _with_fitting_profile(picture: Picture) -> Picture:
    """Without a profile that is of another colour model than the pixels."""
    profile = picture.metadata.icc_profile
    if profile is None or profile_model(profile) == modes.model(picture.image.mode):
        return picture
    return Picture(image=picture.image, metadata=replace(picture.metadata, icc_profile=None))
