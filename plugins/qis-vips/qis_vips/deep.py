"""Recipes at 16 bits a channel: pictures of more than 8 bits that go out with 16, or whose colours are converted."""

from __future__ import annotations

from typing import Any

from qis_core.api import (
    Box,
    BrokenImage,
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
    Rendition,
)
from qis_core.api.decoding import reading
from qis_core.api.deep_engine import DEEP_OUTPUTS
from qis_vips.choice import is_interlaced, is_large
from qis_vips.deep_image import VipsImage
from qis_vips.library import error, library, opened_for_long

_SOURCES = ("png", "tif")
_MODES = {("rgb16", 3): "RGB", ("rgb16", 4): "RGBA", ("grey16", 1): "L", ("grey16", 2): "LA", ("cmyk", 4): "CMYK"}
_MILLIMETRES = 25.4


class DeepVips(DeepEngine):
    """The part of the engine that keeps 16 bits."""

    name = "vips"

    def supports(self, job: RenderJob) -> bool:
        """Whether the source has more than 8 bits, somebody can read them, and they make a difference."""
        if job.info.bits <= 8 or not (job.decoder.deep or _is_ours(job) or _has_levels(job)):
            return False
        if is_large(job) and not _has_levels(job):
            # Until its pyramid is there, it is shown in 8 bits, which can be streamed.
            return False
        if job.info.mode == "I;16" and not (job.pixel_steps or job.finishing_steps or job.frame.is_padded):
            # Grey of 16 bits is known to Pillow as well.
            return False
        # Colours that are converted at 16 bits are better in 8 as well.
        if job.encoder.name not in DEEP_OUTPUTS and not job.finishing_steps:
            return False
        return self.can_render(job)

    def render(self, job: RenderJob) -> Rendition:
        return _OfLevels(job).render_plainly(job) if _has_levels(job) else super().render(job)

    def image_of(self, pixels: DeepPixels) -> DeepImage:
        return VipsImage.of(pixels)

    def read(self, source: PictureResource, hint: DecodeHint) -> DeepPicture | None:
        """PNG and TIFF; None for what libvips reads otherwise than announced, or not at all."""
        info, name = source.info, source.decoder.name
        if info.format not in _SOURCES or name != info.format or info.bits != 16:
            return None
        metadata = source.decoder.metadata(source.source, PageHint(page=hint.page, dpi=hint.dpi))
        if metadata is None:
            return None
        page = {"page": hint.page - 1} if name == "tif" else {}
        try:
            image = opened_for_long(source.source, name, **page)
        except error():
            return None
        mode = _MODES.get((image.interpretation, image.bands))
        if (
            image.format != "ushort"
            or mode is None
            or (image.width, image.height) != (info.size.width, info.size.height)
        ):
            return None
        return DeepPicture(image=VipsImage(image, mode), metadata=metadata)

    def written(self, image: DeepImage, metadata: Metadata, job: RenderJob) -> bytes:
        assert isinstance(image, VipsImage)
        with reading(job.info.format):
            ready, kept = with_metadata(image.image, metadata)
            if job.encoder.name == "png":
                level = _level(job.recipe.output.options, job)
                return bytes(ready.pngsave_buffer(compression=level, bitdepth=16, keep=kept))
            return bytes(ready.tiffsave_buffer(compression="deflate", predictor="horizontal", keep=kept))


class _OfLevels(DeepVips):
    """Reads the smallest level of the pyramid that has enough pixels, and of that the tiles which are looked at."""

    def __init__(self, job: RenderJob) -> None:
        self._job = job

    def render_plainly(self, job: RenderJob) -> Rendition:
        """As every engine of 16 bits does."""
        return DeepEngine.render(self, job)

    def read(self, source: PictureResource, hint: DecodeHint) -> DeepPicture | None:
        job, page = self._job, self._job.info.size
        if source.source is not job.source:
            return super().read(source, hint)
        able = [copy for copy in job.copies if copy.suffices(page, hint.minimum)]
        level = max(able, key=lambda copy: copy.shrink) if able else min(job.copies, key=lambda copy: copy.shrink)
        metadata = job.decoder.metadata(job.source, PageHint(page=hint.page, dpi=hint.dpi))
        with reading("TIFF"):
            image = opened_for_long(level.source, "tif", access="random")
            mode, size = _MODES[image.interpretation, image.bands], level.size(page)
            if (image.format, image.width, image.height) != ("ushort", size.width, size.height):
                raise BrokenImage("a stored copy of this picture is of another kind than the picture")
        whole = Box(left=0, top=0, right=size.width * level.shrink, bottom=size.height * level.shrink)
        return DeepPicture(image=VipsImage(image, mode), metadata=metadata or Metadata(), region=whole)


def _has_levels(job: RenderJob) -> bool:
    """Whether there is a pyramid of it."""
    return bool(job.copies) and job.info.format in _SOURCES and job.info.bits == 16


def _is_ours(job: RenderJob) -> bool:
    """A PNG that is stored in passes would have to be held whole, which Pillow does in 8 bits."""
    info = job.info
    return info.format in _SOURCES and job.decoder.name == info.format and info.bits == 16 and not is_interlaced(job)


def with_metadata(image: Any, metadata: Metadata) -> tuple[Any, str]:
    """The picture with the blocks that are to be written, and nothing else of its source; and what to keep of it."""
    image = image.copy()
    for name in image.get_fields():
        if name.endswith("-data") or name.startswith("exif-") or name in ("orientation", "resolution-unit"):
            image.remove(name)
    fields = {"icc": "icc-profile-data", "xmp": "xmp-data", "exif": "exif-data", "iptc": "iptc-data"}
    kept = ["other"]
    for name, field in fields.items():
        if (block := _block(metadata, name)) is not None:
            image.set_type(library().GValue.blob_type, field, block)
            kept.append(name)
    dpi = metadata.dpi
    ready = image.copy(xres=dpi[0] / _MILLIMETRES, yres=dpi[1] / _MILLIMETRES) if dpi else image
    return ready, "|".join(kept)


def _block(metadata: Metadata, name: str) -> bytes | None:
    found: bytes | None = getattr(metadata, "icc_profile" if name == "icc" else name)
    return found


def _level(options: Options, job: RenderJob) -> int:
    """zlib's level, the first digit of a PNG quality; of the encoder's own default where none is given."""
    declared = {option.key: option.default for option in job.encoder.options}
    quality = options.get("quality", declared.get("quality"))
    number = quality if isinstance(quality, int) else 60
    return number if number < 10 else min(number, 99) // 10
