"""The page for uploading, and the one for making, moving and deleting a folder."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import BadOption, Level, QisError, Refused, TooLarge
from qis_core.domain.paths import clean_folder
from qis_core.domain.query import readable
from qis_core.services.actors import Actor
from qis_core.services.files.files import NO, RENAME, YES, Upload
from qis_core.settings import ServerSettings, UploadSettings
from qis_core.web.errors import status_of
from qis_core.web.forgery import check_view
from qis_core.web.forms import form_field
from qis_core.web.pages.doing import sentence
from qis_core.web.pages.frame import Frame, Link, asked, framed, url
from qis_core.web.pages.library import Abilities, abilities
from qis_core.web.security import LOGGED_IN

CHOICES = ((NO, "Leave the old one, and say so"), (RENAME, "Keep both: name-001.jpg"), (YES, "Replace the old one"))
NO_PICTURE = "This is no picture that can be read here: the file is damaged, or of another kind."

TASK_SECONDS = 10
"""How long a folder's change is waited for before the page leads on; it goes on without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A file that was sent: where it is now, or why it is not."""

    name: str
    href: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPage:
    """The form for ``path``, and the ``results`` of what was sent by it."""

    frame: Frame
    path: str
    overwrite: str
    choices: Sequence[tuple[str, str]]
    results: Sequence[Sent]
    problem: str
    back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderPage:
    """What can be done with the folder ``path``, and what went wrong."""

    frame: Frame
    path: str
    breadcrumbs: Sequence[Link]
    heading: str
    problem: str
    name: str
    to: str
    may: Abilities
    back: str


def includeme(config: Configurator) -> None:
    """Registers the routes ``upload`` and ``folder``."""
    config.add_route("upload", "/upload/")
    config.add_route("folder", "/folder/")
    shown: dict[str, Any] = {"route_name": "upload", "renderer": "upload.jinja2", "permission": LOGGED_IN}
    config.add_view(show_upload, request_method="GET", **shown)
    config.add_view(take, request_method="POST", require_csrf=False, **shown)
    folder: dict[str, Any] = {"route_name": "folder", "renderer": "folder.jinja2", "permission": LOGGED_IN}
    config.add_view(show_folder, request_method="GET", **folder)
    config.add_view(change_folder, request_method="POST", **folder)


def show_upload(request: Request) -> dict[str, UploadPage]:
    """The form; ``?path=`` is where the files go."""
    return {"page": _upload_page(request, asked(request).get("path", ""))}


def take(request: Request) -> dict[str, UploadPage]:
    """Takes the files of the form one by one, and tells of each."""
    most = request.qis.settings(UploadSettings).max_bytes
    if request.content_length is None or request.content_length > most:
        raise TooLarge("the form", request.content_length or "of unknown length", most, "bytes")
    check_view(request)
    path, overwrite = form_field(request, "path", files=True), form_field(request, "overwrite", files=True) or NO
    files = [each for each in request.POST.getall("files") if getattr(each, "filename", "")]
    if overwrite not in (NO, YES, RENAME):
        raise BadOption("overwrite", overwrite, "one of no, yes, rename")
    if not files:
        return {"page": _upload_page(request, path, overwrite, problem="Choose at least one file.")}
    actor = _actor(request)
    folder = request.qis.files.require_upload(actor, path)
    results = [_store(request, actor, folder, each, overwrite) for each in files]
    return {"page": _upload_page(request, path, overwrite, results)}


def _store(request: Request, actor: Actor, folder: str, sent: Any, overwrite: str) -> Sent:
    spool = request.qis.settings(ServerSettings).data / "uploads"
    spool.mkdir(parents=True, exist_ok=True)
    # Render workers are handed a file of this machine; what is short has come in memory.
    with TemporaryFile(dir=spool) as body:
        shutil.copyfileobj(sent.file, body)
        body.seek(0)
        try:
            record = request.qis.files.store(actor, folder, Upload(name=sent.filename, body=body), overwrite)
        except QisError as error:
            return Sent(name=sent.filename, problem=NO_PICTURE if status_of(error) == 415 else sentence(error))
    return Sent(name=sent.filename, href=url("/details/", src=record.src))


