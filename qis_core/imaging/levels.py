"""Reduced copies of a picture (bases, levels of a pyramid) as a decoder that stands in for the picture's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from qis_core.api import (
    Box,
    BrokenImage,
    Decoded,
    DecodeHint,
    Decoder,
    Metadata,
    PageHint,
    Phase,
    RenderJob,
    Size,
    Source,
    SourceInfo,
)
from qis_core.api.pyramids import ReducedCopy
from qis_core.imaging import bases
from qis_core.imaging.heads import Heads

_MOST = 0.5

_ROUNDING = 1e-6

_RESERVE = 2.0
"""Pixels of a base per target pixel, along each axis: what a scaled decode of the original leaves as well."""


def enough(job: RenderJob, copies: Sequence[ReducedCopy]) -> Sequence[ReducedCopy]:
    """The smallest of ``copies`` that may stand in for the job's picture, alone; none where the original is needed.

    That is for all that shows more detail, for light averaged as light (a base has averaged its
    codes), and for steps that work on the picture's own pixels.
    """
    if job.quality.gamma_correct or any(operation.phase == Phase.SOURCE for operation, _ in job.pixel_steps):
        return ()
    page, minimum = job.info.size, job.frame.needed_size(_RESERVE)
    able = [base for base in copies if base.suffices(page, minimum) and (job.info.format == "jpg" or _fits(job, base))]
    return sorted(able, key=lambda base: -base.shrink)[:1]


def _fits(job: RenderJob, base: ReducedCopy) -> bool:
    """Whether rendering from the original would average its pixels in the same groups, or in groups of these.

    Of a JPEG, the decoder has done that at the base's scale. Averages of other groups make thin lines look different.
    """
    crop, factors = job.frame.crop, [max(1, int(1 / scale / _RESERVE + _ROUNDING)) for scale in job.frame.scale]
    if base.shrink != int(base.shrink):
        return factors == [1, 1]
    is_aligned = all(edge % base.shrink < _ROUNDING for edge in (crop.left, crop.top))
    return is_aligned and all(factor % base.shrink == 0 for factor in factors)


class LevelDecoder(Decoder):
    """Gives the pixels of the smallest level that has enough, and all else as the picture's own decoder does.

    Its name is no format's, so that no engine reads the original by itself.
    """

    name = "levels"

    def __init__(
        self,
        own: Decoder,
        info: SourceInfo,
        levels: Sequence[ReducedCopy],
        *,
        recognise: Callable[[Source], Decoder],
        heads: Heads,
        own_fits: bool = True,
    ) -> None:
        """``levels`` are copies of the page that ``info`` tells of; ``recognise`` finds the decoder of one's file, and
        ``heads`` remembers the page's metadata.

        ``own_fits`` tells whether ``own`` may decode the page: then whatever shows most of it in its
        full size is made of the original.
        """
        self.extensions, self.media_types = own.extensions, own.media_types
        self.output, self.alpha = own.output, own.alpha
        self._own = own
        self._page = info.size
        self._recognise = recognise
        self._heads = heads
        self._own_fits = own_fits
        self._levels = sorted(levels, key=lambda level: -level.shrink)

    def sniff(self, head: bytes) -> bool:
        return self._own.sniff(head)

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        return self._own.probe(source, hint)

    def metadata(self, source: Source, hint: PageHint) -> Metadata | None:
        return self._heads.metadata(source, hint, lambda: self._own.metadata(source, hint))

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        level = self._level(hint.minimum)
        if level is None or (level.shrink == 1 and self._own_fits and self._is_most(hint.region)):
            return self._own.decode(source, hint)
        size, shrink = level.size(self._page), level.shrink
        decoded = self._decoded(level.source, size, shrink, hint)
        covered = decoded.region or Box.of(size)
        if decoded.region is None and decoded.image.size != (size.width, size.height):
            raise BrokenImage("a stored copy of this picture has another size than the picture")
        metadata = self.metadata(source, PageHint(page=hint.page, dpi=hint.dpi)) or decoded.metadata
        return replace(decoded, metadata=metadata, region=covered.scaled(shrink, shrink))

    def _decoded(self, level: Source, size: Size, shrink: float, hint: DecodeHint) -> Decoded:
        if (image := bases.mapped(level)) is not None:
            return Decoded(image=image)
        region = None if hint.region is None else _within(hint.region.scaled(1 / shrink, 1 / shrink), size)
        return self._recognise(level).decode(level, replace(hint, minimum=size, region=region, page=1))

    def _is_most(self, region: Box | None) -> bool:
        return region is None or region.width * region.height > _MOST * self._page.pixels

    def _level(self, minimum: Size) -> ReducedCopy | None:
        """The smallest that has enough."""
        return next((level for level in self._levels if level.suffices(self._page, minimum)), None)


def _within(box: Box, size: Size) -> Box:
    return Box(
        left=min(box.left, size.width - 1),
        top=min(box.top, size.height - 1),
        right=min(box.right, size.width),
        bottom=min(box.bottom, size.height),
    )
