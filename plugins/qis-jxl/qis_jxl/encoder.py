"""JPEG XL, by libjxl.

The library's own way takes no ICC profile, it writes sRGB. A picture with a profile therefore goes
in as a JPEG, which JPEG XL repacks a fifth smaller without changing a pixel, profile and all; what a JPEG cannot hold
(transparency) is converted to sRGB.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import BinaryIO

from PIL import Image, ImageCms

from qis_core.api import Encoder, Int, Metadata, Option, Options, TooLarge, exif
from qis_jxl.settings import JxlSettings

LONGEST_SIDE = 65_535
"""What a JPEG holds, and more than anybody shows."""

_LONGEST_JPEG_BLOCK = 65_000
_FULL_CHROMA = 90


class JxlEncoder(Encoder):
    """JPEG XL, lossy and still."""

    name = "jxl"
    extensions = ("jxl",)
    media_type = "image/jxl"
    modes = ("RGB", "RGBA", "L", "LA")
    alpha = True
    metadata = frozenset({"icc_profile", "exif", "xmp"})

    def __init__(self, settings: JxlSettings | None = None) -> None:
        self._settings = settings or JxlSettings()
        self.options: Sequence[Option] = (
            Int("quality", minimum=1, maximum=100, default=self._settings.quality,
                help="JPEG XL: from 1 (small) to 100 (hardly to be told from the original)"),
        )  # fmt: skip

    def encode(self, image: Image.Image, options: Options, metadata: Metadata, out: BinaryIO) -> None:
        if max(image.size) > LONGEST_SIDE:
            raise TooLarge("the longest side of a JPEG XL rendering", max(image.size), LONGEST_SIDE, "pixels")
        wanted = options.get("quality")
        # The library takes 100 for lossless, which needs other settings.
        quality = min(wanted if isinstance(wanted, int) else self._settings.quality, 99)
        profile = metadata.icc_profile if _fits(metadata.icc_profile, image.mode) else None
        if profile and image.mode in ("RGB", "L"):
            out.write(self._packed(image, _jpeg(image, quality, profile, metadata), quality, from_jpeg=True))
            return
        if profile:
            image = _in_srgb(image, profile)
        out.write(self._packed(image, image.tobytes(), quality, metadata=metadata))

    def _packed(
        self,
        image: Image.Image,
        data: bytes,
        quality: int,
        *,
        from_jpeg: bool = False,
        metadata: Metadata | None = None,
    ) -> bytes:
        from pillow_jxl import Encoder as Library  # noqa: PLC0415 (most processes never need it)

        encoder = Library(
            mode=image.mode, lossless=False, quality=quality, decoding_speed=0, effort=self._settings.effort,
            use_container=False, use_original_profile=False, num_threads=0,
        )  # fmt: skip
        if from_jpeg or metadata is None:
            return bytes(encoder(data, image.width, image.height, jpeg_encode=True))
        block = exif.upright(metadata.exif)
        # Where the TIFF structure begins: the library leaves these four bytes to us.
        block = bytes(4) + block.removeprefix(b"Exif\0\0") if block else None
        size = image.size
        return bytes(encoder(data, *size, jpeg_encode=False, exif=block, xmp=metadata.xmp, jumb=None, compress=False))


def _jpeg(image: Image.Image, quality: int, profile: bytes, metadata: Metadata) -> bytes:
    blocks = {"exif": exif.upright(metadata.exif), "xmp": metadata.xmp}
    buffer = io.BytesIO()
    bare = Image.frombytes(image.mode, image.size, image.tobytes())
    bare.save(
        buffer, "JPEG", quality=quality, subsampling=0 if quality >= _FULL_CHROMA else 2, icc_profile=profile,
        **{name: block for name, block in blocks.items() if block and len(block) <= _LONGEST_JPEG_BLOCK},
    )  # fmt: skip
    return buffer.getvalue()


def _fits(profile: bytes | None, mode: str) -> bool:
    """Whether it is a profile, and one for such pixels."""
    if not profile:
        return False
    try:
        space = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.xcolor_space.strip()
    except (OSError, ImageCms.PyCMSError):
        return False
    return space == ("GRAY" if mode in ("L", "LA") else "RGB")


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """The picture with its colours in sRGB; as it is where littleCMS cannot do that."""
    *_, alpha = image.split()
    colours = "L" if image.mode == "LA" else "RGB"
    try:
        change = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), colours, "RGB"
        )
        converted = ImageCms.applyTransform(image.convert(colours), change)
    except ImageCms.PyCMSError:
        converted = None
    if converted is None:
        return image
    converted = converted.convert(colours)
    converted.putalpha(alpha)
    return converted