def _upload_page(
    request: Request, path: str, overwrite: str = NO, results: Sequence[Sent] = (), problem: str = ""
) -> UploadPage:
    return UploadPage(
        frame=framed(request, "Upload", path),
        path=readable(path),
        overwrite=overwrite,
        choices=CHOICES,
        results=results,
        problem=problem,
        back=url("/list/", path=path),
    )


def show_folder(request: Request) -> dict[str, FolderPage]:
    """The forms for the folder ``?path=``."""
    return {"page": _folder_page(request, asked(request).get("path", ""))}


def change_folder(request: Request) -> Response | dict[str, FolderPage]:
    """Makes the folder ``name`` in it, moves it to ``to``, or deletes it, as ``do`` says."""
    path, do = form_field(request, "path").strip("/"), form_field(request, "do")
    try:
        if do == "make":
            return _make(request, path, form_field(request, "name").strip())
        if do == "move":
            return _change(request, path, "move_folder", form_field(request, "to").strip().strip("/"))
        if do == "delete":
            return _change(request, path, "delete_folder", path.rpartition("/")[0])
        raise BadOption("do", do, "one of make, move, delete")
    except Refused:
        raise
    except QisError as error:
        request.response.status_int = 400
        return {"page": _folder_page(request, path, sentence(error))}


def _make(request: Request, path: str, name: str) -> Response:
    if not name.strip("/"):
        raise BadOption("name", name, "the name of a folder")
    made = request.qis.files.make_folder(_actor(request), f"{path}/{name}".strip("/"))
    return HTTPSeeOther(url("/list/", path=made.path, said="made"))


def _change(request: Request, path: str, task: str, after: str) -> Response:
    """Runs as a task: it goes on where it takes longer than one waits, and shows how far it is."""
    site = request.qis
    number = site.catalogue.folder(path, request.identity).folder.id
    actor = _actor(request)
    # What stands against it is said at once.
    if task == "move_folder":
        site.files.plan_folder_move(actor, number, after)
    else:
        site.files.plan_folder_delete(actor, number)
    parameters = {"id": number, **({"path": after} if task == "move_folder" else {})}
    done = site.tasks.run(
        task, parameters, user_id=request.identity.id, address=actor.address, wait_seconds=TASK_SECONDS
    )
    if done.error:
        raise BadOption("the folder", path, f"free to be changed: {done.error}")
    if not done.is_done:
        # Neither the old path nor the new one may be there at any moment of it.
        return HTTPSeeOther(url("/list/", path=path.rpartition("/")[0], task=done.id))
    return HTTPSeeOther(url("/list/", path=after, said="folder-moved" if task == "move_folder" else "folder-deleted"))


def _folder_page(request: Request, path: str, problem: str = "") -> FolderPage:
    path = clean_folder(path)
    request.qis.platform.access.require(request.identity, Level.VIEW, path)
    parts = path.split("/") if path else []
    above = [Link(text=part, href=url("/list/", path="/".join(parts[: n + 1]))) for n, part in enumerate(parts)]
    return FolderPage(
        frame=framed(request, readable(parts[-1]) if parts else "Library", path),
        path=readable(path),
        breadcrumbs=[Link(text="Library", href="/list/"), *above],
        heading=readable(parts[-1]) if parts else "Library",
        problem=problem,
        name=form_field(request, "name"),
        to=form_field(request, "to") or readable(path),
        may=abilities(request, path),
        back=url("/list/", path=path),
    )


def _actor(request: Request) -> Actor:
    return Actor(identity=request.identity, address=str(request.qis.proxies.client(request) or ""))
