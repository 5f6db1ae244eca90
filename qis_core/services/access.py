"""May somebody do this here? Asked before any cache and any byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from qis_core.api import AccessQuestion, Identity, Level, Refusal, Refused
from qis_core.db.file_changes import FileChange
from qis_core.db.folders import FolderPermission, FolderRecord
from qis_core.db.users import Group
from qis_core.domain.permissions import PermissionTable, Trace, access_level
from qis_core.domain.scopes import LEVEL_SCOPES

Decider = Callable[[AccessQuestion], Refusal | None]


class AccessService:
    """Works out levels of access from the table of permissions, and lets plugins refuse.

    ``table`` gives the table that counts now (`qis_core.services.following`).
    """

    def __init__(self, *, table: Callable[[], PermissionTable], decide: Decider) -> None:
        self._table = table
        self._decide = decide

    @property
    def version(self) -> str:
        """Another text whenever an earlier answer may be wrong, so that remembered ones are dropped."""
        return self._table().version

    def level(self, identity: Identity, path: str) -> Level:
        """The level that the permissions give on a folder or picture, before plugins are asked."""
        return access_level(self._table(), identity.group_ids, identity.rights, path)

    def refusal(self, identity: Identity, level: Level, path: str) -> Refusal | None:
        """Why ``identity`` may not use ``level`` on ``path``, or None where it may."""
        if identity.scopes is not None and LEVEL_SCOPES[level] not in identity.scopes:
            return Refusal(reason=f"this token may not {_VERBS[level]} {path!r}: it has no scope {LEVEL_SCOPES[level]}")
        if self.level(identity, path) < level:
            who = "the public" if identity.is_public else f"the user {identity.username}"
            return Refusal(reason=f"{who} may not {_VERBS[level]} {path!r}")
        return self._decide(AccessQuestion(identity=identity, level=level, path=path))

    def allows(self, identity: Identity, level: Level, path: str) -> bool:
        """Whether ``identity`` may use ``level`` on ``path``."""
        return self.refusal(identity, level, path) is None

    def require(self, identity: Identity, level: Level, path: str) -> None:
        """Raises Refused, with the reason, unless ``identity`` may use ``level`` on ``path``."""
        refusal = self.refusal(identity, level, path)
        if refusal is not None:
            raise Refused(refusal.reason)

    def trace(self, identity: Identity, path: str) -> Trace:
        """Which group and which folder's rule give ``identity`` its level, and what other groups would give."""
        return self._table().trace(identity.group_ids, identity.rights, path)

    def group_name(self, group_id: int) -> str:
        """The name of a group of a trace."""
        return self._table().names.get(group_id, f"group {group_id}")


def read_table(session: Session, version: str) -> PermissionTable:
    """The permissions as the records have them in this session."""
    columns = FolderRecord.name, FolderPermission.group_id, FolderPermission.access
    rules: dict[str, dict[int, Level]] = {}
    for name, group_id, access in session.execute(select(*columns).join(FolderPermission.folder)):
        rules.setdefault(name[1:], {})[group_id] = Level(access)
    for path, to in _moving_folders(session):
        _hold_at_both(rules, path, to)
    names = dict(session.execute(select(Group.id, Group.name)).all())
    return PermissionTable(rules=rules, names=names, version=version)


def _moving_folders(session: Session) -> Iterator[tuple[str, str]]:
    query = select(FileChange.plan).where(FileChange.kind == "move", FileChange.settled.is_(False))
    for plan in session.scalars(query):
        if plan["image_id"] is None:
            yield plan["path"], plan["to"]


def _hold_at_both(rules: dict[str, dict[int, Level]], path: str, to: str) -> None:
    """What is set in a folder that is being moved, and below it, holds where it goes to as well: its files may be
    there at any moment, and the records tell of it only afterwards."""
    for folder in [folder for folder in rules if folder == to or folder.startswith(to + "/")]:
        del rules[folder]
    for folder, levels in list(rules.items()):
        if folder == path or folder.startswith(path + "/"):
            rules[to + folder[len(path) :]] = dict(levels)


_VERBS = {
    Level.NONE: "know of",
    Level.VIEW: "view",
    Level.DOWNLOAD: "download the original of",
    Level.EDIT: "edit",
    Level.UPLOAD: "upload to",
    Level.DELETE: "delete",
    Level.CREATE_FOLDER: "create a folder in",
    Level.DELETE_FOLDER: "delete the folder",
}
