"""Finds out what a picture is: its size, its format, and the metadata in it, read in a render worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields

from qis_core.api import Decoder, Limits, NotFound, QisError, SourceInfo, StorageEntry, Unavailable
from qis_core.domain.paths import clean_path
from qis_core.imaging.description import Description
from qis_core.imaging.orders import DescribeOrder
from qis_core.services.pictures import Finding
from qis_core.storage.library import Library, SourceChanged

Describe = Callable[..., Description]
"""`RenderPool.describe`."""

CLIENT = "library"
"""Whom descriptions count for in the queue of render workers: requests of people have turns of their own."""

_ATTEMPTS = 3


class Recordable:
    """Which files of a library get a record: those with an ending that a decoder claims, and a name that is text."""

    def __init__(self, decoders: Iterable[Decoder]) -> None:
        self._extensions = frozenset(ending for decoder in decoders for ending in decoder.extensions)

    def is_picture(self, path: str) -> bool:
        """Whether its name is a picture's."""
        return path.rpartition(".")[2].lower() in self._extensions

    def has_name(self, path: str) -> bool:
        """Whether the path can be asked for and written down: names in unknown encodings cannot."""
        try:
            path.encode()
            return clean_path(path) == path
        except (NotFound, UnicodeEncodeError):
            return False

    def __call__(self, path: str) -> bool:
        return self.is_picture(path) and self.has_name(path)


class Describer:
    """Reads pictures of a library. Safe to use from many threads."""

    def __init__(self, *, library: Library, describe: Describe, limits: Limits) -> None:
        self._library = library
        self._describe = describe
        self._limits = limits

    def of(self, entry: StorageEntry) -> Finding | None:
        """What the picture is now, which may be another version than ``entry`` tells; None where it is gone.

        A file that is no readable picture is a finding too, whose facts have ``error``. Raises
        Unavailable where the store or the render workers are away.
        """
        for _ in range(_ATTEMPTS):
            try:
                return self._read(entry)
            except SourceChanged:
                found = self.look(entry.path)
                if found is None:
                    return None
                entry = found
            except NotFound:
                return None
        raise SourceChanged(entry.path)

    def look(self, path: str) -> StorageEntry | None:
        """What the store says now; None where there is no such file. Raises Unavailable."""
        try:
            entry = self._library.stat_now(path)
        except NotFound:
            return None
        return None if entry.is_folder else entry

    def _read(self, entry: StorageEntry) -> Finding:
        order = DescribeOrder(source_name=entry.name, limits=self._limits)
        with self._library.open_version(entry.path, entry.version) as file:
            try:
                return finding_of(entry, self._describe(order, [file], client=CLIENT))
            except Unavailable:
                raise
            except QisError as error:
                # Damaged, too large, or a fault of a plugin: to read it again would end in the same way.
                return Finding(entry=entry, described=True, facts={"error": error.message})


def finding_of(entry: StorageEntry, description: Description) -> Finding:
    """What is to be recorded of a file that was read."""
    info = description.info
    size = info.size.turned if info.orientation >= 5 else info.size
    return Finding(
        entry=entry,
        described=True,
        width=size.width,
        height=size.height,
        facts=_facts(info),
        embedded=description.metadata,
    )


def _facts(info: SourceInfo) -> dict[str, object]:
    facts = {part.name: getattr(info, part.name) for part in fields(info) if part.name not in ("size", "facts")}
    return {**facts, "dpi": list(info.dpi) if info.dpi else None}
