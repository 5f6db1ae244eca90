"""``/admin/permissions/``: who may do what in which folder, as a matrix of folders and groups; and why.

A level that a folder does not set itself is shown with the folder that it comes from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select

from qis_core.api import PUBLIC, BadOption, Identity, Level, NotFound, Right
from qis_core.db.folders import FolderRecord, folder_key
from qis_core.db.users import Group, Status
from qis_core.domain.paths import clean_folder
from qis_core.domain.permissions import PermissionTable
from qis_core.domain.query import readable
from qis_core.services import access
from qis_core.services.accounts import Accounts
from qis_core.services.explaining import LEVEL_WORDS, Explanation, explain
from qis_core.services.folder_templates import FolderTemplates
from qis_core.services.groups import Groups
from qis_core.services.permissions import Permissions
from qis_core.services.template_changes import TemplateChanges
from qis_core.services.templates import default_name
from qis_core.web.forms import form_field
from qis_core.web.log_in import actor
from qis_core.web.pages.admin.sections import AdminPage, SectionLink, add_page, sections_for
from qis_core.web.pages.doing import NOTHING_TYPED, Typed, back, do, told
from qis_core.web.pages.frame import Frame, Link, asked, framed, url

LEVELS = {level: level.name.lower().replace("_", " ").capitalize() for level in Level}
"""A word for each level."""

MOST_FOLDERS = 300
"""Sub-folders that are shown of one folder."""

_AS_ABOVE = ""
_SAID = {
    "saved": "The permissions are saved; they count at once, on other nodes within a second.",
    "template": "The default template is saved; it counts at once, on other nodes within a second.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a group may in a folder: ``own`` is set there itself, otherwise it comes from the folder ``origin``
    ('' where no folder says anything)."""

    level: int
    word: str
    own: bool
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRow:
    """A folder of the matrix: how deep it is, and a cell for each group. ``current`` is the one that is open."""

    name: str
    path: str
    href: str
    depth: int
    current: bool
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChoice:
    """A group's place in the form of the open folder.

    ``value`` is the level that the folder sets ('' for none), ``above`` what it has where nothing is set.
    """

    id: int
    name: str
    value: str
    above: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateChoice:
    """The default template of the open folder: its ``own`` ('' for none), and what may be chosen (value, words)."""

    own: str
    choices: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionsPage(AdminPage):
    """What the matrix shows: the folder ``path`` with all above it and its sub-folders.

    ``choices`` are the levels of the form, as pairs of number and words. ``speaking`` leads to all folders that set
    something. ``more`` is true where not all sub-folders are shown. ``template`` is None for who may not choose it.
    """

    path: str
    template: TemplateChoice | None
    groups: Sequence[Link]
    rows: Sequence[FolderRow]
    choices: Sequence[tuple[str, str]]
    settings: Sequence[GroupChoice]
    speaking: Sequence[Link]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TracePage:
    """What the explanation shows: ``found`` is None as long as nobody asked; ``problem`` is what is wrong with it."""

    frame: Frame
    sections: Sequence[SectionLink]
    said: str
    typed: Typed
    path: str
    user: str
    users: Sequence[tuple[str, str]]
    found: Explanation | None


def includeme(config: Configurator) -> None:
    """Registers the routes ``admin.permissions`` and ``admin.trace``."""
    add_page(config, "admin.permissions", "/admin/permissions/", "admin-permissions.jinja2", get=show, post=change)
    add_page(config, "admin.trace", "/admin/permissions/trace/", "admin-trace.jinja2", get=trace)


def show(request: Request) -> dict[str, PermissionsPage]:
    """The matrix around the folder ``?path=``."""
    return {"page": _page(request, clean_folder(asked(request).get("path", "")))}


def change(request: Request) -> Response | dict[str, PermissionsPage]:
    """Sets what each group may in the folder that is open."""
    actor(request).require(Right.ADMIN_PERMISSIONS)
    done = do(request, {"set": _set, "template": _set_template})
    return (
        {"page": _page(request, clean_folder(form_field(request, "path")), done)} if isinstance(done, Typed) else done
    )


def trace(request: Request) -> dict[str, TracePage]:
    """Why ``?user=`` may do what they may in the folder or picture ``?path=``."""
    actor(request).require(Right.ADMIN_PERMISSIONS)
    given = asked(request)
    path, user = given.get("path", "").strip(), given.get("user", "")
    accounts = Accounts(request.dbsession)
    typed, found = NOTHING_TYPED, None
    try:
        found = _explained(request, accounts, path, user) if "path" in given else None
    except NotFound as error:
        typed = Typed(problem=f"{error.message[:1].upper()}{error.message[1:]}.")
        request.response.status_int = 404
    page = TracePage(
        frame=framed(request, "Why may they?"),
        sections=sections_for(request),
        said="",
        typed=typed,
        path=path,
        user=user,
        users=[("", "The public"), *((str(each.id), each.username) for each in accounts.all())],
        found=found,
    )
    return {"page": page}


def _explained(request: Request, accounts: Accounts, path: str, user: str) -> Explanation:
    identity, who = _asked_about(accounts, user)
    service = request.qis.platform.access
    return explain(service.trace(identity, clean_folder(path)), who, service.group_name)


