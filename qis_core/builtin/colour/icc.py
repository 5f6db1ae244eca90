"""Conversion to an ICC profile: `&icc=adobergb&intent=relative&bpc=1`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qis_core.api import (
    Bool,
    Choice,
    FinishingOperation,
    OperationContext,
    Options,
    Phase,
    Picture,
    Resource,
    Text,
    UnsupportedFeature,
)

_MODELS = {b"RGB ": "RGB", b"CMYK": "CMYK", b"GRAY": "L"}
"""Colour models by the signature in a profile's header (ICC.1:2022, table 19)."""


class IccProfile(FinishingOperation):
    """Converts to an installed ICC profile and embeds it."""

    name = "icc"
    phase = Phase.PROFILE
    deep = True
    options = (
        Text("icc", key="icc_profile", lifts=("colorspace",), holds=("colorspace",),
             help="Name of an installed ICC profile to convert to and embed"),
        Choice(
            "intent", key="icc_intent", default="perceptual",
            choices=("saturation", "perceptual", "absolute", "relative"), help="Rendering intent",
        ),
        Bool("bpc", key="icc_bpc", default=False, help="Black point compensation, with the relative intent"),
    )  # fmt: skip

    def is_noop(self, options: Options) -> bool:
        return not options.get("icc_profile")

    def normalise(self, options: Options) -> Options:
        if options.icc_intent != "relative":
            options = options.without("icc_bpc")
        return super().normalise(options.replace(icc_profile=str(options["icc_profile"]).lower()))

    def settle(self, steps: Mapping[str, Options]) -> Mapping[str, Options]:
        # What was converted to a profile has wrong colours without it: only what else stands there is stripped.
        if "strip" not in steps:
            return steps
        return {**steps, "strip": steps["strip"].replace(strip_profile=False)}

    def needs_fill(self, options: Options) -> bool:
        """A CMYK profile lays what is transparent on the fill, and which profile it is nobody knows yet."""
        return True

    def resources(self, options: Options) -> Sequence[Resource]:
        return (Resource(kind="profile", name=str(options["icc_profile"])),)

    def finish(self, picture: Picture, options: Options, context: OperationContext) -> Picture:
        name = str(options["icc_profile"])
        profile = context.profile(name)
        model = _MODELS.get(profile[16:20])
        if model is None:
            raise UnsupportedFeature(f"icc: the profile {name!r} is for no colour model that pictures have here")
        return context.convert(
            picture, model, profile, intent=options.icc_intent, black_point=bool(options.get("icc_bpc"))
        )
