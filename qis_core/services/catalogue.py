"""The library as its records tell of it: a folder's files, one picture, one folder, for who may view them.

Files decide what there is; a picture or folder that has no record yet gets one as it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from qis_core.api import Identity, Level, NotFound, StorageEntry, UnsupportedFeature
from qis_core.db.engine import Sessions
from qis_core.db.folders import ROOT_ID, FolderRecord, folder_key
from qis_core.db.images import ImageAction, ImageHistory, ImageRecord, image_key
from qis_core.db.users import Status
from qis_core.domain.paths import clean_folder, clean_path, folder_of, no_such_image
from qis_core.domain.query import readable
from qis_core.services.access import AccessService
from qis_core.services.describing import Describer, Recordable
from qis_core.services.finding import find_file
from qis_core.services.pictures import Finding, PictureRecords
from qis_core.services.recorded_facts import colours_of
from qis_core.storage.library import Library

_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureEntry:
    """What is recorded of a picture. ``width`` and ``height`` are 0 and ``facts`` empty until it has been read."""

    id: int
    src: str
    folder_id: int
    filename: str
    title: str
    description: str
    width: int
    height: int
    status: int
    facts: Mapping[str, Any]

    @property
    def colours(self) -> Sequence[str]:
        """Its main colours, as `colours_of` gives them."""
        return colours_of(self.facts)


_COLUMNS = (
    ImageRecord.id,
    ImageRecord.src,
    ImageRecord.folder_id,
    ImageRecord.filename,
    ImageRecord.title,
    ImageRecord.description,
    ImageRecord.width,
    ImageRecord.height,
    ImageRecord.status,
    ImageRecord.facts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderEntry:
    """A folder, the one above it (None for the root, and where it may not be viewed), and those right below it."""

    folder: FolderRecord
    parent: FolderRecord | None
    children: Sequence[FolderRecord]


class Catalogue:
    """Looks things up for an identity. Safe to use from many threads."""

    def __init__(
        self,
        *,
        library: Library,
        access: AccessService,
        records: PictureRecords,
        sessions: Sessions,
        describer: Describer,
        recordable: Recordable,
    ) -> None:
        """``sessions`` are for reading."""
        self._library = library
        self._access = access
        self._records = records
        self._sessions = sessions
        self._describer = describer
        self.recordable = recordable

    def files(self, path: str, identity: Identity, *, start: int, limit: int) -> Sequence[StorageEntry]:
        """The files of a folder in the order of their names. Raises NotFound, Refused."""
        path = clean_folder(path)
        self._access.require(identity, Level.VIEW, path)
        names = (entry for entry in self._entries(path, start + limit) if not entry.is_folder)
        return list(islice(names, start, start + limit))

    def pictures(self, files: Iterable[StorageEntry]) -> Mapping[str, PictureEntry]:
        """What is recorded of those of the files of one folder that are pictures, by path."""
        wanted = {entry.path: entry for entry in files if self.recordable(entry.path)}
        found = self._recorded(wanted)
        missing = [wanted[path] for path in wanted if path not in found]
        if missing:
            # Nobody waits until so many are read: their sizes follow.
            self._records.keep([Finding(entry=entry) for entry in missing])
            found = self._recorded(wanted)
        return found

    def picture(self, src: str, identity: Identity) -> PictureEntry:
        """A picture. Raises NotFound, Refused, UnsupportedFeature for a file that is no readable picture."""
        return _entry(self._record(src, identity))

    def facts(self, src: str, identity: Identity) -> Mapping[str, object]:
        """What a picture is: ``format``, ``pages``, ``frames`` …, ``width`` and ``height``. Raises as ``picture``."""
        record = self._record(src, identity)
        return {**record.facts, "width": record.width, "height": record.height}

    def _record(self, src: str, identity: Identity) -> ImageRecord:
        path = clean_path(src)
        self._access.require(identity, Level.VIEW, path)
        entry, _ = find_file(self._library, path)
        if not self.recordable.is_picture(path):
            raise UnsupportedFeature("src: no installed decoder reads files of this name")
        if not self.recordable.has_name(path):
            raise UnwrittenName(path)
        known = self._records.known([path]).get(path)
        if known is None or not known.tells(entry, described=True):
            finding = self._describer.of(entry)
            if finding is None:
                raise no_such_image()
            self._records.keep([finding])
        with self._sessions() as session:
            record = session.scalars(select(ImageRecord).where(ImageRecord.key == image_key(path))).one()
        if "error" in record.facts:
            raise UnsupportedFeature(f"src: {record.facts['error']}")
        return record

    def picture_numbered(self, session: Session, number: int, identity: Identity, level: Level) -> ImageRecord:
        """The record of that number, which ``identity`` has ``level`` on. Raises NotFound, Refused."""
        record = session.get(ImageRecord, number)
        if record is None:
            raise NotFound(f"there is no image {number}")
        self._access.require(identity, level, record.src)
        return record

    def edit(
        self,
        session: Session,
        number: int,
        identity: Identity,
        *,
        title: str | None = None,
        description: str | None = None,
        focal: tuple[tuple[float, float] | None] | None = None,
    ) -> ImageRecord:
        """Changes what is told of a picture, within ``session``; None leaves it. Raises NotFound, Refused.

        ``focal`` holds the new focal point, as fractions of the upright picture, or None to forget it.
        """
        record = self.picture_numbered(session, number, identity, Level.EDIT)
        if record.status != Status.ACTIVE:
            raise NotFound(f"the image {number} is deleted")
        changed = [
            name
            for name, value in (("title", title), ("description", description))
            if value is not None and value != getattr(record, name)
        ]
        record.title = record.title if title is None else title
        record.description = record.description if description is None else description
        if focal is not None and focal[0] != (point := _focal(record)):
            record.focal_x, record.focal_y = focal[0] or (None, None)
            changed.append(
                "focal point removed" if focal[0] is None else "focal point moved" if point else "focal point"
            )
        if changed:
            told = ", ".join(changed)
            session.add(
                ImageHistory(image_id=record.id, user_id=identity.id, action=ImageAction.EDITED, action_info=told)
            )
        session.flush()
        return record

    def folder(self, path: str, identity: Identity, statuses: Sequence[int] = (Status.ACTIVE,)) -> FolderEntry:
        """The folder at a path, a deleted one where ``statuses`` say so. Raises NotFound, Refused."""
        path = clean_folder(path)
        self._access.require(identity, Level.VIEW, path)
        record = self._folder(path)
        if record is None or record.status != Status.ACTIVE:
            if self._is_folder(path):
                self._records.keep_folder(path)
                record = self._folder(path)
            elif Status.DELETED not in statuses:
                raise NotFound("there is no such folder")
            if record is None:
                raise NotFound("there is no such folder")
        return self._with_neighbours(record, identity, statuses)

    def folder_numbered(self, number: int, identity: Identity, statuses: Sequence[int]) -> FolderEntry:
        """The folder of that number. Raises NotFound, Refused."""
        with self._sessions() as session:
            record = session.get(FolderRecord, number)
        if record is None:
            raise NotFound(f"there is no folder {number}")
        self._access.require(identity, Level.VIEW, record.path)
        return self._with_neighbours(record, identity, statuses)

    def folders(self, numbers: Iterable[int]) -> Mapping[int, FolderRecord]:
        """Records of folders by number."""
        with self._sessions() as session:
            found = session.scalars(select(FolderRecord).where(FolderRecord.id.in_(set(numbers))))
            return {record.id: record for record in found}

    def _with_neighbours(self, record: FolderRecord, identity: Identity, statuses: Sequence[int]) -> FolderEntry:
        if record.status == Status.ACTIVE and Status.ACTIVE in statuses:
            self._keep_children(record)
        with self._sessions() as session:
            parent = session.get(FolderRecord, record.parent_id) if record.parent_id is not None else None
            query = select(FolderRecord).where(
                FolderRecord.parent_id == record.id, FolderRecord.id != ROOT_ID, FolderRecord.status.in_(statuses)
            )
            # Ordered here: databases of different languages would not agree.
            children = sorted(session.scalars(query), key=lambda child: child.name)
        return FolderEntry(
            folder=record,
            parent=parent if parent is not None and self._may_view(identity, parent.path) else None,
            children=[child for child in children if self._may_view(identity, child.path)],
        )

    def _keep_children(self, record: FolderRecord) -> None:
        known = set(self._records.folders_in(record.path))
        missing = [
            entry.path
            for entry in self._entries(record.path, _AT_ONCE)
            if entry.is_folder and entry.path not in known and self.recordable.has_name(entry.path)
        ]
        if missing:
            self._records.keep_folder(*missing)

    def _folder(self, path: str) -> FolderRecord | None:
        try:
            key = folder_key("/" + path)
        except UnicodeEncodeError:
            raise NotFound("there is no such folder") from None
        with self._sessions() as session:
            return session.scalars(select(FolderRecord).where(FolderRecord.key == key)).one_or_none()

    def _is_folder(self, path: str) -> bool:
        try:
            return not path or self._library.stat(path).is_folder
        except NotFound:
            return False

    def _may_view(self, identity: Identity, path: str) -> bool:
        return self._access.allows(identity, Level.VIEW, path)

    def _recorded(self, wanted: Mapping[str, StorageEntry]) -> Mapping[str, PictureEntry]:
        """Those of the wanted pictures of one folder that have an active record."""
        if not wanted:
            return {}
        names = sorted(path.rpartition("/")[2] for path in wanted)
        folder = select(FolderRecord.id).where(FolderRecord.key == folder_key("/" + folder_of(next(iter(wanted)))))
        query = select(*_COLUMNS).where(
            ImageRecord.folder_id == folder.scalar_subquery(),
            ImageRecord.filename.between(names[0], names[-1]),
            ImageRecord.status == Status.ACTIVE,
        )
        with self._sessions() as session:
            rows = [PictureEntry(**row._mapping) for row in session.execute(query)]
        return {row.src: row for row in rows if row.src in wanted}

    def _entries(self, path: str, enough: int) -> Iterator[StorageEntry]:
        after = ""
        while True:
            page = self._library.list(path, after=after, limit=max(1000, min(enough + 1, _AT_ONCE)))
            yield from page.entries
            after = page.after
            if not after:
                return


class UnwrittenName(UnsupportedFeature):
    """A file, or a folder above it, has a name that is no text; nothing can be recorded of it."""

    code = "unwritten-name"

    def __init__(self, path: str) -> None:
        shown = next((readable(name) for name in path.split("/") if readable(name) != name), readable(path))
        super().__init__(
            f"the name {shown!r} is not written in UTF-8, so nothing can be recorded of what has it; its image URLs "
            "work all the same. Rename it where the files are kept"
        )


def _focal(record: ImageRecord) -> tuple[float, float] | None:
    return None if record.focal_x is None or record.focal_y is None else (record.focal_x, record.focal_y)


def _entry(record: ImageRecord) -> PictureEntry:
    return PictureEntry(**{column.key: getattr(record, column.key) for column in _COLUMNS})
