"""A task that somebody has begun on a page and that takes longer than the page waits: how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from pyramid.request import Request

from qis_core.api import NotFound
from qis_core.db.tasks import Outcome
from qis_core.services.files.selection import ChangePictures
from qis_core.services.tasks import TaskView
from qis_core.web.pages.frame import asked

_LABELS = {"move_folder": "Moving the folder", "delete_folder": "Deleting the folder"}
_ENDED = {"move_folder": "The folder is moved.", "delete_folder": "The folder is deleted."}
_DEEDS = {"move": ("Moving", "moved"), "delete": ("Deleting", "deleted"), "tag": ("Tagging", "tagged")}
"""What is done with pictures, and then has been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """A task: ``label`` says what is done, ``share`` (0–1) how far it is, None where it cannot be told, ``text``
    the same in words. Once it has ended ``ended`` says so, or ``problem`` why it has failed."""

    label: str
    share: float | None
    text: str
    ended: str
    problem: str


def under_way(request: Request) -> UnderWay | None:
    """The task ``?task=`` where it is a folder's or a selection's, of who asks; None otherwise."""
    number = asked(request).get("task", "")
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        return None
    try:
        task = request.qis.tasks.get(int(number))
    except NotFound:
        return None
    if task.user_id is None or task.user_id != request.identity.id:
        return None
    if task.funcname != ChangePictures.name and task.funcname not in _LABELS:
        return None
    label, ended, problem = _pictures(task) if task.funcname == ChangePictures.name else _folder(task)
    return UnderWay(
        label=label,
        share=min(1.0, task.done / task.total) if task.total else None,
        text=f"{task.done} of {task.total}" if task.total else "",
        ended=ended if task.is_done and not problem else "",
        problem=problem if task.is_done else "",
    )


def _folder(task: TaskView) -> tuple[str, str, str]:
    return _LABELS[task.funcname], _ENDED[task.funcname], task.error


def _pictures(task: TaskView) -> tuple[str, str, str]:
    """What is done, that it is done, and what went wrong ('' where nothing did)."""
    doing, done = _DEEDS[task.params["deed"]]
    found = task.result or {"done": 0, "problems": [], "left": []}
    label, ended = f"{doing} {len(task.params['images']):,} pictures", f"{found['done']:,} pictures are {done}."
    if not task.is_done or (not task.error and not found["problems"]):
        cancelled = task.outcome == Outcome.CANCELLED
        return label, "It was cancelled; what was done by then stays done." if cancelled else ended, ""
    told = task.error or f"{len(found['left']):,} could not be {done}: {'; '.join(found['problems'][:5])}"
    return label, "", f"{ended} {told}" if task.result else told
