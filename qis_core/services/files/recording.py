"""What becomes of the records as files move, go and come back; each function within one session's transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, exists, insert, select, update
from sqlalchemy.orm import Session

from qis_core.api import StorageEntry
from qis_core.db.file_changes import TrashEntry
from qis_core.db.folders import FolderPermission, FolderRecord, folder_key
from qis_core.db.images import ImageAction, ImageHistory, ImageRecord, image_key
from qis_core.db.properties import FILES_VERSION
from qis_core.db.times import now
from qis_core.db.users import Status, User
from qis_core.db.versions import ACCESS_VERSION, TEMPLATES_VERSION, touch
from qis_core.domain.paths import folder_of
from qis_core.services import folder_records
from qis_core.services.files.trees import Piece, below

_AT_ONCE = 1000
_QUIETLY = {"synchronize_session": False}


def tell(session: Session, images: Sequence[tuple[int, str]], action: ImageAction, user_id: int | None) -> None:
    """Adds to the history of images, by number, with a text for each."""
    moment, user_id = now(), known_user(session, user_id)
    rows = [
        {
            "image_id": number,
            "user_id": user_id,
            "action": int(action),
            "action_info": text[:1024],
            "action_time": moment,
        }
        for number, text in images
    ]
    if rows:
        session.execute(insert(ImageHistory), rows)


def known_user(session: Session, user_id: int | None) -> int | None:
    """The number of a user, unless the account was purged since."""
    return None if user_id is None else session.scalar(select(User.id).where(User.id == user_id))


def move_image(
    session: Session, image_id: int, path: str, to: StorageEntry, user_id: int | None
) -> Sequence[tuple[str, str]]:
    """The image is at another path from now on. Answers its old and new path."""
    _clear(session, ImageRecord.key == image_key(to.path), but=image_id)
    folder_id = folder_records.ensure(session, [folder_of(to.path)])[folder_of(to.path)]
    session.execute(
        update(ImageRecord)
        .where(ImageRecord.id == image_id)
        .values(
            src=to.path,
            key=image_key(to.path),
            filename=to.name,
            folder_id=folder_id,
            version=to.version,
            status=int(Status.ACTIVE),
            updated=now(),
        )
        .execution_options(**_QUIETLY)
    )
    tell(session, [(image_id, f"from {path}")], ImageAction.MOVED, user_id)
    touch(session, FILES_VERSION)
    return [(path, to.path)]


def move_folder(session: Session, path: str, to: str, user_id: int | None) -> Sequence[tuple[str, str]]:
    """The folder, with all that is recorded below it, is at another path from now on; permissions go with it.

    Answers the active images' old and new paths.
    """
    _clear_folder(session, to)
    parents = folder_records.ensure(session, [folder_of(to), path])
    folders = session.execute(
        select(FolderRecord.id, FolderRecord.name, FolderRecord.key).where(folder_records.within(path))
    ).all()
    session.execute(update(FolderRecord), [_renamed(row, "/" + to + row.name[len(path) + 1 :]) for row in folders])
    session.execute(
        update(FolderRecord)
        .where(FolderRecord.key == folder_key("/" + to))
        .values(parent_id=parents[folder_of(to)], status=int(Status.ACTIVE))
        .execution_options(**_QUIETLY)
    )
    moved = _move_images_below(session, path, to, user_id)
    for entry in session.scalars(select(TrashEntry)):
        if entry.path.startswith(path + "/"):
            entry.path = to + entry.path[len(path) :]
    for version in (ACCESS_VERSION, TEMPLATES_VERSION, FILES_VERSION):
        touch(session, version)
    return moved


def delete_images(session: Session, which: ColumnElement[bool], user_id: int | None, text: str) -> Sequence[str]:
    """Marks active images deleted; their paths."""
    rows = session.execute(
        update(ImageRecord)
        .where(which, ImageRecord.status == Status.ACTIVE)
        .values(status=int(Status.DELETED), updated=now())
        .returning(ImageRecord.id, ImageRecord.src)
        .execution_options(**_QUIETLY)
    ).all()
    tell(session, [(row.id, text) for row in rows], ImageAction.DELETED, user_id)
    touch(session, FILES_VERSION)
    return [row.src for row in rows]


def in_folder(path: str) -> ColumnElement[bool]:
    """Tells the images in a folder and below it."""
    return ImageRecord.folder_id.in_(select(FolderRecord.id).where(folder_records.within(path)))


def bring_back(session: Session, path: str, tree: Iterable[Piece], user_id: int | None) -> Sequence[str]:
    """Marks those images of a tree active that have a record; ``tree`` has their versions as they are now."""
    files: list[Piece] = []
    folders: list[str] = [path]
    for piece in tree:
        if piece.is_folder:
            folders.append(below(path, piece.path))
        else:
            files.append(piece)
    ids = folder_records.ensure(session, [folder_of(path), *(folders if len(folders) > 1 or not files else [])])
    found: list[tuple[int, str]] = []
    for start in range(0, len(files), _AT_ONCE):
        by_key = {image_key(below(path, piece.path)): piece for piece in files[start : start + _AT_ONCE]}
        rows = session.execute(
            select(ImageRecord.id, ImageRecord.key, ImageRecord.src).where(ImageRecord.key.in_(by_key))
        ).all()
        updates = [
            {
                "id": row.id,
                "status": int(Status.ACTIVE),
                "version": by_key[row.key].version,
                "folder_id": ids[folder_of(row.src)],
                "updated": now(),
            }
            for row in rows
        ]
        if updates:
            session.execute(update(ImageRecord), updates)
        found += [(row.id, row.src) for row in rows]
    tell(session, [(number, "restored from the trash") for number, _ in found], ImageAction.CREATED, user_id)
    touch(session, FILES_VERSION)
    return [src for _, src in found]


def has_own_permissions(session: Session, path: str) -> bool:
    """Whether a folder or one below it has permissions of its own."""
    query = select(FolderPermission.id).join(FolderPermission.folder).where(folder_records.within(path))
    return bool(session.scalar(select(exists(query))))


def _renamed(row: Row[int, str, str], name: str) -> dict[str, Any]:
    # A record whose place another one has taken keeps its key, which is of no path.
    return {"id": row.id, "name": name, "key": folder_key(name) if row.key == folder_key(row.name) else row.key}


def _move_images_below(session: Session, path: str, to: str, user_id: int | None) -> Sequence[tuple[str, str]]:
    last, active = 0, list[tuple[str, str]]()
    while True:
        rows = session.execute(
            select(ImageRecord.id, ImageRecord.src, ImageRecord.key, ImageRecord.status)
            .join(FolderRecord, FolderRecord.id == ImageRecord.folder_id)
            .where(folder_records.within(to), ImageRecord.id > last)
            .order_by(ImageRecord.id)
            .limit(_AT_ONCE)
        ).all()
        if not rows:
            return active
        last = rows[-1].id
        moved = [(row, to + row.src[len(path) :]) for row in rows if row.src.startswith(path + "/")]
        if moved:
            session.execute(
                update(ImageRecord),
                [
                    {"id": row.id, "src": src, "key": image_key(src) if row.key == image_key(row.src) else row.key}
                    for row, src in moved
                ],
            )
        active += [(row.src, src) for row, src in moved if row.status == Status.ACTIVE]
        told = [(row.id, f"from {row.src}") for row in rows if row.status == Status.ACTIVE]
        tell(session, told, ImageAction.MOVED, user_id)


def _clear_folder(session: Session, path: str) -> None:
    """Makes a path free of the records of what was there before, which nothing tells apart otherwise."""
    _clear(session, in_folder(path))
    gone = session.execute(select(FolderRecord.id, FolderRecord.key).where(folder_records.within(path))).all()
    for start in range(0, len(gone), _AT_ONCE):
        ids = [row.id for row in gone[start : start + _AT_ONCE]]
        session.execute(
            delete(FolderPermission).where(FolderPermission.folder_id.in_(ids)).execution_options(**_QUIETLY)
        )
    if gone:
        session.execute(
            update(FolderRecord),
            [{"id": row.id, "key": _retired(row.id, row.key), "status": int(Status.DELETED)} for row in gone],
        )


def _clear(session: Session, which: ColumnElement[bool], *, but: int = 0) -> None:
    rows = session.execute(
        select(ImageRecord.id, ImageRecord.key, ImageRecord.status).where(which, ImageRecord.id != but)
    )
    retired, dropped = [], []
    for row in rows:
        if row.status == Status.ACTIVE:
            # The path was free when the change began: this is our own file, noticed before we could tell of it.
            dropped.append(row.id)
        else:
            retired.append({"id": row.id, "key": _retired(row.id, row.key)})
    if retired:
        session.execute(update(ImageRecord), retired)
    for start in range(0, len(dropped), _AT_ONCE):
        some = ImageRecord.id.in_(dropped[start : start + _AT_ONCE])
        session.execute(delete(ImageRecord).where(some).execution_options(**_QUIETLY))


def _retired(number: int, key: str) -> str:
    """A key that no path has: the record is found by its number alone from now on."""
    return hashlib.sha256(f"retired:{number}:{key}".encode()).hexdigest()
