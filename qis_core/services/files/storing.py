"""New files in the place of none, or of others; and new folders."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from qis_core.api import AlreadyExists, ImageAdded, ImageReplaced, NotFound, StorageEntry
from qis_core.db.images import ImageAction, ImageHistory, ImageRecord, image_key
from qis_core.db.properties import FILES_VERSION
from qis_core.db.versions import touch
from qis_core.domain.paths import folder_of
from qis_core.imaging.description import Description
from qis_core.services import audit, folder_records
from qis_core.services.files.changes import UNPLANNED, Change, Parts, kind
from qis_core.services.files.recording import known_user
from qis_core.services.files.trashing import lay_into_trash, trash_entry
from qis_core.services.files.trees import Piece, Progress, chunks, digest_of, is_there, read_manifest, remove_tree
from qis_core.services.pictures import Finding, keep_in


@kind("store")
@dataclass(kw_only=True)
class Storing(Change):
    """Stores ``body``, whose bytes have the SHA-256 ``digest``, at ``path``.

    Where ``replaces`` is set it takes the place of the file whose version was ``before``; that goes into
    the folder ``place`` of the trash, unless it is ''.
    """

    path: str
    digest: str
    replaces: bool = False
    before: str = ""
    place: str = ""
    body: BinaryIO | None = field(default=None, metadata=UNPLANNED, repr=False)
    description: Description | None = field(default=None, metadata=UNPLANNED, repr=False)
    finding: Finding | None = field(default=None, metadata=UNPLANNED, repr=False)
    former: Sequence[Piece] = field(default=(), metadata=UNPLANNED, repr=False)

    @property
    def claims(self) -> Sequence[str]:
        return [self.path]

    def work(self, parts: Parts, progress: Progress) -> None:
        assert self.body is not None
        if self.replaces and self.place:
            lay_into_trash(parts, self.path, self.place, progress)
        self.body.seek(0)
        parts.library.write(self.path, chunks(self.body), overwrite=self.replaces)

    def is_done(self, parts: Parts) -> bool:
        entry = is_there(parts.library, self.path)
        if entry is None or entry.is_folder or entry.version == self.before:
            return False
        with parts.library.open(self.path) as stream:
            return digest_of(stream) == self.digest

    def undo(self, parts: Parts) -> None:
        # A store writes a file whole or not at all; what it had not yet given its name may lie beside.
        with suppress(NotFound):
            parts.library.tidy(folder_of(self.path))
        if self.place:
            remove_tree(parts.trash, self.place)

    def observe(self, parts: Parts) -> None:
        entry = parts.library.stat_now(self.path)
        self.former = (read_manifest(parts.trash, self.place) or ()) if self.place else ()
        if self.description is not None:
            self.finding = parts.describer.finding(entry, self.description)
        else:
            self.finding = parts.describer.of(entry) or Finding(entry=entry)

    def record(self, session: Session) -> None:
        assert self.finding is not None
        changes = keep_in(session, {self.path: self.finding}, user_id=known_user(session, self.who.id))
        if not changes[self.path].is_told:
            # Somebody has noticed the file before we could tell of it: it is ours all the same.
            _claim_history(session, self.path, known_user(session, self.who.id))
        if self.replaces:
            touch(session, FILES_VERSION)
        if self.former:
            number = session.scalars(select(ImageRecord.id).where(ImageRecord.key == image_key(self.path))).one()
            user_id = known_user(session, self.who.id)
            session.add(trash_entry(self.path, self.place, self.former, image_id=number, user_id=user_id))

    def tell(self, parts: Parts) -> None:
        assert self.finding is not None
        size = self.finding.entry.size_bytes
        if self.replaces:
            parts.manager.notify_image_replaced(ImageReplaced(path=self.path, size_bytes=size))
        else:
            parts.manager.notify_image_added(ImageAdded(path=self.path, size_bytes=size))


@kind("make folder")
@dataclass(kw_only=True)
class FolderMaking(Change):
    """Makes the folder ``path``, and those of ``missing`` (the highest first) on the way to it."""

    path: str
    missing: list[str]

    @property
    def claims(self) -> Sequence[str]:
        return self.missing[:1]

    def work(self, parts: Parts, progress: Progress) -> None:
        parts.library.make_folder(self.path)

    def is_done(self, parts: Parts) -> bool:
        return _is_folder(is_there(parts.library, self.path))

    def undo(self, parts: Parts) -> None:
        for folder in reversed(self.missing):
            with suppress(NotFound, AlreadyExists):
                parts.library.remove_folder(folder)

    def record(self, session: Session) -> None:
        folder_records.ensure(session, [self.path])
        audit.record(session, self.who.actor, audit.Action.FOLDER_ADDED, "/" + self.path)


def _claim_history(session: Session, path: str, user_id: int | None) -> None:
    latest = (
        select(ImageHistory.id)
        .join(ImageRecord, ImageRecord.id == ImageHistory.image_id)
        .where(
            ImageRecord.key == image_key(path),
            ImageHistory.action.in_([ImageAction.CREATED, ImageAction.REPLACED]),
            ImageHistory.user_id.is_(None),
        )
        .order_by(ImageHistory.id.desc())
        .limit(1)
    )
    number = session.scalar(latest)
    if number is not None:
        session.execute(update(ImageHistory).where(ImageHistory.id == number).values(user_id=user_id))


def _is_folder(entry: StorageEntry | None) -> bool:
    return entry is not None and entry.is_folder
