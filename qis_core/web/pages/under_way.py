"""A task that somebody has begun on a page and that takes longer than the page waits: how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from pyramid.request import Request

from qis_core.api import NotFound
from qis_core.web.pages.frame import asked

_LABELS = {"move_folder": "Moving the folder", "delete_folder": "Deleting the folder"}
_ENDED = {"move_folder": "The folder is moved.", "delete_folder": "The folder is deleted."}


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
    """The task ``?task=`` where it is a folder's, of who asks; None otherwise."""
    number = asked(request).get("task", "")
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        return None
    try:
        task = request.qis.tasks.get(int(number))
    except NotFound:
        return None
    if task.user_id is None or task.user_id != request.identity.id or task.funcname not in _LABELS:
        return None
    return UnderWay(
        label=_LABELS[task.funcname],
        share=min(1.0, task.done / task.total) if task.total else None,
        text=f"{task.done} of {task.total}" if task.total else "",
        ended=_ENDED[task.funcname] if task.is_done and not task.error else "",
        problem=task.error if task.is_done else "",
    )
