"""Analysers: facts about a picture, found once per version of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

from qis_core.api.values import Size, SourceInfo

if TYPE_CHECKING:
    from PIL.Image import Image


class Analyser(ABC):
    """Looks at a small rendering (at most ``size``) and answers small, JSON-able facts.

    Raise ``version`` when the same picture gives other facts. Facts are read by framing
    operations and kept with the picture's record.
    """

    name: str
    version: int = 1
    size: Size = Size(width=256, height=256)

    @abstractmethod
    def analyse(self, image: Image, info: SourceInfo) -> Mapping[str, object]:
        """Facts by name, JSON-able and together under 4 KB."""
