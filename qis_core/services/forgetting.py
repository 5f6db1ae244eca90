"""Forgetting for good: the records of pictures and folders that are marked deleted."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import aliased

from qis_core.api import NotFound
from qis_core.db.engine import Sessions
from qis_core.db.folders import ROOT_ID, FolderRecord
from qis_core.db.images import ImageRecord
from qis_core.db.users import Status
from qis_core.db.versions import ACCESS_VERSION, touch
from qis_core.services import folder_records
from qis_core.storage.library import Library

_AT_ONCE = 500


class Forgetting:
    """Removes records with all that belongs to them: histories of pictures, permissions of folders."""

    def __init__(self, *, library: Library, reading: Sessions, writing: Sessions) -> None:
        self._library = library
        self._reading = reading
        self._writing = writing

    def some_pictures(self, folder: str) -> int:
        """Removes some records of deleted pictures in and below a folder (a clean path); 0 when none is left."""
        within = select(FolderRecord.id).where(folder_records.within(folder))
        deleted = ImageRecord.folder_id.in_(within) & (ImageRecord.status == Status.DELETED)
        chosen = select(ImageRecord.id).where(deleted).order_by(ImageRecord.id).limit(_AT_ONCE)
        with self._writing.begin() as session:
            return session.connection().execute(delete(ImageRecord).where(ImageRecord.id.in_(chosen))).rowcount

    def folders(self, folder: str) -> int:
        """Removes the records of deleted folders in and below a folder that hold nothing, from the deepest up.

        One that lies in the library again keeps its record, and so its permissions.
        """
        with self._reading() as session:
            gone = FolderRecord.status == Status.DELETED
            query = select(FolderRecord.id, FolderRecord.name).where(folder_records.within(folder), gone)
            found = session.execute(query.where(FolderRecord.id != ROOT_ID)).all()
        deepest_first = sorted(found, key=lambda row: -row[1].count("/"))
        return sum(self._forget(number) for number, name in deepest_first if not self._is_there(name[1:]))

    def _forget(self, number: int) -> int:
        with self._writing.begin() as session:
            is_gone = session.scalar(select(func.count()).where(_is_empty(number))) or 0
            if not is_gone:
                return 0
            session.execute(delete(FolderRecord).where(FolderRecord.id == number))
            touch(session, ACCESS_VERSION)
            return 1

    def _is_there(self, path: str) -> bool:
        try:
            return self._library.stat_now(path).is_folder
        except NotFound:
            return False


def _is_empty(number: int) -> ColumnElement[bool]:
    below = aliased(FolderRecord)
    return (
        exists().where(FolderRecord.id == number, FolderRecord.status == Status.DELETED)
        & ~exists().where(ImageRecord.folder_id == number)
        & ~exists().where(below.parent_id == number)
    )
