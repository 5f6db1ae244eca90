"""Stores of originals, opened from a URL and mounted at a folder of the library."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageEntry:
    """One file or folder. ``path`` is relative to the store, with ``/`` between its parts.

    ``modified`` is in seconds since 1970; ``version`` changes whenever the bytes do.
    """

    path: str
    is_folder: bool = False
    size_bytes: int = 0
    modified: float = 0.0
    version: str = ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoragePage:
    """Some entries of a folder in name order; ``after`` resumes, '' when it was the last page."""

    entries: Sequence[StorageEntry]
    after: str = ""


class Storage(ABC):
    """A store of originals. Paths are relative, were cleaned by the core, and are still hostile:
    a store never answers for anything outside its root, links included (NotFound)."""

    @abstractmethod
    def stat(self, path: str) -> StorageEntry:
        """What is known of a file or folder. Raises NotFound."""

    @abstractmethod
    def open(self, path: str) -> BinaryIO:
        """The file as a seekable stream; stays readable when it is replaced meanwhile. Raises NotFound."""

    @abstractmethod
    def list(self, folder: str, *, after: str = "", limit: int = 1000) -> StoragePage:
        """Files and folders of ``folder`` ('' is the root) in name order, hidden ones left out. Raises NotFound."""

    @abstractmethod
    def write(self, path: str, chunks: Iterable[bytes], *, overwrite: bool) -> StorageEntry:
        """Stores a file, complete or not at all. Raises AlreadyExists, NotFound for the folder."""

    @abstractmethod
    def move(self, path: str, to: str) -> StorageEntry:
        """Renames a file or folder. Raises NotFound, AlreadyExists."""

    @abstractmethod
    def delete(self, path: str) -> None:
        """Removes a file. Raises NotFound."""

    @abstractmethod
    def make_folder(self, path: str) -> StorageEntry:
        """Makes a folder and those above it. Raises AlreadyExists."""

    @abstractmethod
    def remove_folder(self, path: str) -> None:
        """Removes an empty folder. Raises NotFound, or AlreadyExists where it is not empty."""

    def link(self, stream: BinaryIO, path: str) -> bool:
        """Gives an open file of this machine a free name in the store as well, without copying a byte.

        False where that cannot be done, and ``write`` has to. What has got names in a folder outlasts
        a power cut from the next ``sync`` of it on. Raises AlreadyExists, NotFound for the folder.
        """
        return False

    def sync(self, folder: str) -> None:  # noqa: B027 -- most stores keep what they have answered for.
        """Makes sure that the names which ``link`` has given in a folder outlast a power cut."""

    def tidy(self, folder: str) -> None:  # noqa: B027 -- most stores have nothing to tidy.
        """Removes what writes have left in a folder whose process was killed; never what is being written."""

    def local_path(self, path: str) -> Path | None:
        """The file's place on this machine ('' gives the root's), or None where there is none. Raises NotFound."""
        return None

    def direct_url(self, path: str, seconds: int) -> str | None:
        """A URL where the bytes can be had for ``seconds`` without this server, or None."""
        return None


class StorageProvider(ABC):
    """Opens stores of one URL scheme (``file:///srv/pictures``)."""

    scheme: str

    @abstractmethod
    def open(self, url: str) -> Storage:
        """The store. Raises Unavailable or NotFound with a text for the operator."""
