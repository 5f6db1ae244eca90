"""Readers of what files say of themselves: EXIF, IPTC, XMP and the like."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from qis_core.api.values import Metadata, Source


class MetadataReader(ABC):
    """Reads one kind of metadata into the library's record."""

    name: str
    priority: int = 0

    @abstractmethod
    def read(self, source: Source) -> Mapping[str, Mapping[str, object]]:
        """Values by group ('exif', 'iptc', …) and name: texts, numbers, truths, and lists of these.

        Called in a render worker, for files that a decoder knows. Raises nothing for odd files:
        what is unreadable is left out. What is too long or too much for a record is cut off by the
        core; of two readers that give the same name of a group, the one of higher priority counts.
        """

    def read_blocks(self, metadata: Metadata) -> Mapping[str, Mapping[str, object]]:
        """The same of blocks that a decoder has found (`Decoder.embedded`).

        Asked before ``read`` where the decoder looks for them by itself, and else in files that ``read``
        makes nothing of. The default: nothing. Raises nothing for damaged blocks.
        """
        return {}
