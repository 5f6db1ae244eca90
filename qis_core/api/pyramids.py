"""Pyramids: reduced copies of a very large original, from which tiles and small renderings are made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import BinaryIO

from qis_core.api.values import PageHint, Source, SourceInfo


class PyramidMaker(ABC):
    """Writes the levels of a pyramid, each a picture file of its own that is read in parts.

    Level ``shrink`` (1, 2, 4, 8 …) has ``ceil(width / shrink)`` × ``ceil(height / shrink)`` of the
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
    def make(self, source: Source, info: SourceInfo, hint: PageHint, shrink: int, out: BinaryIO) -> None:
        """Writes one level to ``out``, an empty file open for reading and writing.

        An installed decoder must know it and read its parts without the rest. Raises BrokenImage.
        """
