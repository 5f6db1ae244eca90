"""What everybody else does with tasks: start them, look at them, cancel them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from qis_core.api import NotFound
from qis_core.api.tasks import Task
from qis_core.db.engine import Sessions
from qis_core.db.tasks import Outcome, TaskRecord, TaskStatus
from qis_core.domain.parameters import read_parameters, to_json
from qis_core.services.tasks.queue import end_unclaimed
from qis_core.settings import ConfigurationError

log = logging.getLogger("qis.tasks")

SOON = 10
"""The priority of tasks that somebody waits for: workers keep a place for these free."""

_FIRST_LOOK = 0.01
_LONGEST_PAUSE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A task as it was when it was looked at: the fields of `qis_core.db.tasks.TaskRecord`.

    ``result`` is what the task answered; ``error``, a sentence for people, is '' unless it failed.
    """

    id: int
    name: str
    funcname: str
    params: Mapping[str, Any]
    priority: int
    status: int
    outcome: str
    result: Any
    error: str
    user_id: int | None
    log_level: str
    error_log_level: str
    keep_for: int
    keep_until: datetime | None
    lock_id: str | None
    worker: str
    attempts: int
    cancel: bool
    done: int
    total: int | None
    text: str
    heartbeat: datetime | None
    created: datetime
    started: datetime | None
    ended: datetime | None

    @property
    def is_done(self) -> bool:
        """Whether it has ended, well or not."""
        return self.status == TaskStatus.DONE

    @property
    def has_failed(self) -> bool:
        """Whether it has ended by an error; ``error`` then says which."""
        return self.outcome == Outcome.FAILED


class Tasks:
    """The tasks of a site. Safe to use from many threads; nothing here runs one."""

    def __init__(
        self,
        *,
        known: Mapping[str, Task],
        reading: Sessions,
        writing: Sessions,
        ring: Callable[[], None] = lambda: None,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        """``ring`` wakes the workers of this node; ``ended`` hears that a task was seen to have ended, after
        which what this process keeps in memory may be old."""
        self.known = known
        self._reading = reading
        self._writing = writing
        self._ring = ring
        self._ended = ended

    def start(
        self,
        name: str,
        parameters: Mapping[str, object] | None = None,
        *,
        user_id: int | None = None,
        address: str = "",
        priority: int = 0,
        session: Session | None = None,
    ) -> TaskView:
        """Queues a task, to be run with the rights of a user; None is the system itself, which may everything.

        ``address`` is where its user's request came from. Higher priorities go first. With ``session`` it is
        queued within that transaction, and begins after its commit. Whether the user may start it is the caller's
        to ask. Raises NotFound for a task that nobody has installed, BadOption naming the parameter that is wrong.
        """
        task = self.task(name)
        values = read_parameters(task.parameters, parameters or {})
        task.check(values)
        record = TaskRecord(
            name=task.title or task.name, funcname=task.name, params=to_json(values), priority=priority,
            user_id=user_id, address=address[:60], keep_for=task.keep_seconds,
        )  # fmt: skip
        if session is not None:
            session.add(record)
            session.flush()
            event.listen(session, "after_commit", lambda _session: self._ring(), once=True)
            return _view(record)
        with self._writing.begin() as own:
            own.add(record)
            own.flush()
            view = _view(record)
        self._ring()
        return view

    def follow_upload(self, path: str, format: str, replaced: bool, user_id: int, address: str) -> None:
        """Starts the tasks that a picture calls for which a user has uploaded; see `Task.after_upload`.

        What goes wrong is logged: the picture is in the library all the same.
        """
        for task in self.known.values():
            try:
                parameters = task.after_upload(path, format, replaced=replaced)
                if parameters is not None:
                    self.start(task.name, parameters, user_id=user_id, address=address)
            except Exception:
                log.exception("the task %s could not be started for %r, which was uploaded", task.name, path)

    def run(
        self,
        name: str,
        parameters: Mapping[str, object] | None = None,
        *,
        user_id: int | None = None,
        address: str = "",
        wait_seconds: float,
    ) -> TaskView:
        """Starts a task that somebody waits for, and waits for its end, ``wait_seconds`` at most.

        The answer tells whether it ``is_done``; where it is not, it goes on by itself. Nobody may call
        this within a transaction that has written: on SQLite no worker could begin. Raises as `start`.
        """
        view = self.start(name, parameters, user_id=user_id, address=address, priority=SOON)
        return self.wait(view.id, wait_seconds)

    def wait(self, task_id: int, seconds: float) -> TaskView:
        """The task when it has ended, or as it is after ``seconds``. Raises NotFound."""
        until, pause = time.monotonic() + seconds, _FIRST_LOOK
        while not (view := self.get(task_id)).is_done:
            left = until - time.monotonic()
            if left <= 0:
                return view
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        self._ended()
        return view

    def get(self, task_id: int) -> TaskView:
        """A task. Raises NotFound."""
        with self._reading() as session:
            record = session.get(TaskRecord, task_id)
            if record is None:
                raise NotFound(f"there is no task {task_id}")
            return _view(record)

    def list(
        self,
        *,
        statuses: Collection[int] = tuple(TaskStatus),
        user_id: int | None = None,
        names: Iterable[str] | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[TaskView]:
        """Tasks, the latest first: of these statuses, of one user (None: of all), of these names (None: of any),
        with ids below ``before``."""
        query = select(TaskRecord).where(TaskRecord.status.in_(statuses)).order_by(TaskRecord.id.desc()).limit(limit)
        if user_id is not None:
            query = query.where(TaskRecord.user_id == user_id)
        if names is not None:
            query = query.where(TaskRecord.funcname.in_(list(names)))
        if before is not None:
            query = query.where(TaskRecord.id < before)
        with self._reading() as session:
            return [_view(record) for record in session.scalars(query)]

    def cancel(self, task_id: int) -> TaskView:
        """Asks a task to stop: one that waits is ended at once, one that runs within moments.

        A task that has ended stays as it is. Raises NotFound.
        """
        with self._writing.begin() as session:
            if not end_unclaimed(session, task_id):
                running = (TaskRecord.id == task_id) & (TaskRecord.status == TaskStatus.RUNNING)
                session.connection().execute(update(TaskRecord).where(running).values(cancel=True))
        return self.get(task_id)

    def task(self, name: str) -> Task:
        """The task of this name. Raises NotFound."""
        if name not in self.known:
            raise NotFound(f"there is no task {name!r}")
        return self.known[name]


def known_tasks(core: Iterable[Task], plugins: Mapping[str, Task]) -> Mapping[str, Task]:
    """All tasks by name. Raises ConfigurationError where a plugin's task has the name of one of the core's."""
    found = {task.name: task for task in core}
    taken = sorted(found.keys() & plugins.keys())
    if taken:
        raise ConfigurationError([f"a plugin registers the task {name}, which is the server's own" for name in taken])
    return {**found, **plugins}


def _view(record: TaskRecord) -> TaskView:
    return TaskView(**{name: getattr(record, name) for name in _FIELDS})


_FIELDS = tuple(TaskView.__dataclass_fields__)
