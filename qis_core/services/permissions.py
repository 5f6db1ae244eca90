"""Changing who may do what in which folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from qis_core.api import BadOption, Level, NotFound, Refused, Right
from qis_core.db.folders import ROOT_ID, FolderPermission, FolderRecord, folder_key
from qis_core.db.users import Group, SystemGroup
from qis_core.domain.paths import clean_folder
from qis_core.domain.permissions import risen_in, whole_library
from qis_core.services import audit, folder_records
from qis_core.services.access import read_table
from qis_core.services.actors import Actor


class Permissions:
    """The permissions of folders within one session; whoever opened the session commits it.

    Changes need permissions administration, are logged as ``actor``'s, and are all as before
    where they are refused.
    """

    def __init__(self, session: Session, actor: Actor) -> None:
        self._session = session
        self._actor = actor

    def all(self) -> Sequence[FolderPermission]:
        """Every permission, by folder and group."""
        order = FolderRecord.name, FolderPermission.group_id
        return self._session.scalars(select(FolderPermission).join(FolderPermission.folder).order_by(*order)).all()

    def get(self, permission_id: int) -> FolderPermission:
        """One permission. Raises NotFound."""
        found = self._session.get(FolderPermission, permission_id)
        if found is None:
            raise NotFound(f"there is no permission {permission_id}")
        return found

    def find(self, path: str, group_id: int) -> FolderPermission | None:
        """What the folder itself says for the group, if it says anything."""
        key = folder_key("/" + clean_folder(path))
        query = select(FolderPermission).join(FolderPermission.folder)
        return self._session.scalars(
            query.where(FolderRecord.key == key, FolderPermission.group_id == group_id)
        ).one_or_none()

    def set(self, path: str, group_id: int, level: int) -> FolderPermission:
        """Gives the group ``level`` in the folder, and in all below it that say nothing else.

        The folder gets a record where it has none. Raises BadOption, NotFound, and Refused also
        where the actor would gain by it.
        """
        path, level = storable_folder(path), _level(level)
        group = self._session.get(Group, group_id)
        if group is None:
            raise NotFound(f"there is no group {group_id}")
        with self._change(group_id):
            found, before = self.find(path, group_id), None
            if found is not None:
                before, found.access = found.access, level
            else:
                found = FolderPermission(
                    folder_id=folder_records.ensure(self._session, [path])[path], group_id=group_id, access=level
                )
                self._session.add(found)
            details = {"group": group.name, "group_id": group_id, "before": before, "access": int(level)}
            audit.record(self._session, self._actor, audit.Action.PERMISSION_SET, "/" + path, **details)
        self._session.refresh(found)
        return found

    def remove(self, permission_id: int) -> None:
        """Takes a permission away: what is set further up counts again.

        Raises NotFound, and Refused also where the actor would gain by it, and for what the root
        always has.
        """
        found = self.get(permission_id)
        with self._change(found.group_id):
            if found.folder_id == ROOT_ID and found.group_id in set(SystemGroup):
                raise Refused(f"the library's root always has a permission for {found.group.name}; set it to 0 instead")
            details = {"group": found.group.name, "group_id": found.group_id, "before": found.access}
            audit.record(self._session, self._actor, audit.Action.PERMISSION_REMOVED, found.folder.name, **details)
            self._session.delete(found)

    @contextmanager
    def _change(self, group_id: int) -> Iterator[None]:
        self._actor.require(Right.ADMIN_PERMISSIONS)
        # What everybody has is nobody's gain over others; what the actor's own groups have is.
        gains = group_id in self._actor.groups - {SystemGroup.NORMAL_USERS}
        with unraised(self._session, self._actor) if gains else self._session.begin_nested():
            yield


@contextmanager
def unraised(session: Session, actor: Actor, joining: frozenset[int] = frozenset()) -> Iterator[None]:
    """Runs a change as a whole or not at all; raises Refused where it gives the actor a higher level anywhere.

    ``joining`` are the groups that the actor belongs to afterwards, besides those of now.
    """
    identity = actor.identity
    before = None if identity is None or whole_library(identity.rights) else read_table(session, "")
    with session.begin_nested():
        yield
        session.flush()
        if before is None:
            return
        folder = risen_in(before, actor.groups, read_table(session, ""), actor.groups | joining)
        if folder is not None:
            raise Refused(f"nobody can give themselves more access than they have, as this would in '/{folder}'")


def storable_folder(path: str) -> str:
    """The clean path of a folder that can have a record, whether it is there or not. Raises BadOption."""
    try:
        clean = clean_folder(path)
        clean.encode()
    except (NotFound, UnicodeEncodeError) as error:
        raise BadOption("path", ascii(path), "a folder's path, in Unicode characters") from error
    return clean


def _level(value: int) -> Level:
    try:
        return Level(value)
    except ValueError as error:
        allowed = ", ".join(str(int(level)) for level in Level)
        raise BadOption("access", value, f"one of {allowed}") from error