def _asked_about(accounts: Accounts, number: str) -> tuple[Identity, str]:
    if not number:
        return PUBLIC, "The public"
    user = accounts.active(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None
    if user is None:
        raise NotFound(f"there is no user {number}")
    return accounts.identity(user), user.username


def _set(request: Request) -> Response:
    path, permissions = clean_folder(form_field(request, "path")), Permissions(request.dbsession, actor(request))
    for group in Groups(request.dbsession, actor(request)).all():
        name = f"group-{group.id}"
        if name not in request.POST:
            continue
        wanted, now = form_field(request, name), permissions.find(path, group.id)
        if wanted == _AS_ABOVE and now is not None:
            permissions.remove(now.id)
        elif wanted != _AS_ABOVE and (now is None or wanted != str(now.access)):
            if wanted not in {str(int(level)) for level in Level}:
                raise BadOption(name, wanted, "one of the levels")
            permissions.set(path, group.id, int(wanted))
    return back(request, "saved", path=path)


def _set_template(request: Request) -> Response:
    path, name = clean_folder(form_field(request, "path")), form_field(request, "template")
    templates = FolderTemplates(request.dbsession, actor(request))
    if name:
        templates.set(path, name)
    else:
        templates.remove(path)
    return back(request, "template", path=path)


def _page(request: Request, path: str, typed: Typed = NOTHING_TYPED) -> PermissionsPage:
    actor(request).require(Right.ADMIN_PERMISSIONS)
    groups = Groups(request.dbsession, actor(request)).all()
    table = access.read_table(request.dbsession, "")
    below = _folders_below(request, path)
    around = [*_above(path), path, *below[:MOST_FOLDERS]]
    return PermissionsPage(
        frame=framed(request, "Permissions"),
        sections=sections_for(request),
        said=told(request, _SAID),
        typed=typed,
        path=path,
        template=_template(request, path) if actor(request).has(Right.ADMIN_ALL) else None,
        groups=[Link(text=group.name, href=f"/admin/groups/{group.id}/") for group in groups],
        rows=[_row(table, groups, folder, folder == path) for folder in around],
        choices=[(str(int(level)), f"{word}: may {LEVEL_WORDS[level]}") for level, word in LEVELS.items()],
        settings=[_choice(table, group, path) for group in groups],
        speaking=[Link(text=_name(folder), href=_href(folder)) for folder in sorted(table.rules)],
        more=len(below) > MOST_FOLDERS,
    )


def _row(table: PermissionTable, groups: Sequence[Group], path: str, current: bool) -> FolderRow:
    return FolderRow(
        name="Library" if not path else readable(path.rpartition("/")[2]),
        path=path,
        href=_href(path),
        depth=path.count("/") + 1 if path else 0,
        current=current,
        cells=[_cell(table, group.id, path) for group in groups],
    )


def _cell(table: PermissionTable, group: int, path: str) -> Cell:
    rule = table.rule(group, path)
    return Cell(
        level=int(rule.level),
        word=LEVELS[rule.level],
        own=rule.folder == path,
        origin="" if rule.folder is None else _name(rule.folder),
    )


def _choice(table: PermissionTable, group: Group, path: str) -> GroupChoice:
    own = table.rules.get(path, {}).get(group.id)
    above = table.rule(group.id, path.rpartition("/")[0]) if path else None
    origin = "nothing is set" if above is None or above.folder is None else f"from {_name(above.folder)}"
    word = LEVELS[above.level if above else Level.NONE]
    return GroupChoice(
        id=group.id,
        name=group.name,
        value=_AS_ABOVE if own is None else str(int(own)),
        above=f"As above: {word.lower()} ({origin})" if path else "Nothing set",
    )


def _template(request: Request, path: str) -> TemplateChoice:
    session, who = request.dbsession, actor(request)
    templates = FolderTemplates(session, who)
    above = templates.applying(path.rpartition("/")[0]) if path else None
    words = f"As the site: {default_name(session)}"
    if above is not None and above.folder is not None:
        words = f"As above: {above.name} (from {_name(above.folder)})"
    names = [each.name for each in TemplateChanges(session, who, request.qis.platform.vocabulary).all()]
    return TemplateChoice(own=templates.applying(path).own, choices=[("", words), *((name, name) for name in names)])


def _folders_below(request: Request, path: str) -> list[str]:
    """The sub-folders, by name; one more than is shown."""
    session = request.dbsession
    parent = session.scalar(select(FolderRecord.id).where(FolderRecord.key == folder_key("/" + path)))
    query = select(FolderRecord).where(FolderRecord.parent_id == parent, FolderRecord.status == Status.ACTIVE)
    return [found.path for found in session.scalars(query.order_by(FolderRecord.name).limit(MOST_FOLDERS + 1))]


def _above(path: str) -> Iterator[str]:
    parts = path.split("/") if path else []
    for count in range(len(parts)):
        yield "/".join(parts[:count])


def _name(path: str) -> str:
    return "/" + readable(path)


def _href(path: str) -> str:
    return url("/admin/permissions/", path=path)
