"""Looking through the library: a folder's pictures, its sub-folders, and the way back up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from qis_core.api import Decoder, Identity, Level, NotFound, StorageEntry
from qis_core.domain.paths import clean_folder, clean_path, folder_of
from qis_core.domain.query import readable
from qis_core.services.access import AccessService
from qis_core.storage.library import Library

PAGE_LENGTH = 60
"""Pictures on one page of a folder."""

SHELF_LENGTH = 8
"""Pictures of a sub-folder that are shown on its shelf."""

SHELVES = 12
"""Sub-folders that get a shelf."""

MOST_ENTRIES = 10_000
"""Entries of a folder that are looked through for sub-folders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture in the library. ``version`` changes whenever its bytes do."""

    path: str
    size_bytes: int
    version: str

    @property
    def name(self) -> str:
        """The file's name, to be read: U+FFFD stands for bytes that are no text."""
        return readable(self.path.rpartition("/")[2])

    @property
    def folder(self) -> str:
        """The path of its folder, '' for the library's root."""
        return folder_of(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder's path and name; the root's are ''."""

    path: str

    @property
    def name(self) -> str:
        """The last part of the path, to be read."""
        return readable(self.path.rpartition("/")[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The first pictures of a sub-folder; ``more`` says that there are others."""

    folder: Folder
    pictures: Sequence[Picture]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderView:
    """One folder as a page shows it.

    ``breadcrumbs`` lead from the root to this folder; ``after`` resumes the pictures, '' at the
    end. ``shelves`` are filled where the folder holds folders and no pictures of its own.
    """

    folder: Folder
    breadcrumbs: Sequence[Folder]
    folders: Sequence[Folder]
    pictures: Sequence[Picture]
    shelves: Sequence[Shelf] = ()
    after: str = ""


class Browser:
    """Lists what an identity may see. Pictures are the files whose extension a decoder claims."""

    def __init__(self, *, library: Library, access: AccessService, decoders: Iterable[Decoder]) -> None:
        self._library = library
        self._access = access
        self._extensions = frozenset(ending for decoder in decoders for ending in decoder.extensions)

    def folder(self, path: str, identity: Identity, *, after: str = "") -> FolderView:
        """A folder of the library, from the name ``after`` on. Raises NotFound, Refused."""
        path = clean_folder(path)
        self._access.require(identity, Level.VIEW, path)
        pictures = [_picture(entry) for entry in islice(self._pictures(path, after), PAGE_LENGTH + 1)]
        more, pictures = len(pictures) > PAGE_LENGTH, pictures[:PAGE_LENGTH]
        folders = [] if after else list(self._folders(path, identity))
        return FolderView(
            folder=Folder(path=path),
            breadcrumbs=_breadcrumbs(path),
            folders=folders,
            pictures=pictures,
            shelves=[] if pictures else [self._shelf(folder) for folder in folders[:SHELVES]],
            after=pictures[-1].path.rpartition("/")[2] if more else "",
        )

    def picture(self, path: str, identity: Identity) -> Picture:
        """A picture of the library. Raises NotFound, Refused."""
        path = clean_path(path)
        self._access.require(identity, Level.VIEW, path)
        entry = self._library.stat(path)
        if entry.is_folder:
            raise NotFound("there is no such image")
        return _picture(entry)

    def may_download(self, picture: Picture, identity: Identity) -> bool:
        """Whether ``identity`` may have the original's bytes."""
        return self._access.allows(identity, Level.DOWNLOAD, picture.path)

    def find(self, names: Iterable[str], identity: Identity) -> Picture | None:
        """The first of these pictures that is there for ``identity``."""
        for name in names:
            try:
                if self._access.allows(identity, Level.VIEW, name):
                    return _picture(self._library.stat(name))
            except NotFound:
                continue
        return None

    def _shelf(self, folder: Folder) -> Shelf:
        found = [_picture(entry) for entry in islice(self._pictures(folder.path), SHELF_LENGTH + 1)]
        return Shelf(folder=folder, pictures=found[:SHELF_LENGTH], more=len(found) > SHELF_LENGTH)

    def _pictures(self, path: str, after: str = "") -> Iterator[StorageEntry]:
        for entry in self._entries(path, after):
            if not entry.is_folder and entry.name.rpartition(".")[2].lower() in self._extensions:
                yield entry

    def _folders(self, path: str, identity: Identity) -> Iterator[Folder]:
        # In a folder of very many files, sub-folders that come late in the order are not looked for.
        for entry in islice(self._entries(path, ""), MOST_ENTRIES):
            if entry.is_folder and self._access.allows(identity, Level.VIEW, entry.path):
                yield Folder(path=entry.path)

    def _entries(self, path: str, after: str) -> Iterator[StorageEntry]:
        while True:
            page = self._library.list(path, after=after)
            yield from page.entries
            after = page.after
            if not after:
                return


def _picture(entry: StorageEntry) -> Picture:
    return Picture(path=entry.path, size_bytes=entry.size_bytes, version=entry.version)


def _breadcrumbs(path: str) -> list[Folder]:
    parts = path.split("/") if path else []
    return [Folder(path="/".join(parts[:count])) for count in range(len(parts) + 1)]
