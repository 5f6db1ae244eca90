"""Without what stands beside the pixels: `&strip=1`."""

from __future__ import annotations

from qis_core.api import Bool, FinishingOperation, Metadata, OperationContext, Options, Phase, Picture


class Strip(FinishingOperation):
    """Drops EXIF, IPTC, XMP and the ICC profile; an RGB picture with a profile is converted to sRGB first.

    A profile that the recipe itself has converted to stays.
    """

    name = "strip"
    phase = Phase.STRIP
    deep = True
    options = (
        Bool("strip", default=False, help="Leaves out EXIF, IPTC, XMP and the ICC profile"),
        Bool("", key="strip_profile", default=True, holds=("icc_profile",),
             help="Whether the ICC profile is left out too"),
    )  # fmt: skip

    def is_noop(self, options: Options) -> bool:
        return not options.get("strip")

    def finish(self, picture: Picture, options: Options, context: OperationContext) -> Picture:
        metadata = picture.metadata
        if not options.strip_profile:
            return Picture(image=picture.image, metadata=Metadata(icc_profile=metadata.icc_profile, dpi=metadata.dpi))
        if picture.metadata.icc_profile and picture.image.mode in ("RGB", "RGBA"):
            picture = context.convert(picture, "RGB", intent="relative", black_point=True)
        return Picture(image=picture.image, metadata=Metadata(dpi=picture.metadata.dpi))
