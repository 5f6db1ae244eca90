"""What is done with the pictures that somebody has ticked: move, rename, tags, zip, delete and its undoing.

Each is a plain form. What fails is told picture by picture; what was done by then stays done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select

from qis_core.api import BadOption, Level, NotFound, QisError
from qis_core.db.folders import FolderRecord
from qis_core.db.images import ImageRecord, image_key
from qis_core.db.users import Status
from qis_core.domain.query import parse_query, readable
from qis_core.services.actors import Actor
from qis_core.services.files.selection import ChangePictures
from qis_core.services.listing import Tile
from qis_core.services.tagging import Tagging, split_tags
from qis_core.services.zipping import Zipping
from qis_core.web.dispositions import disposition
from qis_core.web.forms import form_field
from qis_core.web.pages.doing import sentence
from qis_core.web.pages.frame import Frame, framed, thumbnail_urls, url
from qis_core.web.pages.placeholders import placeholder
from qis_core.web.pages.scheme import local_path
from qis_core.web.pages.tiles import fitted

MOST = 5000
"""Pictures of one selection."""

MOST_NAMED = 500
"""Pictures that are renamed at once, each with a field of its own."""

AT_ONCE = 40
"""More than so many are changed by a task, which is waited for a little while."""

TASK_SECONDS = 8
"""How long a task is waited for before the page leads on; it goes on without."""

MOST_UNDONE = 800
"""Deletions that one button takes back: their numbers are in an address."""

BOX = 144, 96
"""The largest thumbnail, in pixels."""

MOST_PLACEHOLDERS = 500
"""Pictures that are looked up in the records for what fills their boxes until they come: those that are seen first."""

_FOLDERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """A picture of the selection; ``path`` is percent-encoded, ``name`` its file name. ``width`` and ``height`` are its
    thumbnail's points (0: not known), ``placeholder`` is what fills it until it comes ('' where that is not known)."""

    path: str
    name: str
    src: str
    width: int = 0
    height: int = 0
    placeholder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionPage:
    """What is asked before something is done (``do``: move, rename, tag), or what went wrong with it.

    ``to``, ``add`` and ``remove`` are what was typed; ``folders`` may be chosen; ``problems`` are sentences.
    """

    frame: Frame
    do: str
    heading: str
    back: str
    picked: Sequence[Picked]
    problems: Sequence[str]
    folders: Sequence[str]
    to: str = ""
    add: str = ""
    remove: str = ""


def includeme(config: Configurator) -> None:
    """Registers the routes ``selection`` and ``selection.undo``."""
    config.add_route("selection", "/selection/")
    config.add_route("selection.undo", "/selection/undo/")
    config.add_view(selection, route_name="selection", renderer="selection.jinja2", request_method="POST")
    config.add_view(undo, route_name="selection.undo", request_method="POST")


def selection(request: Request) -> Response | dict[str, SelectionPage]:
    """Does ``do`` with the pictures ``src``, or asks what it needs to know."""
    form_field(request, "do")  # Bounds the form before all of it is read.
    paths = [unquote(text, errors="surrogateescape") for text in request.POST.getall("src")]
    do = form_field(request, "do")
    if do not in DOING:
        raise BadOption("do", do, "one of " + ", ".join(DOING))
    if len(paths) > MOST:
        raise BadOption("src", f"({len(paths)} pictures)", f"at most {MOST} pictures at a time")
    return DOING[do](request, paths)


def undo(request: Request) -> Response:
    """Brings back what was deleted: the entries of the trash in ``deleted``."""
    actor, numbers = _actor(request), form_field(request, "deleted").split(",")
    for number in [int(each) for each in numbers if each.isascii() and each.isdigit() and len(each) < 10][:MOST]:
        request.qis.files.restore(actor, number)
    return HTTPSeeOther(url("/list/", path=form_field(request, "path"), said="restored"))


def move(request: Request, paths: Sequence[str]) -> Response | dict[str, SelectionPage]:
    """Moves them into the folder ``to``."""
    if "to" not in request.POST:
        return _ask(request, "move", "Move to another folder", paths)
    to, actor = form_field(request, "to").strip().strip("/"), _actor(request)
    if _takes_long(request, paths):
        return _by_task(request, "move", paths, to=to)

    def run(record: ImageRecord) -> None:
        request.qis.files.move_image(actor, record.id, f"{to}/{record.filename}".lstrip("/"))

    left, problems = _each(request, paths, run)
    if problems:
        return _ask(request, "move", HEADINGS["move"], left, problems, to=to)
    return _back(request, said="moved")


