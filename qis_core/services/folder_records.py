"""The records of folders that the library turns out to have, and of those that have gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from qis_core.db.folders import FolderRecord, folder_key
from qis_core.db.users import Status
from qis_core.domain.paths import folder_of

_KEYS_AT_ONCE = 500


def insert_missing(session: Session, kind: type) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that passes over rows whose unique values are taken; as both databases spell it."""
    name = session.get_bind().dialect.name
    build = postgresql.insert if name == "postgresql" else sqlite.insert
    return build(kind).on_conflict_do_nothing()


def ensure(session: Session, paths: Iterable[str]) -> Mapping[str, int]:
    """The ids of the folders of these clean paths, and of all above them; made, or marked active, where need be.

    Safe with other processes that do the same. No permission is changed by it: a folder that was
    away has kept its own.
    """
    wanted = {above for path in paths for above in _with_parents(path)}
    ids = _active(session, wanted)
    # From the root down: a folder needs the id of the one above it.
    for depth in range(max((_depth(path) for path in wanted - ids.keys()), default=-1) + 1):
        missing = sorted(path for path in wanted - ids.keys() if _depth(path) == depth)
        if missing:
            session.execute(insert_missing(session, FolderRecord), [_row(path, ids) for path in missing])
            session.execute(
                update(FolderRecord)
                .where(_is_one_of(missing), FolderRecord.status != Status.ACTIVE)
                .values(status=Status.ACTIVE)
                .execution_options(synchronize_session=False)
            )
            ids |= _active(session, missing)
    return ids


def mark_deleted(session: Session, path: str) -> None:
    """Marks the folder of a clean path and all below it deleted; their permissions stay."""
    session.execute(
        update(FolderRecord)
        .where(within(path))
        .values(status=Status.DELETED)
        .execution_options(synchronize_session=False)
    )


def within(path: str) -> ColumnElement[bool]:
    """Tells the folder of a clean path and all below it."""
    if not path:
        return FolderRecord.id.is_not(None)
    name = "/" + path
    return or_(FolderRecord.key == folder_key(name), FolderRecord.name.startswith(name + "/", autoescape=True))


def _active(session: Session, paths: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    wanted = sorted(paths)
    for start in range(0, len(wanted), _KEYS_AT_ONCE):
        query = select(FolderRecord.name, FolderRecord.id).where(
            _is_one_of(wanted[start : start + _KEYS_AT_ONCE]), FolderRecord.status == Status.ACTIVE
        )
        found |= {name[1:]: number for name, number in session.execute(query)}
    return found


def _is_one_of(paths: Sequence[str]) -> ColumnElement[bool]:
    return FolderRecord.key.in_([folder_key("/" + path) for path in paths])


def _row(path: str, ids: Mapping[str, int]) -> dict[str, object]:
    name = "/" + path
    parent = ids[folder_of(path)] if path else None
    return {"name": name, "key": folder_key(name), "parent_id": parent, "status": int(Status.ACTIVE)}


def _with_parents(path: str) -> list[str]:
    parts = path.split("/") if path else []
    return ["/".join(parts[:count]) for count in range(len(parts) + 1)]


def _depth(path: str) -> int:
    return path.count("/") + 1 if path else 0
