"""Originals: the stored bytes themselves, for those who may have them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from qis_core.api import PUBLIC, Decoder, Identity, Level, UnsupportedFeature
from qis_core.domain.paths import clean_path
from qis_core.services.access import AccessService
from qis_core.services.finding import find_file
from qis_core.storage.library import Library

SAFE_INLINE = frozenset(
    f"image/{kind}" for kind in ("jpeg", "png", "gif", "webp", "avif", "tiff", "bmp", "x-portable-anymap")
)
"""Media types that a browser only ever shows as a picture; all others are kept from acting when inline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A stored file in one version. ``tag`` is its ETag's text, ``modified`` in seconds since 1970."""

    path: str
    size_bytes: int
    modified: float
    version: str
    tag: str
    media_type: str

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.rsplit("/", 1)[-1]


class OriginalService:
    """Finds and opens originals."""

    def __init__(self, *, library: Library, access: AccessService, decoders: Iterable[Decoder]) -> None:
        self._library = library
        self._access = access
        self._media_types = {
            extension: decoder.media_types[0] for decoder in decoders for extension in reversed(decoder.extensions)
        }

    def find(self, source: str, identity: Identity) -> Original:
        """The original ``source``. Raises Refused, NotFound, or UnsupportedFeature for what is no picture here."""
        path = clean_path(source)
        self._access.require(identity, Level.DOWNLOAD, path)
        return self._described(path)

    def is_public(self, path: str) -> bool:
        """Whether everybody may download it."""
        return self._access.allows(PUBLIC, Level.DOWNLOAD, path)

    def open(self, original: Original) -> BinaryIO:
        """Its bytes as a seekable stream. Raises NotFound, and SourceChanged where it is another version now."""
        return self._library.open_version(original.path, original.version)

    def is_local_file(self, original: Original) -> bool:
        """Whether a front server on this machine, or with the same disks, can open it. Raises NotFound."""
        return self._library.local_path(original.path) is not None

    def _described(self, path: str) -> Original:
        entry, _ = find_file(self._library, path)
        return Original(
            path=path,
            size_bytes=entry.size_bytes,
            modified=entry.modified,
            version=entry.version,
            tag=hashlib.sha256(f"{path}\0{entry.version}".encode("utf-8", "surrogateescape")).hexdigest()[:32],
            media_type=self._media_type(entry.name),
        )

    def _media_type(self, name: str) -> str:
        extension = name.rpartition(".")[2].lower()
        if extension not in self._media_types:
            known = ", ".join(sorted(self._media_types))
            raise UnsupportedFeature(f"{name!r} is not an image that can be served here; the endings are {known}")
        return self._media_types[extension]
