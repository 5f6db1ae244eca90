"""HEIC, by libheif and x265."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from PIL import Image

from qis_core.api import Encoder, Int, Metadata, Option, Options, TooLarge, exif
from qis_heic.decoder import library
from qis_heic.settings import HeicSettings

LONGEST_SIDE = 8192
"""What level 6.2 of HEVC holds (ITU-T H.265, table A.8), and so the decoders in devices."""

_KNEE, _KNEE_X265 = 80, 44
_FULL_CHROMA = 90
"""From this quality on colours are as fine as light."""


class HeicEncoder(Encoder):
    """HEIC, one picture a file."""

    name = "heic"
    extensions = ("heic", "heif")
    media_type = "image/heic"
    modes = ("RGB", "RGBA", "L")
    alpha = True
    metadata = frozenset({"icc_profile", "exif", "xmp"})
    aliases = ("heif",)

    def __init__(self, settings: HeicSettings | None = None) -> None:
        self._settings = settings or HeicSettings()
        self.options: Sequence[Option] = (
            Int("quality", minimum=1, maximum=100, default=self._settings.quality,
                help="From 1 (small) to 100 (good); looks as a JPEG of that quality and takes half its bytes"),
        )  # fmt: skip

    def encode(self, image: Image.Image, options: Options, metadata: Metadata, out: BinaryIO) -> None:
        if max(image.size) > LONGEST_SIDE:
            raise TooLarge("the longest side of a HEIC rendering", max(image.size), LONGEST_SIDE, "pixels")
        wanted = options.get("quality")
        quality = wanted if isinstance(wanted, int) else self._settings.quality
        library().encode(
            image.mode, image.size, image.tobytes(), out,
            quality=x265_quality(quality),
            enc_params={"preset": self._settings.preset},
            chroma=444 if quality >= _FULL_CHROMA else 420,
            icc_profile=metadata.icc_profile,
            icc_profile_type="prof",
            # An orientation in it would make the library turn the picture.
            exif=exif.upright(metadata.exif),
            xmp=metadata.xmp,
        )  # fmt: skip


def x265_quality(quality: int) -> int:
    """The library's quality at which a picture is as near to the original as a JPEG of ``quality``.

    Measured by PSNR: JPEG 80 is as good as 40 to 45 here, 50 as 25 to 30, 90 as 58; 100 stays 100.
    """
    if quality <= _KNEE:
        return max(1, round(quality * _KNEE_X265 / _KNEE))
    return round(_KNEE_X265 + (100 - _KNEE_X265) * ((quality - _KNEE) / (100 - _KNEE)) ** 2)
