"""16-bit colour that stays so, from PNG and TIFF to PNG and TIFF: libvips from file to file.

Pillow has no 16-bit colour, so nothing that works on Pillow pictures may stand in such a job.
"""

from __future__ import annotations

import time
from typing import Any

from qis_core.api import Metadata, Options, PageHint, RenderJob, Rendition, Size, rgb
from qis_vips.choice import is_interlaced
from qis_vips.grid import Cells
from qis_vips.library import library, opened
from qis_vips.reduction import error, resampled

_SOURCES = ("png", "tif")
_TARGETS = ("png", "tif")
_BANDS = {"RGB": 3, "RGBA": 4}
_LEVEL_16 = 257
_MILLIMETRES = 25.4


def supports(job: RenderJob) -> bool:
    """Whether the picture has 16-bit colour, its rendering can hold it, and libvips can do all that is asked for."""
    info, frame = job.info, job.frame
    if info.format not in _SOURCES or job.decoder.name != info.format or job.encoder.name not in _TARGETS:
        return False
    if info.bits != 16 or info.mode not in _BANDS or info.has_alpha != (info.mode == "RGBA"):
        return False
    if job.pixel_steps or job.finishing_steps or frame.angle or job.quality.gamma_correct or is_interlaced(job):
        return False
    # A fill beside other colours than sRGB has to be converted, and a clear one needs an alpha channel.
    plain_fill = job.recipe.fill.startswith("#") and not info.has_icc_profile and info.mode == "RGB"
    return (plain_fill or not frame.is_padded) and Cells.of(frame, None).axes(info.size, 1) is not None


def rendered(job: RenderJob) -> Rendition | None:
    """The rendering; None for a file that libvips reads otherwise than announced, or not at all."""
    clock = time.perf_counter()
    metadata = job.decoder.metadata(job.source, PageHint(page=job.recipe.page))
    if metadata is None:
        return None
    try:
        with opened(job.source, job.info.format, **_page(job)) as image:
            if not _is_as_promised(image, job):
                return None
            picture = _framed(image, job)
        decoded = time.perf_counter()
        body = _written(picture, job, metadata)
    except error():
        return None
    return Rendition(
        body=body, media_type=job.encoder.media_type, size=job.frame.size,
        timings={"decode": decoded - clock, "encode": time.perf_counter() - decoded},
    )  # fmt: skip


def _page(job: RenderJob) -> dict[str, Any]:
    return {"page": job.recipe.page - 1} if job.info.format == "tif" else {}


def _is_as_promised(image: Any, job: RenderJob) -> bool:
    size = job.info.size
    return (
        (image.width, image.height) == (size.width, size.height)
        and image.format == "ushort"
        and image.bands == _BANDS[job.info.mode]
        and image.interpretation in ("rgb16", "srgb", "rgb")
    )


def _framed(image: Any, job: RenderJob) -> Any:
    """The window of the canvas, in memory."""
    frame = job.frame
    part = frame.content_part(frame.window)
    if part.width < 1 or part.height < 1:
        content = None
    else:
        region = frame.turn.stored_box(frame.picture_box(part), frame.original)
        axes = Cells.of(frame, region).axes(job.info.size, 1)
        assert axes is not None, "supports() has asked"
        clear = image.hasalpha()
        small = resampled(image.premultiply(max_alpha=65535) if clear else image, *axes)
        if clear:
            # A filter overshoots; what is rounded here would wrap otherwise.
            small = small.unpremultiply(max_alpha=65535)
        content = _turned((small.rint() if clear else small).cast("ushort").copy_memory(), job)
    return _on_canvas(content, job).copy(interpretation="rgb16")


def _turned(image: Any, job: RenderJob) -> Any:
    turn = job.frame.turn
    if turn.mirror:
        image = image.fliphor()
    return {0: image, 1: image.rot90(), 2: image.rot180(), 3: image.rot270()}[turn.quarters]


def _on_canvas(content: Any, job: RenderJob) -> Any:
    frame = job.frame
    if not frame.is_padded:
        return content
    ground = [level * _LEVEL_16 for level in rgb(job.recipe.fill)]
    size = frame.size
    if content is None:
        return library().Image.black(size.width, size.height).new_from_image(ground).cast("ushort")
    part = frame.content_part(frame.window)
    left = round(part.left + frame.offset[0] - frame.window.left)
    top = round(part.top + frame.offset[1] - frame.window.top)
    return content.embed(left, top, size.width, size.height, extend="background", background=ground)


def _written(image: Any, job: RenderJob, metadata: Metadata) -> bytes:
    assert Size(width=image.width, height=image.height) == job.frame.size
    ready = _with_metadata(image, job, metadata)
    options = job.recipe.output.options
    if job.encoder.name == "png":
        body = ready.pngsave_buffer(compression=_level(options, job), bitdepth=16)
    else:
        body = ready.tiffsave_buffer(compression="deflate", predictor="horizontal")
    return bytes(body)


def _with_metadata(image: Any, job: RenderJob, metadata: Metadata) -> Any:
    """The picture with the blocks that the encoder writes, and nothing else of its source."""
    image = image.copy()
    for name in image.get_fields():
        if name.endswith("-data") or name.startswith("exif-") or name in ("orientation", "resolution-unit"):
            image.remove(name)
    kept = job.encoder.metadata
    blocks = {"icc_profile": ("icc-profile-data", metadata.icc_profile), "xmp": ("xmp-data", metadata.xmp),
              "exif": ("exif-data", metadata.exif)}  # fmt: skip
    vips = library()
    for name, (field, block) in blocks.items():
        if block is not None and name in kept:
            image.set_type(vips.GValue.blob_type, field, block)
    dpi = job.recipe.output.dpi or metadata.dpi
    return image.copy(xres=dpi[0] / _MILLIMETRES, yres=dpi[1] / _MILLIMETRES) if dpi else image


def _level(options: Options, job: RenderJob) -> int:
    """zlib's level, the first digit of a PNG quality; of the encoder's own default where none is given."""
    declared = {option.key: option.default for option in job.encoder.options}
    quality = options.get("quality", declared.get("quality"))
    number = quality if isinstance(quality, int) else 60
    return number if number < 10 else min(number, 99) // 10
