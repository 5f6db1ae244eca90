"""Reduced copies of an original, from which tiles and smaller renderings are made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import BinaryIO

from qis_core.api.values import PageHint, Size, Source, SourceInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class ReducedCopy:
    """One level: its file, and by how much the page's sides are divided."""

    shrink: float
    source: Source

    def size(self, page: Size) -> Size:
        """The copy's pixels where the page has ``page``."""
        return Size(width=int(-(-page.width // self.shrink)), height=int(-(-page.height // self.shrink)))

    def suffices(self, page: Size, minimum: Size) -> bool:
        """Whether the copy of a ``page`` has at least the pixels ``minimum`` along each axis."""
        own = self.size(page)
        return own.width >= minimum.width and own.height >= minimum.height


class PyramidMaker(ABC):
    """Writes the levels of a pyramid, each a picture file of its own that is read in parts.

    Level ``shrink`` (1, 1.5, 2, 4, 8 …) has ``ceil(width / shrink)`` × ``ceil(height / shrink)`` of the
    page's pixels: as stored, neither turned nor brought to another colour space. Runs in a worker
    process only, one call at a time, which may write to nothing but the file that it is given.
    Raise ``version`` when the same original gives other levels: those made before are forgotten.
    """

    name: str
    priority: int = 0
    version: int = 1

    @abstractmethod
    def supports(self, source: Source, info: SourceInfo, hint: PageHint) -> bool:
        """Whether it can make a pyramid of this page without holding it whole, and one is of use."""

    @abstractmethod
    def make(
        self, source: Source, info: SourceInfo, hint: PageHint, shrink: float, out: BinaryIO, *, quick: bool = False
    ) -> None:
        """Writes one level to ``out``, an empty file open for reading and writing.

        ``quick`` asks for a file that is read whole in the least time and loses nothing, however
        large it is: a base, best written as a plain copy (`qis_core.api.plain`), which is mapped. It
        may stay empty, where smaller pictures made of it would not look as those made of the original.
        Otherwise it should be small, and a decoder must read its parts without the rest. An installed
        decoder must know it. Raises BrokenImage.
        """
