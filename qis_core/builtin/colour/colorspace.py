"""The colour model: `&colorspace=gray`."""

from __future__ import annotations

from qis_core.api import Choice, FinishingOperation, OperationContext, Options, Phase, Picture

_MODELS = {"rgb": "RGB", "cmyk": "CMYK", "gray": "L"}
_BASE = {"LA": "L", "I;16": "L", "RGBA": "RGB"}


class ColourSpace(FinishingOperation):
    """Converts the colour model; a picture that has it already stays as it is, profile included."""

    name = "colorspace"
    phase = Phase.COLOURSPACE
    deep = True
    options = (
        Choice(
            "colorspace", choices=tuple(_MODELS), aliases={"srgb": "rgb", "grey": "gray"},
            help="Colour model of the output",
        ),
    )  # fmt: skip

    def needs_fill(self, options: Options) -> bool:
        """CMYK has no alpha: what is transparent is laid on the fill."""
        return bool(options.colorspace == "cmyk")

    def finish(self, picture: Picture, options: Options, context: OperationContext) -> Picture:
        model = _MODELS[options.colorspace]
        if _BASE.get(picture.image.mode, picture.image.mode) == model:
            return picture
        return context.convert(picture, model, intent="relative", black_point=True)
