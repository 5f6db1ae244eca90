"""The print engine: whole recipes at 16 bits a channel, for those who would rather wait than lose a level."""

from __future__ import annotations

import ctypes

from qis_core.api import (
    DecodeHint,
    DeepEngine,
    DeepImage,
    DeepPicture,
    DeepPixels,
    Metadata,
    Options,
    PageHint,
    PictureResource,
    RenderJob,
)
from qis_core.api.decoding import reading
from qis_magick.decoder import header_of
from qis_magick.deep_image import MagickImage, exported
from qis_magick.library import Wand
from qis_magick.numbers import PER_INCH, SHORT, SRGB, ZIP

_OWN = {"png": "PNG", "tif": "TIFF"}
"""What it reads and writes by itself, because Pillow has no 16-bit colour."""

_NO_CHUNKS = b"date,tEXt,zTXt,tIME,gAMA,cHRM"
"""What ImageMagick would write into a PNG besides: dates, and a second word on colours."""


class PrintEngine(DeepEngine):
    """Renders with ImageMagick at 16 bits a channel, where it is named."""

    name = "print"
    # Nobody gets it unasked: it comes after the engine in the box, which does everything.
    priority = -10
    version = 1

    def supports(self, job: RenderJob) -> bool:
        return self.can_render(job)

    def image_of(self, pixels: DeepPixels) -> DeepImage:
        return MagickImage.of(pixels)

    def read(self, source: PictureResource, hint: DecodeHint) -> DeepPicture | None:
        """PNG and TIFF of more than 8 bits; None for what ImageMagick reads otherwise than announced."""
        name, info = source.decoder.name, source.info
        if name not in _OWN or info.format != name:
            return None
        metadata = source.decoder.metadata(source.source, PageHint(page=hint.page, dpi=hint.dpi))
        if metadata is None:
            return None
        wand = Wand()
        with reading(info.format), source.source.open() as stream:
            wand.read(_OWN[name], stream.read(), scene=str(hint.page - 1))
        found = header_of(wand, deep=True)
        if found.size != info.size or wand.ask("GetNumberImages") != 1:
            return None
        if found.model == "RGB" and wand.ask("GetImageColorspace") != SRGB:
            wand.do("TransformImageColorspace", SRGB)
        # Anew from plain pixels: ImageMagick keeps much of a file beside them, which changes what it does later.
        mode = "L" if found.mode == "I;16" else found.mode
        pixels = DeepPixels(mode=mode, size=found.size, data=exported(wand, mode, found.size, SHORT))
        return DeepPicture(image=MagickImage.of(pixels), metadata=metadata)

    def written(self, image: DeepImage, metadata: Metadata, job: RenderJob) -> bytes:
        assert isinstance(image, MagickImage)
        wand = image.wand.copied()
        for name, block in (("icc", metadata.icc_profile), ("exif", metadata.exif), ("xmp", metadata.xmp)):
            if block is not None:
                wand.do("SetImageProfile", name.encode(), block, len(block))
        if metadata.dpi:
            wand.do("SetImageUnits", PER_INCH)
            wand.do("SetImageResolution", ctypes.c_double(metadata.dpi[0]), ctypes.c_double(metadata.dpi[1]))
        wand.do("SetImageDepth", 16)
        if job.encoder.name == "tif":
            wand.do("SetImageCompression", ZIP)
            wand.do("SetImageFormat", b"TIFF")
        else:
            wand.do("SetOption", b"png:exclude-chunk", _NO_CHUNKS)
            wand.do("SetOption", b"png:bit-depth", b"16")
            wand.do("SetImageCompressionQuality", 10 * _level(job.recipe.output.options, job) + 5)
            wand.do("SetImageFormat", b"PNG")
        return wand.written()


def _level(options: Options, job: RenderJob) -> int:
    """zlib's level, the first digit of a PNG quality; of the encoder's own default where none is given."""
    declared = {option.key: option.default for option in job.encoder.options}
    quality = options.get("quality", declared.get("quality"))
    number = quality if isinstance(quality, int) else 60
    return number if number < 10 else min(number, 99) // 10
