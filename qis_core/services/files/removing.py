"""Deleting files and folders into the trash, and having them back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete
from sqlalchemy.orm import Session

from qis_core.api import ImageAdded, ImageDeleted
from qis_core.db.file_changes import TrashEntry
from qis_core.db.images import ImageRecord
from qis_core.services import audit, folder_records
from qis_core.services.files import recording
from qis_core.services.files.changes import UNPLANNED, Change, Parts, kind
from qis_core.services.files.trashing import lay_into_trash, trash_entry
from qis_core.services.files.trees import (
    CONTENT,
    Piece,
    Progress,
    below,
    copy_tree,
    pieces,
    read_manifest,
    remove_copies,
    remove_pieces,
    remove_tree,
)


@kind("delete")
@dataclass(kw_only=True)
class Deleting(Change):
    """Deletes the picture ``image_id`` at ``path``, or the folder there.

    Files are copied into the folder ``place`` of the trash (only listed there unless ``keeps``), the
    records then tell that they are deleted, and at last they go from the library.
    """

    path: str
    place: str
    image_id: int | None = None
    keeps: bool = True
    tree: Sequence[Piece] | None = field(default=None, metadata=UNPLANNED, repr=False)
    deleted: Sequence[str] = field(default=(), metadata=UNPLANNED, repr=False)

    @property
    def claims(self) -> Sequence[str]:
        return [self.path]

    def work(self, parts: Parts, progress: Progress) -> None:
        self.tree = lay_into_trash(parts, self.path, self.place, progress, keeps=self.keeps)

    def undo(self, parts: Parts) -> None:
        remove_tree(parts.trash, self.place)

    def record(self, session: Session) -> None:
        assert self.tree is not None
        if self.image_id is None:
            which = recording.in_folder(self.path)
            audit.record(session, self.who.actor, audit.Action.FOLDER_REMOVED, "/" + self.path)
        else:
            which = ImageRecord.id == self.image_id
        self.deleted = recording.delete_images(session, which, self.who.id, "")
        if self.image_id is None:
            folder_records.mark_deleted(session, self.path)
        if self.keeps:
            user_id = recording.known_user(session, self.who.id)
            session.add(trash_entry(self.path, self.place, self.tree, image_id=self.image_id, user_id=user_id))

    def finish(self, parts: Parts) -> None:
        remove_pieces(parts.library, self.path, read_manifest(parts.trash, self.place) or ())
        if not self.keeps:
            remove_tree(parts.trash, self.place)

    def tell(self, parts: Parts) -> None:
        for path in self.deleted:
            parts.manager.notify_image_deleted(ImageDeleted(path=path))


@kind("restore")
@dataclass(kw_only=True)
class Restoring(Change):
    """Brings back to ``path`` what lies in the folder ``place`` of the trash, which is its entry ``number``."""

    path: str
    place: str
    number: int
    tree: Sequence[Piece] = field(default=(), metadata=UNPLANNED, repr=False)
    restored: Sequence[str] = field(default=(), metadata=UNPLANNED, repr=False)

    @property
    def claims(self) -> Sequence[str]:
        return [self.path, in_trash(self.place)]

    def work(self, parts: Parts, progress: Progress) -> None:
        content = below(self.place, CONTENT)
        tree = list(pieces(parts.trash, content))
        copy_tree(parts.trash, content, parts.library, self.path, tree, progress)

    def undo(self, parts: Parts) -> None:
        remove_copies(parts.trash, below(self.place, CONTENT), parts.library, self.path)

    def observe(self, parts: Parts) -> None:
        self.tree = list(pieces(parts.library, self.path))

    def record(self, session: Session) -> None:
        self.restored = recording.bring_back(session, self.path, self.tree, self.who.id)
        session.execute(delete(TrashEntry).where(TrashEntry.id == self.number))
        audit.record(session, self.who.actor, audit.Action.RESTORED, "/" + self.path)

    def finish(self, parts: Parts) -> None:
        remove_tree(parts.trash, self.place)

    def tell(self, parts: Parts) -> None:
        sizes = {below(self.path, piece.path): piece.size_bytes for piece in self.tree}
        for path in self.restored:
            parts.manager.notify_image_added(ImageAdded(path=path, size_bytes=sizes[path]))


@kind("purge")
@dataclass(kw_only=True)
class Purging(Change):
    """Removes for good what lies in the folder ``place`` of the trash, which is its entry ``number``."""

    number: int
    place: str

    @property
    def claims(self) -> Sequence[str]:
        return [in_trash(self.place)]

    def work(self, parts: Parts, progress: Progress) -> None:
        """Nothing: once the records do not tell of it, it goes."""

    def undo(self, parts: Parts) -> None:
        """Nothing, as above."""

    def record(self, session: Session) -> None:
        path = session.scalar(delete(TrashEntry).where(TrashEntry.id == self.number).returning(TrashEntry.path))
        if path is not None:
            audit.record(session, self.who.actor, audit.Action.TRASH_PURGED, "/" + path)

    def finish(self, parts: Parts) -> None:
        remove_tree(parts.trash, self.place)


def in_trash(place: str) -> str:
    """What is claimed of the trash: a path that no library has."""
    return f".trash/{place}"
