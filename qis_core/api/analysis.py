"""Analysers: facts about a picture, found once per version of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

from qis_core.api.values import Size, SourceInfo

if TYPE_CHECKING:
    from PIL.Image import Image


class Analyser(ABC):
    """Looks at a small rendering (at most ``size``) and answers a few facts about the picture.

    Called in a render worker, once for each version of a file, when its metadata is read. Facts are
    kept with the picture's record, and reach the operations that ask for them
    (``Operation.facts``). Raise ``version`` when the same picture gives other facts: all pictures are
    then looked at again, as they are shown next or by ``qis sync``.
    """

    name: str
    version: int = 1
    size: Size = Size(width=256, height=256)

    @abstractmethod
    def analyse(self, image: Image, info: SourceInfo) -> Mapping[str, object]:
        """Facts by name: texts, numbers, truths, and lists of these, together under 4 KB.

        ``image`` is the first page, upright, RGB or RGBA, the analyser's to change; ``info`` tells of the
        whole file. Of two analysers that find a fact of one name, the one that is first by name counts;
        a focal point that a person has set counts before one that was found. One that raises is
        logged, and has found nothing.
        """
