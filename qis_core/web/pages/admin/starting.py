"""``/admin/tasks/start/``: what tasks there are, and a form for each, made of what it declares."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import NotFound
from qis_core.api.tasks import Task
from qis_core.domain.parameters import Parameter, parameters_of
from qis_core.services import audit
from qis_core.services.tasks import TaskView
from qis_core.web.forms import form_field
from qis_core.web.log_in import actor
from qis_core.web.pages.admin.sections import AdminPage, add_page, sections_for
from qis_core.web.pages.doing import NOTHING_TYPED, Typed, do
from qis_core.web.pages.frame import asked, framed, url

_YES_OR_NO = (("1", "Yes"), ("0", "No"))
_KINDS = {int: "number", float: "number", bool: "choice", datetime: "datetime-local"}
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A task that who looks may start: ``about`` says what it does, ``by_itself`` how often it runs unasked."""

    name: str
    title: str
    href: str
    about: str
    by_itself: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A parameter's place in the form: ``kind`` is an ``<input>``'s, or ``choice``, ``bounds`` are its attributes."""

    name: str
    label: str
    kind: str
    value: str
    help: str
    choices: Sequence[tuple[str, str]]
    bounds: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPage(AdminPage):
    """What the page shows: all ``offers``, or the form of one."""

    offers: Sequence[Offer] = ()
    offer: Offer | None = None
    controls: Sequence[Control] = ()


def includeme(config: Configurator) -> None:
    """Registers the routes ``admin.starting`` and ``admin.start``."""
    add_page(config, "admin.starting", "/admin/tasks/start/", "admin-start.jinja2", get=show)
    add_page(config, "admin.start", "/admin/tasks/start/{name}/", "admin-start.jinja2", get=show_form, post=change)


def show(request: Request) -> dict[str, StartPage]:
    """The tasks that who asks may start."""
    offers = [_offer(task) for task in request.qis.tasks.known.values() if task.offered and _may(request, task)]
    return {"page": _page(request, "Start a task", offers=sorted(offers, key=lambda offer: offer.title))}


def show_form(request: Request) -> dict[str, StartPage]:
    """The form of one; the query fills it in."""
    return {"page": _form(request, _task(request), asked(request))}


def change(request: Request) -> Response | dict[str, StartPage]:
    """Starts it, or shows the form with what is wrong."""
    task = _task(request)
    done = do(request, {"start": lambda request: _start(request, task)})
    return {"page": _form(request, task, {}, done)} if isinstance(done, Typed) else done


def start_task(request: Request, name: str, parameters: Mapping[str, object]) -> TaskView:
    """Starts a task as who asks, with the request's transaction. Raises Refused, BadOption."""
    tasks, who, session = request.qis.tasks, actor(request), request.dbsession
    needs = tasks.task(name).needs
    if needs is not None:
        who.require(needs)
    task: TaskView = tasks.start(name, parameters, user_id=request.identity.id, address=who.address, session=session)
    audit.record(session, who, audit.Action.TASK_STARTED, name, task=task.id)
    return task


def _start(request: Request, task: Task) -> Response:
    sent = {each: form_field(request, each.name).strip() for each in parameters_of(task.parameters)}
    # What is left empty is as it is declared.
    start_task(request, task.name, {each.name: text for each, text in sent.items() if text or each.required})
    return HTTPSeeOther(url("/admin/tasks/", said="started"))


def _task(request: Request) -> Task:
    task: Task | None = request.qis.tasks.known.get(request.matchdict["name"])
    if task is None:
        raise NotFound("there is no such task")
    if task.needs is not None:
        actor(request).require(task.needs)
    return task


def _may(request: Request, task: Task) -> bool:
    return task.needs is None or actor(request).has(task.needs)


def _page(request: Request, title: str, typed: Typed = NOTHING_TYPED, **more: object) -> StartPage:
    return StartPage(frame=framed(request, title), sections=sections_for(request), said="", typed=typed, **more)  # type: ignore[arg-type]


def _form(request: Request, task: Task, given: Mapping[str, str], typed: Typed = NOTHING_TYPED) -> StartPage:
    offer = _offer(task)
    return _page(request, offer.title, typed, offer=offer, controls=list(_controls(task, given)))


def _offer(task: Task) -> Offer:
    about = inspect.cleandoc(type(task).__doc__ or "").split("\n\n")[0].replace("\n", " ").replace("``", "")
    return Offer(
        name=task.name,
        title=task.title or task.name,
        href=f"/admin/tasks/start/{task.name}/",
        about=about,
        by_itself=_often(task.every_seconds),
    )


def _often(seconds: int) -> str:
    if not seconds:
        return ""
    count, unit = next(((seconds / size, unit) for size, unit in _UNITS if seconds >= size), (seconds, "second"))
    return f"every {unit}" if count == 1 else f"every {count:g} {unit}s"


def _controls(task: Task, given: Mapping[str, str]) -> Iterator[Control]:
    for each in parameters_of(task.parameters):
        kind = "choice" if each.choices else _KINDS.get(each.type, "text")  # type: ignore[call-overload]
        yield Control(
            name=each.name,
            label=each.name.replace("_", " ").capitalize(),
            kind=kind,
            value=given.get(each.name, _text(each.default)),
            help=f"{each.help} (with commas between them)" if each.type == tuple[str, ...] else each.help,
            choices=[(str(choice), str(choice)) for choice in each.choices] or _YES_OR_NO,
            bounds=_bounds(each, kind),
        )


def _bounds(each: Parameter, kind: str) -> Mapping[str, object]:
    found: dict[str, object] = {"required": True} if each.required else {}
    if kind == "number":
        found["step"] = "1" if each.type is int else "any"
        found |= {name: limit for name, limit in (("min", each.minimum), ("max", each.maximum)) if limit is not None}
    elif kind == "text" and each.type is str and each.maximum is not None:
        found["maxlength"] = int(each.maximum)
    return found


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M")
    return "" if value is None else str(value)
