"""Which jobs libvips does faster: the outcome of benchmarks/engines.py, see the README."""

from __future__ import annotations

from dataclasses import dataclass

from qis_core.api import Frame, RenderJob


@dataclass(frozen=True, slots=True)
class _Kind:
    """Sources of one format and mode.

    The most by which the sides may be reduced (0: not at all) of the ``whole`` picture, and of a
    ``part`` that is less than half of it.
    """

    whole: float
    part: float


_ANY = float("inf")
_FULL = 3.999
"""Up to that a JPEG is decoded in full; by more at a scale, which takes both as long."""

_FASTER = {
    ("jpg", "RGB"): _Kind(_FULL, _FULL),
    ("jpg", "L"): _Kind(_FULL, _FULL),
    # Inks are left to Pillow, but for pictures that it may not hold.
    ("jpg", "CMYK"): _Kind(0, 0),
    ("tif", "CMYK"): _Kind(0, 0),
    ("png", "RGB"): _Kind(_ANY, _ANY),
    ("png", "L"): _Kind(0, _ANY),
    ("png", "I;16"): _Kind(_ANY, _ANY),
    # Of parts the TIFF decoder in the box unpacks only the tiles or strips that are needed.
    ("tif", "RGB"): _Kind(10, 0),
    ("tif", "L"): _Kind(0, 0),
    ("tif", "I;16"): _Kind(10, 0),
}

FEWEST_PIXELS = 500_000
"""Pictures, or parts of them, with fewer are done before libvips has started its threads."""

_DEPTHS = (8, 16)
_PART = 0.5


def is_worthwhile(job: RenderJob) -> bool:
    """Whether libvips reads the source exactly as its decoder does, and faster."""
    info = job.info
    kind = _FASTER.get((info.format, info.mode))
    if kind is None or job.decoder.name != info.format or info.has_alpha or info.bits not in _DEPTHS or info.frames > 1:
        return False
    if is_large(job):
        return not is_interlaced(job)
    seen = _seen(job.frame)
    if info.size.pixels < FEWEST_PIXELS or job.recipe.page < info.pages:
        # Pages that follow may be reduced copies, of which the decoder in the box makes use.
        return False
    most = kind.part if seen < _PART else kind.whole
    return 1 / min(job.frame.scale) <= most and not is_interlaced(job)


def is_large(job: RenderJob) -> bool:
    """Whether the source has more pixels than may be held at once: then libvips alone can do it."""
    return job.info.size.pixels > job.limits.source_pixels


def is_interlaced(job: RenderJob) -> bool:
    """Whether a PNG is stored in passes (PNG 1.2, 2.6), so that it has to be unpacked whole before anything else."""
    head = job.source.head(29) if job.info.format == "png" else b""
    return head[28:29] == b"\1"


def _seen(frame: Frame) -> float:
    """How much of the picture the window shows."""
    region = frame.needed_region()
    return 1.0 if region is None else region.width * region.height / frame.original.pixels
