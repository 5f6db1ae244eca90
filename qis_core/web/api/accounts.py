"""Accounts: users, groups, and who is in which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qis_core.api import Right
from qis_core.db.users import GroupType
from qis_core.services.account_changes import AccountChanges
from qis_core.services.groups import Groups
from qis_core.services.startup import password_keepers
from qis_core.web.api import objects
from qis_core.web.api.endpoints import Call, Endpoints
from qis_core.web.api.fields import Choice, Field, Flag, Number, Object, Secret, Text

endpoints = Endpoints("Accounts")

_USERNAME = Text("username", minimum=1, maximum=120)
_PASSWORD = Secret("password", minimum=1, maximum=1024)
_PERSON: tuple[Field, ...] = (
    Text("first_name", maximum=120),
    Text("last_name", maximum=120),
    Text("email", maximum=320),
    Number("auth_type", choices=(1, 2), help="1: the password is kept here; 2: by LDAP"),
    Flag("allow_api", help="Whether the account may use this API"),
)
_RIGHTS: tuple[Field, ...] = (
    *(Flag(right.value) for right in Right),
    Object(
        "permissions",
        help="The same flags as one object",
        properties={right.value: objects.BOOLEAN for right in Right},
    ),
)


@endpoints.get(
    "admin/users",
    "All users",
    query=[Choice("status", choices=("1", "0", "any"), default="1", help="Only active, only deleted, or both")],
    gives=objects.many(objects.USER),
)
def list_users(call: Call) -> object:
    """Needs user administration."""
    asked = call.query["status"]
    return [objects.user(user) for user in _users(call).all((0, 1) if asked == "any" else (int(asked),))]


@endpoints.post(
    "admin/users",
    "Add a user",
    body=[
        Text("username", minimum=1, maximum=120, required=True),
        Secret("password", minimum=1, maximum=1024, help="8 characters or more; none with LDAP"),
        *_PERSON,
    ],
    gives=objects.USER,
    statuses=(409,),
)
def add_user(call: Call) -> object:
    """Needs user administration. A deleted user of that name comes back as a new one."""
    return objects.user(_users(call).add(**call.body))


@endpoints.get("admin/users/{id}", "One user", gives=objects.USER)
def show_user(call: Call) -> object:
    """Needs user administration, but for one's own record."""
    return objects.user(_users(call).get(call.number()))


@endpoints.put(
    "admin/users/{id}",
    "Change a user",
    body=[_USERNAME, _PASSWORD, *_PERSON, Number("status", choices=(0, 1))],
    gives=objects.USER,
    statuses=(409,),
)
def change_user(call: Call) -> object:
    """Needs user administration; of their own record, all may change names, address and password."""
    return objects.user(_users(call).change(call.number(), call.body))


@endpoints.delete("admin/users/{id}", "Mark a user deleted", gives=objects.NOTHING)
def remove_user(call: Call) -> object:
    """Needs user administration. The last administrator stays."""
    _users(call).remove(call.number())
    return None


@endpoints.get("admin/groups", "All groups", gives=objects.many(objects.GROUP))
def list_groups(call: Call) -> object:
    """Needs user administration."""
    call.actor.require(Right.ADMIN_USERS)
    return [objects.group(group) for group in _groups(call).all()]


@endpoints.post(
    "admin/groups",
    "Add a group",
    body=[
        Text("name", minimum=1, maximum=120, required=True),
        Text("description", lines=True),
        Number("group_type", choices=(2, 3), default=int(GroupType.LOCAL), help="2 local, 3 of a directory"),
        *_RIGHTS,
    ],
    gives=objects.ONE_GROUP,
    statuses=(409,),
)
def add_group(call: Call) -> object:
    """Needs permissions administration."""
    groups, kind = _groups(call), GroupType(call.body["group_type"])
    group = groups.add(call.body["name"], call.body.get("description", ""), kind)
    rights = _rights(call.body)
    if rights:
        groups.set_rights(group.id, rights)
    return _one_group(call, group.id)


@endpoints.get("admin/groups/{id}", "One group with its users", gives=objects.ONE_GROUP)
def show_group(call: Call) -> object:
    """Needs user administration."""
    call.actor.require(Right.ADMIN_USERS)
    return _one_group(call, call.number())


@endpoints.put(
    "admin/groups/{id}",
    "Change a group",
    body=[Text("name", minimum=1, maximum=120), Text("description", lines=True), *_RIGHTS],
    gives=objects.ONE_GROUP,
    statuses=(409,),
)
def change_group(call: Call) -> object:
    """Name and description need user administration, flags permissions administration."""
    if not call.actor.has(Right.ADMIN_PERMISSIONS):
        call.actor.require(Right.ADMIN_USERS)
    groups, number = _groups(call), call.number()
    group = groups.get(number)
    told = {name: call.body[name] for name in ("name", "description") if name in call.body}
    told = {name: value for name, value in told.items() if value != getattr(group, name)}
    rights = {name: value for name, value in _rights(call.body).items() if value != (name in group.rights)}
    if told:
        groups.change(number, **told)
    if rights:
        groups.set_rights(number, rights)
    return _one_group(call, number)


@endpoints.delete("admin/groups/{id}", "Remove a group with its permissions", gives=objects.NOTHING)
def remove_group(call: Call) -> object:
    """Needs permissions administration. Groups of the system stay."""
    _groups(call).remove(call.number())
    return None


@endpoints.post(
    "admin/groups/{id}/members",
    "Put a user into a group",
    body=[Number("user_id", required=True)],
    gives=objects.NOTHING,
)
def add_member(call: Call) -> object:
    """Needs user administration, and permissions administration where the group grants that."""
    _groups(call).add_member(call.number(), call.body["user_id"])
    return None


@endpoints.delete("admin/groups/{id}/members/{user_id}", "Take a user out of a group", gives=objects.NOTHING)
def remove_member(call: Call) -> object:
    """As to put one in. Somebody always stays administrator."""
    _groups(call).remove_member(call.number(), call.number("user_id"))
    return None


def _users(call: Call) -> AccountChanges:
    return AccountChanges(call.session, call.actor, password_keepers(call.site.kernel))


def _groups(call: Call) -> Groups:
    return Groups(call.session, call.actor)


def _one_group(call: Call, number: int) -> Mapping[str, Any]:
    groups = _groups(call)
    return {
        **objects.group(groups.get(number)),
        "users": [objects.user(user) for user in groups.members(number)],
    }


def _rights(sent: Mapping[str, Any]) -> Mapping[str, bool]:
    """The flags, whether they were sent one by one or as one object."""
    nested = {name: value for name, value in sent.get("permissions", {}).items() if name != "group_id"}
    flags = {name: Flag(name).read(value) for name, value in nested.items()}
    return flags | {right.value: sent[right.value] for right in Right if right.value in sent}
