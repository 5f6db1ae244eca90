"""Which jobs libvips does faster: the outcome of benchmarks/engines.py, see the README."""

from __future__ import annotations

from dataclasses import dataclass

from qis_core.api import Frame, RenderJob


@dataclass(frozen=True, slots=True)
class _Kind:
    """Sources of one format and mode.

    ``whole``: the most by which the sides of a whole picture may be reduced (0: not at all);
    ``part``: whether it pays where less than half of the picture is looked at.
    """

    whole: float
    part: bool


_ANY = float("inf")

_FASTER = {
    # Above that both take as long: all of it goes into the same scaled decode.
    ("jpg", "RGB"): _Kind(6, True),
    ("jpg", "L"): _Kind(6, True),
    ("png", "RGB"): _Kind(_ANY, True),
    ("png", "L"): _Kind(3, True),
    ("png", "I;16"): _Kind(_ANY, True),
    # Of parts the TIFF decoder in the box unpacks only the tiles or strips that are needed.
    ("tif", "RGB"): _Kind(10, False),
    ("tif", "L"): _Kind(3, False),
    ("tif", "I;16"): _Kind(10, False),
}

FEWEST_PIXELS = 500_000
"""Pictures, or parts of them, with fewer are done before libvips has started its threads."""

_DEPTHS = (8, 16)
_PLAIN = {("RGB", 8), ("L", 8)}
_PART = 0.5


def is_worthwhile(job: RenderJob) -> bool:
    """Whether libvips reads the source exactly as its decoder does, and faster."""
    info = job.info
    if job.base is not None:
        # Plain pixels, which libvips reduces with the processor's vector instructions.
        return (info.mode, info.bits) in _PLAIN and info.frames == 1
    kind = _FASTER.get((info.format, info.mode))
    if kind is None or job.decoder.name != info.format or info.has_alpha or info.bits not in _DEPTHS or info.frames > 1:
        return False
    if is_large(job):
        return not is_interlaced(job)
    seen = _seen(job.frame)
    if info.size.pixels < FEWEST_PIXELS or job.recipe.page < info.pages:
        # Pages that follow may be reduced copies, of which the decoder in the box makes use.
        return False
    if seen < _PART:
        return kind.part and not is_interlaced(job)
    return 1 / min(job.frame.scale) <= kind.whole and not is_interlaced(job)


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
