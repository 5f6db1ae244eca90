"""Finds out what a picture is: its size, its format, and the metadata in it, read in a render worker."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields, replace
from typing import BinaryIO

from qis_core.api import Decoder, Limits, NotFound, QisError, SourceInfo, StorageEntry, Unavailable
from qis_core.domain.paths import clean_path
from qis_core.imaging.description import Description, Metadata
from qis_core.imaging.orders import DescribeOrder
from qis_core.services.looking import Look
from qis_core.services.pictures import Analysis, Finding
from qis_core.storage.library import Library, SourceChanged

Describe = Callable[..., Description]
"""`RenderPool.describe`."""

Copies = Callable[[StorageEntry], AbstractContextManager[Mapping[float, BinaryIO]]]
"""Opens what reduced copies there are of a picture's first page, by the number that their sides are divided by."""

CLIENT = "library"
"""Whom descriptions count for in the queue of render workers: requests of people have turns of their own."""

_ATTEMPTS = 3
_log = logging.getLogger("qis.library")


def _no_copies(entry: StorageEntry) -> AbstractContextManager[Mapping[float, BinaryIO]]:
    return nullcontext({})


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
    """Reads pictures of a library, and has analysers ``look`` at them. Safe to use from many threads."""

    def __init__(
        self,
        *,
        library: Library,
        describe: Describe,
        limits: Limits,
        look: Look | None = None,
        copies: Copies = _no_copies,
    ) -> None:
        """``copies`` opens the reduced copies of a picture, which analysers look at where there are any."""
        self._copies = copies
        self._library = library
        self._describe = describe
        self._limits = limits
        self._look = look

    @property
    def analyses(self) -> bool:
        """Whether there are analysers."""
        return self._look is not None and self._look.analysis != ""

    def of(self, entry: StorageEntry, *, analysed: bool = True) -> Finding | None:
        """What the picture is now, which may be another version than ``entry`` tells; None where it is gone.

        What analysers find is left out unless it is to be ``analysed``. A file that is no readable picture is a
        finding too, whose facts have ``error``. Raises Unavailable where the store or the render workers are away.
        """
        for _ in range(_ATTEMPTS):
            try:
                return self._read(entry, self._look if analysed else None)
            except SourceChanged:
                found = self.look(entry.path)
                if found is None:
                    return None
                entry = found
            except NotFound:
                return None
        raise SourceChanged(entry.path)

    def analysis(self, entry: StorageEntry) -> Analysis | None:
        """What analysers find in the picture; None where that version of it is gone. Raises Unavailable."""
        look, order = self._look, DescribeOrder(source_name=entry.name, limits=self._limits)
        if look is None:
            return None
        try:
            with self._library.open_version(entry.path, entry.version) as file:
                found = _found(self._looked(order, look, file, entry))
        except (SourceChanged, NotFound):
            return None
        return Analysis(path=entry.path, version=entry.version, found=found, analysis=look.analysis)

    def finding(self, entry: StorageEntry, description: Description) -> Finding:
        """What is to be recorded of a file that was read, and looked at by the analysers."""
        return _finding(entry, description, self._look)

    def look(self, path: str) -> StorageEntry | None:
        """What the store says now; None where there is no such file. Raises Unavailable."""
        try:
            entry = self._library.stat_now(path)
        except NotFound:
            return None
        return None if entry.is_folder else entry

    def _read(self, entry: StorageEntry, look: Look | None) -> Finding:
        order = DescribeOrder(source_name=entry.name, limits=self._limits)
        with self._library.open_version(entry.path, entry.version) as file:
            try:
                description = self._describe(order, [file], client=CLIENT)
                if look is not None:
                    file.seek(0)
                    description = replace(description, found=self._looked(order, look, file, entry))
                return _finding(entry, description, look)
            except Unavailable:
                raise
            except QisError as error:
                # Damaged, too large, or a fault of a plugin: to read it again would end in the same way.
                facts = {"error": error.message}
                return Finding(entry=entry, described=True, facts=facts, analysis=look.analysis if look else "")

    def _looked(self, order: DescribeOrder, look: Look, file: BinaryIO, entry: StorageEntry) -> Metadata:
        """What each analyser finds. An order of its own: what cannot be decoded can still be described."""
        try:
            with self._copies(entry) as copies:
                levels = {shrink: number for number, shrink in enumerate(copies, start=1)}
                order = replace(look.order(order), levels=levels)
                return self._describe(order, [file, *copies.values()], client=CLIENT).found
        except Unavailable:
            raise
        except QisError as error:
            _log.info("no analyser can look at %s: %s", order.source_name, error)
            return {}


def _finding(entry: StorageEntry, description: Description, look: Look | None) -> Finding:
    info = description.info
    size = info.size.turned if info.orientation >= 5 else info.size
    found = _found(description.found)
    return Finding(
        entry=entry,
        described=True,
        width=size.width,
        height=size.height,
        facts=_facts(info) | ({"found": found} if found else {}),
        embedded=description.metadata,
        analysis=look.analysis if look else "",
    )


def _found(found: Metadata) -> Mapping[str, object]:
    """By name what all analysers have found; of two with the same name, what the first has."""
    merged: dict[str, object] = {}
    for facts in found.values():
        merged = {**facts, **merged}
    return merged


def _facts(info: SourceInfo) -> dict[str, object]:
    facts = {part.name: getattr(info, part.name) for part in fields(info) if part.name not in ("size", "facts")}
    return {**facts, "dpi": list(info.dpi) if info.dpi else None}
