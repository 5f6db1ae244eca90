"""What is known of an original without making a picture of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import BinaryIO

from qis_core.api import Limits, QisError, SourceInfo
from qis_core.imaging.orders import ProbeOrder
from qis_core.storage.library import Library

Probe = Callable[[ProbeOrder, Sequence[BinaryIO]], SourceInfo]


class Facts:
    """Reads the facts of originals in a render worker: size, pages, colour, orientation."""

    def __init__(self, *, library: Library, probe: Probe, limits: Limits) -> None:
        self._library = library
        self._probe = probe
        self._limits = limits

    def of(self, path: str) -> SourceInfo | None:
        """The facts of the first page; None where the file cannot be read, or nobody is free to."""
        try:
            with self._library.open(path) as file:
                return self._probe(ProbeOrder(source_name=path.rpartition("/")[2], limits=self._limits), [file])
        except QisError:
            return None
