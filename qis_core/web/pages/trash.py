"""``/trash/``: what was deleted and can be brought back, or removed for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select

from qis_core.api import BadOption
from qis_core.db.file_changes import TrashEntry
from qis_core.db.images import ImageRecord
from qis_core.domain.query import readable
from qis_core.services.accounts import Accounts
from qis_core.services.recorded_facts import colours_of
from qis_core.settings import LibrarySettings
from qis_core.web.log_in import actor
from qis_core.web.pages.doing import NOTHING_TYPED, Typed, back, do, number, told
from qis_core.web.pages.frame import Frame, asked, framed, url
from qis_core.web.pages.placeholders import placeholder
from qis_core.web.pages.tiles import fitted, size_text
from qis_core.web.security import LOGGED_IN

AT_ONCE = 100
"""Entries of a page."""

SWATCH = 36, 24
"""The largest picture of a picture's colours, in points: what is in the trash cannot be rendered."""

TASK_SECONDS = 10
_SAID = {
    "restored": "It is back where it was.",
    "under-way": "It takes a while; your tasks tell when it is back.",
    "removed": "It is gone for good.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrashRow:
    """Something that was deleted: a picture, or a folder of ``files`` files; ``who`` deleted it ('': nobody known).

    ``colours`` is a picture of its main colours, ``width`` × ``height`` points large ('' where they are not known).
    """

    id: int
    path: str
    is_folder: bool
    files: int
    size: str
    who: str
    deleted: datetime
    colours: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrashPage:
    """What the page shows; what is older than ``days`` goes by itself; ``question`` is what is about to be removed."""

    frame: Frame
    said: str
    typed: Typed
    rows: Sequence[TrashRow]
    days: int
    next_href: str
    question: TrashRow | None


def includeme(config: Configurator) -> None:
    """Registers the route ``trash``."""
    config.add_route("trash", "/trash/")
    views: dict[str, Any] = {"route_name": "trash", "renderer": "trash.jinja2", "permission": LOGGED_IN}
    config.add_view(show, request_method="GET", **views)
    config.add_view(change, request_method="POST", **views)


def show(request: Request) -> dict[str, TrashPage]:
    """What who asks may bring back, the latest first, from ``?start=`` on; asks before ``?remove=`` is removed."""
    return {"page": _page(request)}


def change(request: Request) -> Response | dict[str, TrashPage]:
    """Brings an entry back, or removes it."""
    done = do(request, {"restore": _restore, "remove": _remove}, alone=("restore", "remove"))
    return {"page": _page(request, done)} if isinstance(done, Typed) else done


def _restore(request: Request) -> Response:
    site, who, entry = request.qis, actor(request), number(request, "entry")
    # What stands against it is said at once.
    site.files.plan_restore(who, entry)
    task = site.tasks.run(
        "restore", {"id": entry}, user_id=request.identity.id, address=who.address, wait_seconds=TASK_SECONDS
    )
    if task.error:
        raise BadOption("entry", str(entry), f"free to be restored: {task.error}")
    if task.is_done:
        return HTTPSeeOther(url("/list/", path=task.result["path"].strip("/").rpartition("/")[0], said="restored"))
    return back(request, "under-way")


def _remove(request: Request) -> Response:
    request.qis.files.purge(actor(request), number(request, "entry"))
    return back(request, "removed")


def _page(request: Request, typed: Typed = NOTHING_TYPED) -> TrashPage:
    start, wanted = _whole(request, "start"), _whole(request, "remove")
    found = request.qis.files.in_trash(actor(request))
    names = {user.id: user.username for user in Accounts(request.dbsession).all(deleted=True)}
    shown = found[start : start + AT_ONCE]
    asked_about = [entry for entry in found if entry.id == wanted]
    records = _records(request, [*shown, *asked_about])
    return TrashPage(
        frame=framed(request, "Trash"),
        said=told(request, _SAID),
        typed=typed,
        rows=[_row(entry, names, records) for entry in shown],
        days=request.qis.settings(LibrarySettings).trash_days,
        question=next((_row(entry, names, records) for entry in asked_about), None),
        next_href=url("/trash/", start=start + AT_ONCE) if len(found) > start + AT_ONCE else "",
    )


def _whole(request: Request, name: str) -> int:
    text = asked(request).get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _records(request: Request, entries: Sequence[TrashEntry]) -> Mapping[int, ImageRecord]:
    """What is recorded of those that are pictures, by number."""
    numbers = [entry.image_id for entry in entries if entry.image_id is not None]
    query = select(ImageRecord).where(ImageRecord.id.in_(numbers))
    return {record.id: record for record in request.dbsession.scalars(query)}


def _row(entry: TrashEntry, names: Mapping[int, str], records: Mapping[int, ImageRecord]) -> TrashRow:
    record = records.get(entry.image_id or 0)
    width, height = fitted(record.width, record.height, SWATCH) if record else (0, 0)
    return TrashRow(
        id=entry.id,
        path="/" + readable(entry.path),
        is_folder=entry.image_id is None,
        files=entry.files,
        size=size_text(entry.size_bytes),
        who="" if entry.user_id is None else names.get(entry.user_id, ""),
        deleted=entry.deleted,
        colours=placeholder(colours_of(record.facts)) if record and width else "",
        width=width,
        height=height,
    )