def rename(request: Request, paths: Sequence[str]) -> Response | dict[str, SelectionPage]:
    """Gives each the name at its place in ``name``."""
    if len(paths) > MOST_NAMED:
        raise BadOption("src", f"({len(paths)} pictures)", f"at most {MOST_NAMED} pictures for new names")
    names = request.POST.getall("name")
    if len(names) != len(paths):
        return _ask(request, "rename", "Rename", paths)
    wanted, actor = dict(zip(paths, names, strict=True)), _actor(request)

    def run(record: ImageRecord) -> None:
        name = wanted[record.src].strip()
        if not name or "/" in name:
            raise BadOption("name", name, "a file name without /")
        folder = record.src.rpartition("/")[0]
        request.qis.files.move_image(actor, record.id, f"{folder}/{name}".lstrip("/"))

    left, problems = _each(request, paths, run)
    return (
        _ask(request, "rename", "Not all could be renamed", left, problems)
        if problems
        else _back(request, said="renamed")
    )


def tag(request: Request, paths: Sequence[str]) -> Response | dict[str, SelectionPage]:
    """Gives them the tags ``add``, and takes those in ``remove``."""
    if "add" not in request.POST:
        return _ask(request, "tag", "Tags", paths)
    add, remove = form_field(request, "add"), form_field(request, "remove")
    try:
        given, taken = split_tags(add), split_tags(remove)
    except BadOption as error:
        return _ask(request, "tag", "Tags", paths, [sentence(error)], add=add, remove=remove)
    if _takes_long(request, paths):
        return _by_task(request, "tag", paths, add=given, remove=taken)
    tagging = Tagging(request.dbsession, request.qis.platform.access, request.identity)
    left, problems = _each(request, paths, lambda record: tagging.change(record.id, add=given, remove=taken))
    if problems:
        return _ask(request, "tag", HEADINGS["tag"], left, problems, add=add, remove=remove)
    return _back(request, said="tagged")


def delete(request: Request, paths: Sequence[str]) -> Response | dict[str, SelectionPage]:
    """Deletes them; they stay in the trash for a while."""
    if _takes_long(request, paths):
        return _by_task(request, "delete", paths)
    actor, deleted = _actor(request), []

    def run(record: ImageRecord) -> None:
        request.qis.files.delete_image(actor, record.id)
        deleted.append(record.id)

    left, problems = _each(request, paths, run)
    if problems:
        return _ask(request, "delete", HEADINGS["delete"], left, problems)
    entries = request.qis.files.in_trash(actor)
    latest: dict[int, int] = {}
    for entry in entries:
        if entry.image_id in deleted:
            latest.setdefault(entry.image_id, entry.id)
    return _back(request, deleted=",".join(map(str, latest.values())))


def download(request: Request, paths: Sequence[str]) -> Response:
    """All as one ZIP file."""
    platform = request.qis.platform
    zipping = Zipping(library=platform.library, access=platform.access)
    response = Response(content_type="application/zip")
    response.headers["Content-Disposition"] = disposition("attachment", "pictures.zip")
    response.headers["Cache-Control"] = "no-store"
    response.app_iter = zipping.archive(paths, request.identity)
    return response


DOING: Mapping[str, Callable[[Request, Sequence[str]], Response | dict[str, SelectionPage]]] = {
    "move": move,
    "rename": rename,
    "tag": tag,
    "delete": delete,
    "zip": download,
}


def _by_task(request: Request, do: str, paths: Sequence[str], **more: object) -> Response | dict[str, SelectionPage]:
    """As a task, which goes on where it takes longer than one waits; the page then shows how far it is."""
    numbers = _numbers(request, paths)
    absent = [path for path in paths if path not in numbers]
    problems = [f"{readable(path)}: there is no such image" for path in absent]
    parameters = {"deed": do, "images": [str(number) for number in numbers.values()], **more}
    who = _actor(request)
    done = request.qis.tasks.run(
        ChangePictures.name, parameters, user_id=request.identity.id, address=who.address, wait_seconds=TASK_SECONDS
    )
    if not done.is_done:
        begun_in_library = form_field(request, "back").startswith("/list/")
        return _back(request, task=str(done.id)) if begun_in_library else HTTPSeeOther("/admin/tasks/")
    if done.error:
        return _ask(request, do, HEADINGS[do], paths, [done.error], **_typed(request))
    left, problems = [*absent, *done.result["left"]], [*problems, *done.result["problems"]]
    if problems:
        return _ask(request, do, HEADINGS[do], left, problems, **_typed(request))
    if do == "delete":
        return _back(request, deleted=",".join(map(str, done.result["trash"][:MOST_UNDONE])))
    return _back(request, said={"move": "moved", "tag": "tagged"}[do])


