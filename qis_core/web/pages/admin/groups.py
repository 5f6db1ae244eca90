"""``/admin/groups/``: groups, their members, and the rights that they give besides what folders do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import func, select

from qis_core.api import BadOption, Right
from qis_core.db.users import Group, GroupType, Status, SystemGroup, User, members
from qis_core.services.accounts import Accounts
from qis_core.services.groups import Groups
from qis_core.web.api.fields import Text, read_fields
from qis_core.web.log_in import actor
from qis_core.web.pages.admin.sections import AdminPage, add_page, require_one, sections_for
from qis_core.web.pages.doing import NOTHING_TYPED, Typed, back, do, number, texts, told
from qis_core.web.pages.frame import framed

RIGHTS = {
    Right.FOLIOS: "Make portfolios",
    Right.REPORTS: "See reports",
    Right.ADMIN_USERS: "Look after users, and who is in which group",
    Right.ADMIN_FILES: "Do everything in every folder",
    Right.ADMIN_FOLIOS: "Change everybody's portfolios",
    Right.ADMIN_PERMISSIONS: "Change groups, their rights, and who may do what in which folder",
    Right.ADMIN_ALL: "Everything; it includes all others",
}
"""What each right lets the members do."""

KINDS = {GroupType.SYSTEM: "of the system", GroupType.LOCAL: "local", GroupType.LDAP: "of the directory"}
_OPENS = (Right.ADMIN_USERS, Right.ADMIN_PERMISSIONS)
_FIELDS = (Text("name", minimum=1, maximum=120), Text("description", maximum=1024, lines=True))
_SAID = {
    "added": "The group is added. Give it rights and members, and permissions in folders.",
    "saved": "The changes are saved.",
    "rights": "The rights are saved; they count at once.",
    "joined": "The user is in the group.",
    "left": "The user is no longer in the group.",
    "removed": "The group is removed, with its permissions.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """A group; ``members`` is their number, None where it holds everybody. ``rights`` are in words."""

    id: int
    name: str
    description: str
    kind: str
    members: int | None
    rights: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupsPage(AdminPage):
    """What the list shows; ``may_add`` says whether who looks may add groups."""

    groups: Sequence[GroupRow]
    may_add: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RightChoice:
    """A right, what it means, and whether the group gives it."""

    name: str
    words: str
    given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody in the group."""

    id: int
    username: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPage(AdminPage):
    """What the page of one group shows.

    ``may_users`` and ``may_permissions`` say what who looks may change: name and members, or rights.
    ``stays`` is true of groups of the system, ``is_everybody`` of those that nobody is put into.
    """

    group: GroupRow
    rights: Sequence[RightChoice]
    members: Sequence[Member]
    usernames: Sequence[str]
    stays: bool
    is_everybody: bool
    may_users: bool
    may_permissions: bool


def includeme(config: Configurator) -> None:
    """Registers the routes ``admin.groups`` and ``admin.group``."""
    add_page(config, "admin.groups", "/admin/groups/", "admin-groups.jinja2", get=show_all, post=add)
    add_page(config, "admin.group", r"/admin/groups/{id:\d{1,9}}/", "admin-group.jinja2", get=show_one, post=change)


def show_all(request: Request) -> dict[str, GroupsPage]:
    """The list."""
    return {"page": _list(request)}


def add(request: Request) -> Response | dict[str, GroupsPage]:
    """Adds a group, and goes on to its page."""
    done = do(request, {"add": _add})
    return {"page": _list(request, done)} if isinstance(done, Typed) else done


def show_one(request: Request) -> dict[str, GroupPage]:
    """One group."""
    return {"page": _one(request)}


def change(request: Request) -> Response | dict[str, GroupPage]:
    """Changes the group, or removes it."""
    done = do(request, _DOING)
    return {"page": _one(request, done)} if isinstance(done, Typed) else done


def _add(request: Request) -> Response:
    named = _named(request)
    made = _groups(request).add(named["name"], named["description"])
    return HTTPSeeOther(f"/admin/groups/{made.id}/?said=added")


def _save(request: Request) -> Response:
    _groups(request).change(_id(request), **_named(request))
    return back(request, "saved")


def _set_rights(request: Request) -> Response:
    wanted = set(request.POST.getall("right"))
    _groups(request).set_rights(_id(request), {right.value: right.value in wanted for right in Right})
    return back(request, "rights")


def _join(request: Request) -> Response:
    name = texts(request, "username")["username"]
    known = {user.username: user.id for user in Accounts(request.dbsession).all()}
    if name.lower() not in known:
        raise BadOption("username", name, "the name of a user")
    _groups(request).add_member(_id(request), known[name.lower()])
    return back(request, "joined")


def _leave(request: Request) -> Response:
    _groups(request).remove_member(_id(request), number(request, "user"))
    return back(request, "left")


def _remove(request: Request) -> Response:
    _groups(request).remove(_id(request))
    return HTTPSeeOther("/admin/groups/?said=removed")


_DOING = {"save": _save, "rights": _set_rights, "join": _join, "leave": _leave, "remove": _remove}


def _list(request: Request, typed: Typed = NOTHING_TYPED) -> GroupsPage:
    require_one(request, _OPENS)
    return GroupsPage(
        frame=framed(request, "Groups"),
        sections=sections_for(request),
        said=told(request, _SAID),
        typed=typed,
        groups=[_row(request, group) for group in _groups(request).all()],
        may_add=Right.ADMIN_PERMISSIONS in request.identity.rights,
    )


def _one(request: Request, typed: Typed = NOTHING_TYPED) -> GroupPage:
    require_one(request, _OPENS)
    group, rights = _groups(request).get(_id(request)), request.identity.rights
    sees_users = Right.ADMIN_USERS in rights
    inside = _groups(request).members(group.id) if sees_users else ()
    return GroupPage(
        frame=framed(request, group.name),
        sections=sections_for(request),
        said=told(request, _SAID),
        typed=typed,
        group=_row(request, group),
        rights=[
            RightChoice(name=right.value, words=words, given=right in group.rights) for right, words in RIGHTS.items()
        ],
        members=[
            Member(id=user.id, username=user.username, name=f"{user.first_name} {user.last_name}".strip())
            for user in inside
        ],
        usernames=[user.username for user in Accounts(request.dbsession).all()[:500]] if sees_users else (),
        stays=group.group_type == GroupType.SYSTEM,
        is_everybody=_is_everybody(group),
        may_users=sees_users,
        may_permissions=Right.ADMIN_PERMISSIONS in rights,
    )


def _row(request: Request, group: Group) -> GroupRow:
    inside = select(func.count()).select_from(members).join(User, User.id == members.c.user_id)
    count = request.dbsession.scalar(inside.where(members.c.group_id == group.id, User.status == Status.ACTIVE))
    return GroupRow(
        id=group.id,
        name=group.name,
        description=group.description,
        kind=KINDS[GroupType(group.group_type)],
        members=None if _is_everybody(group) else count,
        rights=[words for right, words in RIGHTS.items() if right in group.rights],
    )


def _is_everybody(group: Group) -> bool:
    return group.id in (SystemGroup.PUBLIC, SystemGroup.NORMAL_USERS)


def _named(request: Request) -> dict[str, str]:
    return read_fields(_FIELDS, texts(request, "name", "description"))


def _id(request: Request) -> int:
    return int(request.matchdict["id"])


def _groups(request: Request) -> Groups:
    return Groups(request.dbsession, actor(request))
