"""Changing groups: who is in them, and what their members may do besides what folders give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from qis_core.api import AlreadyExists, BadOption, NotFound, Refused, Right
from qis_core.db.users import Group, GroupRights, GroupType, Status, SystemGroup, User
from qis_core.domain.permissions import effective_rights
from qis_core.services import audit
from qis_core.services.accounts import Accounts
from qis_core.services.actors import Actor
from qis_core.services.permissions import unraised

_EVERYBODY = {SystemGroup.PUBLIC, SystemGroup.NORMAL_USERS}


class Groups:
    """The groups within one session; whoever opened the session commits it.

    Changes are logged as ``actor``'s, and are all as before where they are refused.
    """

    def __init__(self, session: Session, actor: Actor) -> None:
        self._session = session
        self._actor = actor

    def all(self) -> Sequence[Group]:
        """All groups by name."""
        return self._session.scalars(select(Group).order_by(Group.name)).all()

    def get(self, group_id: int) -> Group:
        """The group of this number. Raises NotFound."""
        found = self._session.get(Group, group_id)
        if found is None:
            raise NotFound(f"there is no group {group_id}")
        return found

    def named(self, name: str) -> Group:
        """The group of this name, whatever its case. Raises NotFound."""
        found = self._named(name)
        if found is None:
            raise NotFound(f"there is no group {name!r}")
        return found

    def members(self, group_id: int) -> Sequence[User]:
        """Who has been put into the group, by name; nobody is put into Public and Normal users."""
        query = select(User).where(User.groups.any(Group.id == group_id), User.status == Status.ACTIVE)
        return self._session.scalars(query.order_by(User.username)).all()

    def add(self, name: str, description: str = "", group_type: GroupType = GroupType.LOCAL) -> Group:
        """A new group without rights and members; needs permissions administration. Raises AlreadyExists, BadOption."""
        self._actor.require(Right.ADMIN_PERMISSIONS)
        name = self._free_name(name)
        group = Group(name=name, description=description, group_type=group_type, permissions=GroupRights())
        self._session.add(group)
        self._session.flush()
        audit.record(self._session, self._actor, audit.Action.GROUP_ADDED, name, group_id=group.id)
        return group

    def change(self, group_id: int, *, name: str | None = None, description: str | None = None) -> Group:
        """Another name or description; needs user administration. Raises NotFound, AlreadyExists, BadOption."""
        self._actor.require(Right.ADMIN_USERS)
        group = self.get(group_id)
        if name is not None and name.strip() != group.name:
            group.name = self._free_name(name, group)
        if description is not None:
            group.description = description
        audit.record(self._session, self._actor, audit.Action.GROUP_CHANGED, group.name, group_id=group.id)
        self._session.flush()
        return group

    def remove(self, group_id: int) -> None:
        """Removes a group with its permissions; needs permissions administration. Raises NotFound, Refused."""
        self._actor.require(Right.ADMIN_PERMISSIONS)
        group = self.get(group_id)
        if group.group_type == GroupType.SYSTEM:
            raise Refused(f"{group.name} is a group of the system and stays")
        self._actor.require_reach(group.rights)
        with self._session.begin_nested():
            audit.record(self._session, self._actor, audit.Action.GROUP_REMOVED, group.name, group_id=group.id)
            was_all = Right.ADMIN_ALL in group.rights
            self._session.delete(group)
            self._keep_an_administrator(was_all)

    def set_rights(self, group_id: int, rights: Mapping[str, bool]) -> Group:
        """Gives and takes rights by name, those that are not named stay; needs permissions administration.

        Raises NotFound, BadOption, and Refused also where it would raise the actor, or leave
        nobody who may do everything.
        """
        self._actor.require(Right.ADMIN_PERMISSIONS)
        group = self.get(group_id)
        known = {right.value for right in Right}
        for name in rights:
            if name not in known:
                raise BadOption("permissions", name, "one of " + ", ".join(sorted(known)))
        before = group.rights
        after = frozenset(name for name in known if rights.get(name, name in before))
        if after and group.id == SystemGroup.PUBLIC:
            raise Refused("who has not logged in can have no rights")
        self._actor.require_reach(before ^ after)
        if group.id in self._actor.groups:
            self._actor.require_no_rise(after)
        with self._session.begin_nested():
            group.permissions = group.permissions or GroupRights(group_id=group.id)
            for name in known:
                setattr(group.permissions, name, name in after)
            details = {"group_id": group.id, "given": sorted(after - before), "taken": sorted(before - after)}
            audit.record(self._session, self._actor, audit.Action.RIGHTS_SET, group.name, **details)
            self._keep_an_administrator(Right.ADMIN_ALL in before - after)
        return group

    def add_member(self, group_id: int, user_id: int) -> None:
        """Puts a user into a group; needs user administration, and what the group's own rights need.

        Raises NotFound, and Refused also where it would raise the actor. Who is in the group
        already stays so.
        """
        group, user = self._membership(group_id, user_id)
        is_self = self._actor.identity is not None and user.id == self._actor.identity.id
        if is_self:
            self._actor.require_no_rise(effective_rights(group.rights))
        joining = frozenset({group.id} if is_self else ())
        with unraised(self._session, self._actor, joining) if is_self else self._session.begin_nested():
            if group not in user.groups:
                user.groups.append(group)
                self._log_member(audit.Action.MEMBER_ADDED, group, user)

    def remove_member(self, group_id: int, user_id: int) -> None:
        """Takes a user out of a group, as `add_member`. Raises Refused where nobody is left who may do everything."""
        group, user = self._membership(group_id, user_id)
        if group not in user.groups:
            raise NotFound(f"{user.username!r} is not in the group {group.name!r}")
        with self._session.begin_nested():
            user.groups.remove(group)
            self._log_member(audit.Action.MEMBER_REMOVED, group, user)
            self._keep_an_administrator(Right.ADMIN_ALL in group.rights)

    def _membership(self, group_id: int, user_id: int) -> tuple[Group, User]:
        self._actor.require(Right.ADMIN_USERS)
        group = self.get(group_id)
        if group.id in _EVERYBODY:
            raise Refused(f"{group.name} holds everybody; nobody is put into it or taken out")
        if effective_rights(group.rights) & {Right.ADMIN_PERMISSIONS}:
            self._actor.require(Right.ADMIN_PERMISSIONS)
        self._actor.require_reach(group.rights)
        user = Accounts(self._session).active(user_id)
        if user is None:
            raise NotFound(f"there is no user {user_id}")
        return group, user

    def _log_member(self, action: audit.Action, group: Group, user: User) -> None:
        details = {"group_id": group.id, "user": user.username, "user_id": user.id}
        audit.record(self._session, self._actor, action, group.name, **details)

    def _keep_an_administrator(self, is_needed: bool) -> None:
        if is_needed:
            Accounts(self._session).require_administrator()

    def _free_name(self, name: str, group: Group | None = None) -> str:
        name = name.strip()
        if not 1 <= len(name) <= 120 or not name.isprintable():
            raise BadOption("name", name, "1 to 120 printable characters")
        found = self._named(name)
        if found is not None and found is not group:
            raise AlreadyExists(f"there is a group {found.name!r} already")
        return name

    def _named(self, name: str) -> Group | None:
        if not name.isprintable():
            return None
        wanted = name.strip().casefold()
        return next((group for group in self.all() if group.name.casefold() == wanted), None)
