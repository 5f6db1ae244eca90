"""``/admin/users/``: accounts, one by one, with the groups that they are in and the browsers that are logged in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import Right
from qis_core.db.users import AuthType, Group, Status, SystemGroup, User
from qis_core.services.account_changes import AccountChanges
from qis_core.services.groups import Groups
from qis_core.services.startup import password_keepers
from qis_core.web.api.fields import Secret, Text, read_fields
from qis_core.web.forms import form_field
from qis_core.web.log_in import actor
from qis_core.web.pages.account import PERSON
from qis_core.web.pages.admin.sections import AdminPage, add_page, sections_for
from qis_core.web.pages.doing import NOTHING_TYPED, Typed, back, do, texts, told
from qis_core.web.pages.frame import asked, framed

_PASSWORD = Secret("password", minimum=1, maximum=1024)
_STATUSES = {"active": (Status.ACTIVE,), "deleted": (Status.DELETED,), "all": (Status.ACTIVE, Status.DELETED)}
_SAID = {
    "added": "The user is added. Put them into groups next: what they may do comes from these.",
    "saved": "The changes are saved.",
    "groups": "The groups are saved; they count at once.",
    "logged-out": "The user is logged out everywhere.",
    "deleted": "The user is deleted, and logged out everywhere. They can be brought back here.",
    "restored": "The user is back, with the groups and the password of before.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """An account in the list; ``name`` is first and last name."""

    id: int
    username: str
    name: str
    email: str
    groups: Sequence[str]
    allow_api: bool
    external: bool
    is_deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersPage(AdminPage):
    """What the list shows; ``shown`` is ``active``, ``deleted`` or ``all``, ``found`` what was looked for."""

    users: Sequence[UserRow]
    shown: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A group that somebody can be put into."""

    id: int
    name: str
    description: str
    is_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPage(AdminPage):
    """What the page of one account shows; ``sessions`` is the number of browsers that are logged in."""

    user: UserRow
    first_name: str
    last_name: str
    memberships: Sequence[Membership]
    sessions: int
    is_self: bool
    may_trace: bool


def includeme(config: Configurator) -> None:
    """Registers the routes ``admin.users`` and ``admin.user``."""
    add_page(config, "admin.users", "/admin/users/", "admin-users.jinja2", get=show_all, post=add)
    add_page(config, "admin.user", r"/admin/users/{id:\d{1,9}}/", "admin-user.jinja2", get=show_one, post=change)


def show_all(request: Request) -> dict[str, UsersPage]:
    """The list."""
    return {"page": _list(request)}


def add(request: Request) -> Response | dict[str, UsersPage]:
    """Adds a user, and goes on to their page."""
    done = do(request, {"add": _add})
    return {"page": _list(request, done)} if isinstance(done, Typed) else done


def show_one(request: Request) -> dict[str, UserPage]:
    """One account."""
    return {"page": _one(request)}


def change(request: Request) -> Response | dict[str, UserPage]:
    """Changes the account."""
    actor(request).require(Right.ADMIN_USERS)
    done = do(request, _DOING)
    return {"page": _one(request, done)} if isinstance(done, Typed) else done


def _add(request: Request) -> Response:
    fields = (Text("username", minimum=1, maximum=120), _PASSWORD, *PERSON)
    sent = {**texts(request, *(each.name for each in fields)), "password": form_field(request, "password")}
    values = read_fields(fields, sent)
    values["allow_api"] = bool(form_field(request, "allow_api"))
    made = _changes(request).add(values.pop("username"), values.pop("password"), **values)
    return HTTPSeeOther(f"/admin/users/{made.id}/?said=added")


def _save(request: Request) -> Response:
    fields = (Text("username", minimum=1, maximum=120), *PERSON)
    values = read_fields(fields, texts(request, *(each.name for each in fields)))
    values["allow_api"] = bool(form_field(request, "allow_api"))
    if form_field(request, "password"):
        values["password"] = _PASSWORD.read(form_field(request, "password"))
    _changes(request).change(_id(request), values)
    return back(request, "saved")


def _set_groups(request: Request) -> Response:
    groups, user = Groups(request.dbsession, actor(request)), _changes(request).get(_id(request))
    wanted, now = set(request.POST.getall("group")), {str(group.id) for group in user.groups}
    for group in _open_groups(groups):
        if str(group.id) in wanted - now:
            groups.add_member(group.id, user.id)
        elif str(group.id) in now - wanted:
            groups.remove_member(group.id, user.id)
    return back(request, "groups")


def _log_out(request: Request) -> Response:
    _changes(request).end_logins(_id(request))
    return back(request, "logged-out")


def _delete(request: Request) -> Response:
    _changes(request).remove(_id(request))
    return back(request, "deleted")


def _restore(request: Request) -> Response:
    _changes(request).change(_id(request), {"status": int(Status.ACTIVE)})
    return back(request, "restored")


_DOING = {"save": _save, "groups": _set_groups, "log_out": _log_out, "delete": _delete, "restore": _restore}


def _list(request: Request, typed: Typed = NOTHING_TYPED) -> UsersPage:
    given = asked(request)
    shown = given.get("show", "") if given.get("show") in _STATUSES else "active"
    found = given.get("find", "").strip()[:120]
    rows = [_row(user) for user in _changes(request).all(_STATUSES[shown])]
    wanted = found.casefold()
    return UsersPage(
        frame=framed(request, "Users"),
        sections=sections_for(request),
        said=told(request, _SAID),
        typed=typed,
        users=[row for row in rows if wanted in f"{row.username} {row.name} {row.email}".casefold()],
        shown=shown,
        found=found,
    )


def _one(request: Request, typed: Typed = NOTHING_TYPED) -> UserPage:
    actor(request).require(Right.ADMIN_USERS)
    user = _changes(request).get(_id(request))
    ids = {group.id for group in user.groups}
    return UserPage(
        frame=framed(request, user.username),
        sections=sections_for(request),
        said=told(request, _SAID),
        typed=typed,
        user=_row(user),
        first_name=user.first_name,
        last_name=user.last_name,
        memberships=[
            Membership(id=group.id, name=group.name, description=group.description, is_in=group.id in ids)
            for group in _open_groups(Groups(request.dbsession, actor(request)))
        ],
        sessions=len(request.qis.entrance.sessions.current(request.dbsession, user.id)),
        is_self=user.id == request.identity.id,
        may_trace=Right.ADMIN_PERMISSIONS in request.identity.rights,
    )


def _open_groups(groups: Groups) -> list[Group]:
    """The groups that people are put into: those that hold everybody are none."""
    return [group for group in groups.all() if group.id not in (SystemGroup.PUBLIC, SystemGroup.NORMAL_USERS)]


def _row(user: User) -> UserRow:
    return UserRow(
        id=user.id,
        username=user.username,
        name=f"{user.first_name} {user.last_name}".strip(),
        email=user.email,
        groups=sorted(group.name for group in user.groups),
        allow_api=user.allow_api,
        external=user.auth_type != AuthType.PASSWORD,
        is_deleted=user.status == Status.DELETED,
    )


def _id(request: Request) -> int:
    return int(request.matchdict["id"])


def _changes(request: Request) -> AccountChanges:
    return AccountChanges(request.dbsession, actor(request), password_keepers(request.qis.kernel))
