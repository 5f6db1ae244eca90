"""Reduced copies of a picture (the levels of its pyramid) as a decoder that stands in for the picture's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from qis_core.api import (
    Box,
    BrokenImage,
    Decoded,
    DecodeHint,
    Decoder,
    Metadata,
    PageHint,
    Size,
    Source,
    SourceInfo,
)

_MOST = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One reduced copy: its file, and by how much its sides are divided."""

    shrink: int
    source: Source

    def size(self, page: Size) -> Size:
        """The copy's pixels where the page has ``page``."""
        return Size(width=-(-page.width // self.shrink), height=-(-page.height // self.shrink))


class LevelDecoder(Decoder):
    """Gives the pixels of the smallest level that has enough, and all else as the picture's own decoder does.

    Its name is no format's, so that no engine reads the original by itself.
    """

    name = "levels"

    def __init__(
        self,
        own: Decoder,
        info: SourceInfo,
        levels: Sequence[Level],
        *,
        recognise: Callable[[Source], Decoder],
        own_fits: bool = True,
    ) -> None:
        """``levels`` are copies of the page that ``info`` tells of; ``recognise`` finds the decoder of one's file.

        ``own_fits`` tells whether ``own`` may decode the page: then whatever shows most of it in its
        full size is made of the original.
        """
        self.extensions, self.media_types = own.extensions, own.media_types
        self.output, self.alpha = own.output, own.alpha
        self._own = own
        self._page = info.size
        self._recognise = recognise
        self._own_fits = own_fits
        self._levels = sorted(levels, key=lambda level: -level.shrink)

    def sniff(self, head: bytes) -> bool:
        return self._own.sniff(head)

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        return self._own.probe(source, hint)

    def metadata(self, source: Source, hint: PageHint) -> Metadata | None:
        return self._own.metadata(source, hint)

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        level = self._level(hint.minimum)
        if level is None or (level.shrink == 1 and self._own_fits and self._is_most(hint.region)):
            return self._own.decode(source, hint)
        size, shrink = level.size(self._page), level.shrink
        region = None if hint.region is None else _within(hint.region.scaled(1 / shrink, 1 / shrink), size)
        decoder = self._recognise(level.source)
        decoded = decoder.decode(level.source, replace(hint, minimum=size, region=region, page=1))
        covered = decoded.region or Box.of(size)
        if decoded.region is None and decoded.image.size != (size.width, size.height):
            raise BrokenImage("a stored copy of this picture has another size than the picture")
        metadata = self._own.metadata(source, PageHint(page=hint.page, dpi=hint.dpi)) or decoded.metadata
        return replace(decoded, metadata=metadata, region=covered.scaled(shrink, shrink))

    def _is_most(self, region: Box | None) -> bool:
        return region is None or region.width * region.height > _MOST * self._page.pixels

    def _level(self, minimum: Size) -> Level | None:
        """The smallest that has enough."""
        return next((level for level in self._levels if _has(level.size(self._page), minimum)), None)


def _has(size: Size, minimum: Size) -> bool:
    return size.width >= minimum.width and size.height >= minimum.height


def _within(box: Box, size: Size) -> Box:
    return Box(
        left=min(box.left, size.width - 1),
        top=min(box.top, size.height - 1),
        right=min(box.right, size.width),
        bottom=min(box.bottom, size.height),
    )