def _takes_long(request: Request, paths: Sequence[str]) -> bool:
    # A task of nobody's would be the system's own, which may everything.
    return len(paths) > AT_ONCE and not request.identity.is_public


def _is_text(path: str) -> bool:
    try:
        return bool(path.encode())
    except UnicodeEncodeError:
        return False


def _typed(request: Request) -> dict[str, str]:
    return {name: form_field(request, name) for name in ("to", "add", "remove")}


def _numbers(request: Request, paths: Sequence[str]) -> Mapping[str, int]:
    """The numbers of those of the pictures that are there and may be viewed, by path."""
    allows, identity = request.qis.platform.access.allows, request.identity
    visible = [path for path in paths if _is_text(path) and allows(identity, Level.VIEW, path)]
    found: dict[str, int] = {}
    with request.qis.reading() as session:
        for start in range(0, len(visible), 500):
            keys = [image_key(path) for path in visible[start : start + 500]]
            query = select(ImageRecord.src, ImageRecord.id)
            query = query.where(ImageRecord.key.in_(keys), ImageRecord.status == Status.ACTIVE)
            found |= {row.src: row.id for row in session.execute(query)}
    return {path: found[path] for path in visible if path in found}


HEADINGS = {
    "move": "Not everything could be moved",
    "tag": "Not all could be tagged",
    "delete": "Not everything could be deleted",
}


def _each(request: Request, paths: Sequence[str], run: Callable[[ImageRecord], object]) -> tuple[list[str], list[str]]:
    """Runs for the record of each; the paths that are left, and what was wrong with them."""
    left, problems = [], []
    for path in paths:
        try:
            run(_record(request, path))
        except QisError as error:
            left.append(path)
            problems.append(f"{readable(path)}: {sentence(error)}")
    return left, problems


def _record(request: Request, path: str) -> ImageRecord:
    request.qis.platform.access.require(request.identity, Level.VIEW, path)
    try:
        key = image_key(path)
    except UnicodeEncodeError:
        raise NotFound("its name is no text; rename the file in its folder first") from None
    query = select(ImageRecord).where(ImageRecord.key == key, ImageRecord.status == Status.ACTIVE)
    # Not the request's own transaction: what changes files writes by itself, and would wait for it.
    with request.qis.reading() as session:
        found: ImageRecord | None = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("there is no such image")
    return found


def _ask(
    request: Request,
    do: str,
    heading: str,
    paths: Sequence[str],
    problems: Sequence[str] = (),
    **typed: str,
) -> dict[str, SelectionPage]:
    if problems:
        request.response.status_int = 409
    return {
        "page": SelectionPage(
            frame=framed(request, heading),
            do=do,
            heading=heading,
            back=local_path(form_field(request, "back") or "/list/"),
            picked=_all_picked(request, paths),
            problems=problems,
            folders=_folders(request) if do == "move" else (),
            **typed,
        )
    }


def _all_picked(request: Request, paths: Sequence[str]) -> Sequence[Picked]:
    known = request.qis.lister.known(paths[:MOST_PLACEHOLDERS], request.identity)
    return [_picked(request, path, known.get(path)) for path in paths]


def _picked(request: Request, path: str, tile: Tile | None) -> Picked:
    width, height = fitted(tile.width, tile.height, BOX) if tile else (0, 0)
    return Picked(
        path=url("", src=path).removeprefix("?src="),
        name=readable(path.rpartition("/")[2]),
        src=thumbnail_urls(request, path, tile.version if tile else "", *BOX)[0],
        width=width,
        height=height,
        placeholder=placeholder(tile.colours) if tile and width else "",
    )


def _folders(request: Request) -> Sequence[str]:
    """Folders that pictures may be moved into."""
    allows, identity = request.qis.platform.access.allows, request.identity
    query = select(FolderRecord.name).where(FolderRecord.status == Status.ACTIVE).order_by(FolderRecord.name)
    with request.qis.reading() as session:
        names = session.scalars(query.limit(_FOLDERS)).all()
    return [name for name in names if allows(identity, Level.UPLOAD, name[1:])]


def _back(request: Request, **told: str) -> Response:
    """To the page that one came from, which then says what was done."""
    parts = urlsplit(local_path(form_field(request, "back") or "/list/"))
    kept = {name: text for name, text in parse_query(parts.query) if name not in ("said", "deleted", "task")}
    return HTTPSeeOther(url(parts.path, **{**kept, **told}))


def _actor(request: Request) -> Actor:
    return Actor(identity=request.identity, address=str(request.qis.proxies.client(request) or ""))
