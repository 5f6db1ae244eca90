"""Readers of what files say of themselves: EXIF, IPTC, XMP and the like."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from qis_core.api.values import Source


class MetadataReader(ABC):
    """Reads one kind of metadata into the library's record."""

    name: str
    priority: int = 0

    @abstractmethod
    def read(self, source: Source) -> Mapping[str, Mapping[str, object]]:
        """Values by group ('exif', 'iptc', …) and name, JSON-able.

        Raises nothing for odd files: what is unreadable is left out.
        """
