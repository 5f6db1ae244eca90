"""The engine: libvips decodes and reduces, the next engine does all the rest.

libvips reads as many pixels as it must and reduces them to the content's own, at its place to the
pixel. The job then goes on to the next engine with a decoder that gives these pixels: turns,
padding, colours, operations of every plugin and encoders are that engine's, so they are the same.
"""

from __future__ import annotations

from dataclasses import replace

from qis_core.api import (
    BrokenImage,
    Decoded,
    DecodeHint,
    Decoder,
    Engine,
    PageHint,
    Phase,
    RenderJob,
    Rendition,
    Source,
    SourceInfo,
)
from qis_vips.choice import is_large, is_worthwhile
from qis_vips.deep import DeepVips
from qis_vips.grid import Cells
from qis_vips.library import error
from qis_vips.png import VipsPng
from qis_vips.reduction import reduced, scaled_size, scales


class VipsEngine(Engine):
    """Renders what libvips does faster than Pillow, as exactly."""

    name = "vips"
    priority = 10
    version = 3

    def __init__(self) -> None:
        self._deep = DeepVips()

    def supports(self, job: RenderJob) -> bool:
        if self._deep.supports(job):
            return True
        if not job.next_engines or job.frame.angle or job.quality.gamma_correct:
            return False
        if any(operation.phase == Phase.SOURCE for operation, _ in job.pixel_steps):
            return False
        return is_worthwhile(job) and _is_in_reach(job)

    def streams(self, job: RenderJob) -> bool:
        return not self._deep.supports(job)

    def render(self, job: RenderJob) -> Rendition:
        if self._deep.supports(job):
            return self._deep.render(job)
        encoder = VipsPng(job.encoder) if job.encoder.name == "png" else job.encoder
        return replace(job, decoder=_Reducer(job), encoder=encoder).by_next_engine()


def _is_in_reach(job: RenderJob) -> bool:
    """Whether libvips can lay its pixels where the frame wants them."""
    cells = Cells.of(job.frame, None)
    return any(
        cells.axes(scaled_size(job.info, scale), scale) is not None
        for scale in scales(job.info, cells, fast=job.quality.fast)
    )


class _Reducer(Decoder):
    """Stands in for a job's decoder and gives the content's own pixels."""

    def __init__(self, job: RenderJob) -> None:
        own = job.decoder
        self.name, self.extensions, self.media_types = own.name, own.extensions, own.media_types
        self.output, self.alpha = own.output, own.alpha
        self._job = job

    def sniff(self, head: bytes) -> bool:
        return self._job.decoder.sniff(head)

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        return self._job.decoder.probe(source, hint)

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        """The pixels of the cells that the hint's region touches; of all for what libvips cannot read."""
        found = self._reduced(source, hint)
        if found is None and is_large(self._job):
            # The decoder of the box would hold the whole picture.
            raise BrokenImage(f"this {self.name} file is damaged, cut off or of a kind that cannot be read in parts")
        return found or self._job.decoder.decode(source, hint)

    def _reduced(self, source: Source, hint: DecodeHint) -> Decoded | None:
        job = self._job
        metadata = job.decoder.metadata(source, PageHint(page=hint.page, dpi=hint.dpi))
        if metadata is None or source is not job.source:
            return None
        cells = Cells.of(job.frame, hint.region)
        try:
            image = reduced(source, job.info, cells, page=hint.page, fast=hint.fast)
        except error():
            # The job's own decoder reads it, or says what is wrong.
            return None
        return None if image is None else Decoded(image=image, metadata=metadata, region=cells.box)
