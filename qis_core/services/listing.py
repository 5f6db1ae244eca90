"""A folder as the library shows it: its pictures in some order, a page at a time, its sub-folders, and the tree.

In the order of names the store tells what there is, from any name on; other orders and filters
are those of the records, which follow the files.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Row, UnaryExpression, func, or_, select

from qis_core.api import Identity, Level, StorageEntry
from qis_core.db.engine import Sessions
from qis_core.db.folders import ROOT_ID, FolderRecord, folder_key
from qis_core.db.images import ImageRecord, image_key
from qis_core.db.users import Status
from qis_core.domain.paths import clean_folder
from qis_core.services.access import AccessService
from qis_core.services.browse import Folder
from qis_core.services.catalogue import Catalogue, PictureEntry
from qis_core.services.recorded_facts import colours_of
from qis_core.storage.library import Library

PAGE_LENGTH = 120
"""Pictures that are shown at once."""

COVERS = 24
"""Sub-folders that are shown by their first picture, where a folder has no pictures of its own."""

MOST_ENTRIES = 20_000
"""Entries of a folder that are looked through for sub-folders."""


class Order(enum.StrEnum):
    """How a folder's pictures are sorted."""

    NAME = "name"
    NAME_DOWN = "-name"
    NEWEST = "newest"
    OLDEST = "oldest"
    LARGEST = "largest"
    SMALLEST = "smallest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A picture in a list. ``width`` and ``height`` are 0 until it has been read; ``changed`` is the
    time of its file or, in orders of the records, of its record; ``version`` is the file's, ``colours`` are
    the picture's main ones (`colours_of`)."""

    id: int
    path: str
    title: str
    width: int
    height: int
    size_bytes: int
    changed: datetime
    version: str
    colours: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A folder in the tree: how deep it lies, whether it is shown or leads to the one that is."""

    folder: Folder
    depth: int
    is_open: bool
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The first picture of a folder: its path and version, and its main colours (`colours_of`)."""

    path: str
    version: str
    colours: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of a folder. ``covers`` has the first pictures of sub-folders by path, where the folder has none
    itself. ``total`` counts the recorded pictures that the filter lets through;
    ``after`` (a name) or ``start`` (a number, 0 at the end) resumes."""

    folder: Folder
    breadcrumbs: Sequence[Folder]
    folders: Sequence[Folder]
    covers: Mapping[str, Cover]
    tree: Sequence[Branch]
    tiles: Sequence[Tile]
    total: int
    after: str = ""
    start: int = 0


class Lister:
    """Lists folders for an identity. Safe to use from many threads."""

    def __init__(self, *, library: Library, access: AccessService, catalogue: Catalogue, sessions: Sessions) -> None:
        """``sessions`` are for reading."""
        self._library = library
        self._access = access
        self._catalogue = catalogue
        self._sessions = sessions

    def listing(
        self,
        path: str,
        identity: Identity,
        *,
        order: Order = Order.NAME,
        words: str = "",
        after: str = "",
        start: int = 0,
    ) -> Listing:
        """A folder, in ``order``, of what has all ``words`` in its name or title. Raises NotFound, Refused."""
        path = clean_folder(path)
        self._access.require(identity, Level.VIEW, path)
        by_name = order is Order.NAME and not words
        tiles = self._by_name(path, after) if by_name else self._by_record(path, order, words, start)
        more, tiles = len(tiles) > PAGE_LENGTH, tiles[:PAGE_LENGTH]
        is_first = not after and not start
        folders = list(self._folders(path, identity)) if is_first and not words else []
        return Listing(
            folder=Folder(path=path),
            breadcrumbs=[Folder(path=above) for above in _way(path)],
            folders=folders,
            covers={} if tiles else self._covers(folders[:COVERS]),
            tree=self._tree(path, identity),
            tiles=tiles,
            total=self._count(path, words),
            after=tiles[-1].path.rpartition("/")[2] if more and by_name else "",
            start=start + PAGE_LENGTH if more and not by_name else 0,
        )

    def neighbours(self, src: str, folder_id: int) -> tuple[str, str]:
        """The paths of the pictures before and after one in its folder, by name; '' at either end."""
        name = src.rpartition("/")[2]
        active = select(ImageRecord.src).where(ImageRecord.folder_id == folder_id, ImageRecord.status == Status.ACTIVE)
        before = active.where(ImageRecord.filename < name).order_by(ImageRecord.filename.desc()).limit(1)
        behind = active.where(ImageRecord.filename > name).order_by(ImageRecord.filename).limit(1)
        with self._sessions() as session:
            return session.scalar(before) or "", session.scalar(behind) or ""

    def known(self, paths: Iterable[str], identity: Identity) -> Mapping[str, Tile]:
        """What is recorded of these pictures, by path: of those that are there and that who asks may view."""
        allowed = (path for path in paths if self._catalogue.recordable.has_name(path))
        keys = [image_key(path) for path in allowed if self._access.allows(identity, Level.VIEW, path)]
        query = select(*_OF_TILES).where(ImageRecord.key.in_(keys), ImageRecord.status == Status.ACTIVE)
        with self._sessions() as session:
            return {row.src: _tile_of_record(row) for row in session.execute(query)}

    def _by_name(self, path: str, after: str) -> list[Tile]:
        pictures = (entry for entry in self._entries(path, after) if self._is_picture(entry))
        found = list(islice(pictures, PAGE_LENGTH + 1))
        known = self._catalogue.pictures(found)
        return [_tile_of(entry, known.get(entry.path)) for entry in found]

    def _by_record(self, path: str, order: Order, words: str, start: int) -> list[Tile]:
        query = select(*_OF_TILES).where(*_in_folder(path, words)).order_by(_ORDERS[order], ImageRecord.filename)
        query = query.offset(start).limit(PAGE_LENGTH + 1)
        with self._sessions() as session:
            return [_tile_of_record(row) for row in session.execute(query)]

    def _count(self, path: str, words: str) -> int:
        with self._sessions() as session:
            return session.scalar(select(func.count()).select_from(ImageRecord).where(*_in_folder(path, words))) or 0

    def _is_picture(self, entry: StorageEntry) -> bool:
        return not entry.is_folder and self._catalogue.recordable.is_picture(entry.path)

    def _folders(self, path: str, identity: Identity) -> Iterator[Folder]:
        for entry in islice(self._entries(path, ""), MOST_ENTRIES):
            if entry.is_folder and self._access.allows(identity, Level.VIEW, entry.path):
                yield Folder(path=entry.path)

    def _covers(self, folders: Sequence[Folder]) -> Mapping[str, Cover]:
        found: dict[str, StorageEntry] = {}
        for folder in folders:
            entries = islice(self._entries(folder.path, ""), 50)
            first = next((entry for entry in entries if self._is_picture(entry)), None)
            if first is not None:
                found[folder.path] = first
        colours = self._colours([entry.path for entry in found.values()])
        return {
            folder: Cover(path=entry.path, version=entry.version, colours=colours.get(entry.path, ()))
            for folder, entry in found.items()
        }

    def _colours(self, paths: Sequence[str]) -> Mapping[str, Sequence[str]]:
        keys = [image_key(path) for path in paths if self._catalogue.recordable.has_name(path)]
        query = select(ImageRecord.src, ImageRecord.facts).where(ImageRecord.key.in_(keys))
        with self._sessions() as session:
            return {row.src: colours_of(row.facts) for row in session.execute(query)}

    def _tree(self, path: str, identity: Identity) -> Sequence[Branch]:
        """The recorded folders beside and above the path, and right below it, as far as they may be viewed."""
        way = _way(path)
        children: dict[str, list[str]] = {}
        keys = [folder_key("/" + above) for above in way]
        parent = select(FolderRecord.id).where(FolderRecord.key.in_(keys))
        query = select(FolderRecord.name).where(
            FolderRecord.parent_id.in_(parent), FolderRecord.status == Status.ACTIVE, FolderRecord.id != ROOT_ID
        )
        with self._sessions() as session:
            for name in sorted(session.scalars(query)):
                if self._access.allows(identity, Level.VIEW, name[1:]):
                    children.setdefault(name[1:].rpartition("/")[0], []).append(name[1:])
        return list(_branches("", path, frozenset(way), children, depth=0))

    def _entries(self, path: str, after: str) -> Iterator[StorageEntry]:
        while True:
            page = self._library.list(path, after=after, limit=1000)
            yield from page.entries
            after = page.after
            if not after:
                return


_OF_TILES = (
    ImageRecord.id, ImageRecord.src, ImageRecord.title, ImageRecord.width, ImageRecord.height,
    ImageRecord.size_bytes, ImageRecord.updated, ImageRecord.version, ImageRecord.facts,
)  # fmt: skip

_ORDERS: Mapping[Order, UnaryExpression[Any]] = {
    Order.NAME: ImageRecord.filename.asc(),
    Order.NAME_DOWN: ImageRecord.filename.desc(),
    Order.NEWEST: ImageRecord.updated.desc(),
    Order.OLDEST: ImageRecord.updated.asc(),
    Order.LARGEST: ImageRecord.size_bytes.desc(),
    Order.SMALLEST: ImageRecord.size_bytes.asc(),
}


def _in_folder(path: str, words: str) -> list[ColumnElement[bool]]:
    folder = select(FolderRecord.id).where(FolderRecord.key == folder_key("/" + path)).scalar_subquery()
    return [
        ImageRecord.folder_id == folder,
        ImageRecord.status == Status.ACTIVE,
        *(
            or_(
                ImageRecord.filename.icontains(word, autoescape=True),
                ImageRecord.title.icontains(word, autoescape=True),
            )
            for word in words.split()[:8]
        ),
    ]


def _branches(
    root: str, here: str, way: frozenset[str], children: Mapping[str, Sequence[str]], depth: int
) -> Iterator[Branch]:
    for child in children.get(root, ()):
        is_open = child in way
        yield Branch(folder=Folder(path=child), depth=depth, is_open=is_open, is_here=child == here)
        if is_open:
            yield from _branches(child, here, way, children, depth + 1)


def _way(path: str) -> list[str]:
    parts = path.split("/") if path else []
    return ["/".join(parts[:count]) for count in range(len(parts) + 1)]


def _tile_of_record(row: Row[Any]) -> Tile:
    return Tile(
        id=row.id, path=row.src, title=row.title, width=row.width, height=row.height,
        size_bytes=row.size_bytes, changed=row.updated, version=row.version, colours=colours_of(row.facts),
    )  # fmt: skip


def _tile_of(entry: StorageEntry, record: PictureEntry | None) -> Tile:
    # A file whose name is no text has no record, and is shown all the same.
    return Tile(
        id=record.id if record else 0,
        path=entry.path,
        title=record.title if record else "",
        width=record.width if record else 0,
        height=record.height if record else 0,
        size_bytes=entry.size_bytes,
        changed=datetime.fromtimestamp(entry.modified, UTC),
        version=entry.version,
        colours=record.colours if record else (),
    )
