"""Without what stands beside the pixels: `&strip=1`."""

from __future__ import annotations

from dataclasses import replace

from qis_core.api import Bool, FinishingOperation, Metadata, OperationContext, Options, Phase, Picture
from qis_core.builtin.metadata.notices import Notices


class Strip(FinishingOperation):
    """Drops EXIF, IPTC, XMP and the ICC profile; an RGB or grey picture with a profile is converted to sRGB first.

    A profile that the recipe itself has converted to stays, and so do the copyright notice and the
    creator's name where the site keeps them.
    """

    name = "strip"
    phase = Phase.STRIP
    deep = True
    options = (
        Bool("strip", default=False, help="Leaves out EXIF, IPTC, XMP and the ICC profile"),
        Bool("", key="strip_profile", default=True, holds=("icc_profile",),
             help="Whether the ICC profile is left out too"),
    )  # fmt: skip

    def __init__(self, *, keep_notices: bool = False) -> None:
        self._keep_notices = keep_notices

    def is_noop(self, options: Options) -> bool:
        return not options.get("strip")

    def finish(self, picture: Picture, options: Options, context: OperationContext) -> Picture:
        metadata = picture.metadata
        bare = self._bare(metadata)
        if not options.strip_profile:
            return Picture(image=picture.image, metadata=replace(bare, icc_profile=metadata.icc_profile))
        if metadata.icc_profile and picture.image.mode != "CMYK":
            model = "RGB" if picture.image.mode in ("RGB", "RGBA") else "L"
            picture = context.convert(picture, model, intent="relative", black_point=True)
        return Picture(image=picture.image, metadata=bare)

    def _bare(self, metadata: Metadata) -> Metadata:
        return Notices.of(metadata).blocks(metadata.dpi) if self._keep_notices else Metadata(dpi=metadata.dpi)
