"""Originals as one ZIP file, made while it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zipstream import ZIP_STORED, ZipStream

from qis_core.api import Identity, Level, QisError, StorageEntry
from qis_core.services.access import AccessService
from qis_core.storage.library import Library

NOT_HERE = "not-included.txt"
"""A file of the archive that names what could not be put into it, where there is anything."""

_BLOCK = 256 * 1024


class Zipping:
    """Makes archives of what an identity may download. Safe to use from many threads."""

    def __init__(self, *, library: Library, access: AccessService) -> None:
        self._library = library
        self._access = access

    def archive(self, paths: Iterable[str], identity: Identity) -> Iterator[bytes]:
        """The bytes of the archive, file by file; pictures are packed as they are, being small already.

        Each file's permission is asked when its turn comes; one that may not be downloaded or is gone
        is named in ``NOT_HERE`` instead.
        """
        stream, missing = ZipStream(compress_type=ZIP_STORED), []
        for path in dict.fromkeys(paths):
            try:
                self._access.require(identity, Level.DOWNLOAD, path)
                entry = self._library.stat(path)
                blocks = self._blocks(entry)
                first = next(blocks, b"")
            except QisError as error:
                missing.append(f"{path}: {error.message}")
                continue
            stream.add(_with(first, blocks), path)
            yield from stream.all_files()
        if missing:
            stream.add("\n".join(missing).encode("utf-8", "replace") + b"\n", NOT_HERE)
        yield from stream.finalize()

    def _blocks(self, entry: StorageEntry) -> Iterator[bytes]:
        with self._library.open_version(entry.path, entry.version) as file:
            while block := file.read(_BLOCK):
                yield block


def _with(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
