"""Without what stands beside the pixels: `&strip=1`."""

from __future__ import annotations

from qis_core.api import Bool, FinishingOperation, Metadata, OperationContext, Options, Phase, Picture


class Strip(FinishingOperation):
    """Drops EXIF, IPTC, XMP and the ICC profile; an RGB picture with a profile is converted to sRGB first."""

    name = "strip"
    phase = Phase.STRIP
    options = (Bool("strip", default=False, help="Leaves out EXIF, IPTC, XMP and the ICC profile"),)

    def finish(self, picture: Picture, options: Options, context: OperationContext) -> Picture:
        if picture.metadata.icc_profile and picture.image.mode in ("RGB", "RGBA"):
            picture = context.convert(picture, "RGB", intent="relative", black_point=True)
        return Picture(image=picture.image, metadata=Metadata(dpi=picture.metadata.dpi))
