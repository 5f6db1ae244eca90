"""``/admin/tasks/``: what is done in the background, how far it is, and its end. Everybody sees their own tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import Refused, Right
from qis_core.db.tasks import Outcome, TaskStatus
from qis_core.services import audit
from qis_core.services.accounts import Accounts
from qis_core.services.tasks import TaskView
from qis_core.web.log_in import actor
from qis_core.web.pages.admin.sections import AdminPage, add_page, sections_for
from qis_core.web.pages.doing import NOTHING_TYPED, Typed, back, do, number, told
from qis_core.web.pages.frame import asked, framed, url

AT_ONCE = 50
"""Tasks of one page."""

SHOWN = {
    "all": tuple(TaskStatus),
    "waiting": (TaskStatus.NEW,),
    "running": (TaskStatus.RUNNING,),
    "done": (TaskStatus.DONE,),
}
_SAID = {
    "cancelled": "The task is asked to stop: one that waits has ended, one that runs does within moments.",
    "started": "The task is started; here is how far it is.",
}
_STATES = {
    Outcome.SUCCEEDED: ("done", "good"),
    Outcome.FAILED: ("failed", "bad"),
    Outcome.CANCELLED: ("cancelled", "warn"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task: ``state`` and its ``kind`` for a badge, ``share`` how far it is (None where it cannot be told).

    ``text`` is what it is at, or the sentence of why it failed; ``user`` is '' for the system itself.
    """

    id: int
    name: str
    state: str
    kind: str
    share: float | None
    runs: bool
    progress: str
    text: str
    user: str
    created: datetime
    ended: datetime | None
    may_cancel: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksPage(AdminPage):
    """What the list shows; ``all_users`` is true for who sees the tasks of everybody. ``live`` says that some
    are under way, so that the page is worth asking for again."""

    tasks: Sequence[TaskRow]
    shown: str
    all_users: bool
    live: bool
    next_href: str


def includeme(config: Configurator) -> None:
    """Registers the route ``admin.tasks``."""
    add_page(config, "admin.tasks", "/admin/tasks/", "admin-tasks.jinja2", get=show, post=change)


def show(request: Request) -> dict[str, TasksPage]:
    """The list."""
    return {"page": _page(request)}


def change(request: Request) -> Response | dict[str, TasksPage]:
    """Cancels a task."""
    done = do(request, {"cancel": _cancel}, alone=("cancel",))
    return {"page": _page(request, done)} if isinstance(done, Typed) else done


def _cancel(request: Request) -> Response:
    tasks, who = request.qis.tasks, actor(request)
    found = tasks.get(number(request, "task"))
    if found.user_id != request.identity.id and not who.has(Right.ADMIN_ALL):
        raise Refused("this task is somebody else's")
    if not found.is_done:
        tasks.cancel(found.id)
        audit.record(request.dbsession, who, audit.Action.TASK_CANCELLED, found.funcname, task=found.id)
    return back(request, "cancelled")


def _page(request: Request, typed: Typed = NOTHING_TYPED) -> TasksPage:
    given = asked(request)
    shown = given.get("show", "") if given.get("show") in SHOWN else "all"
    before = given.get("before", "")
    sees_all = actor(request).has(Right.ADMIN_ALL)
    found = request.qis.tasks.list(
        statuses=SHOWN[shown],
        user_id=None if sees_all else request.identity.id,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None,
        limit=AT_ONCE + 1,
    )
    names = {user.id: user.username for user in Accounts(request.dbsession).all(deleted=True)}
    rows = [_row(each, names) for each in found[:AT_ONCE]]
    return TasksPage(
        frame=framed(request, "Tasks"),
        sections=sections_for(request),
        said=told(request, _SAID),
        typed=typed,
        tasks=rows,
        shown=shown,
        all_users=sees_all,
        live=any(row.may_cancel for row in rows),
        next_href=url("/admin/tasks/", show=shown, before=rows[-1].id) if len(found) > AT_ONCE else "",
    )


def _row(found: TaskView, names: dict[int, str]) -> TaskRow:
    running = found.status == TaskStatus.RUNNING
    state, kind = _STATES.get(Outcome(found.outcome), ("running" if running else "waiting", "" if running else "warn"))
    counted = f"{found.done:,} of {found.total:,}" if found.total else f"{found.done:,}" if found.done else ""
    return TaskRow(
        id=found.id,
        name=found.name or found.funcname,
        state="stopping" if found.cancel and not found.is_done else state,
        kind=kind,
        share=min(1.0, found.done / found.total) if found.total else None,
        runs=running,
        progress=counted,
        text=found.error or found.text,
        user="" if found.user_id is None else names.get(found.user_id, f"user {found.user_id}"),
        created=found.created,
        ended=found.ended,
        may_cancel=not found.is_done,
    )
