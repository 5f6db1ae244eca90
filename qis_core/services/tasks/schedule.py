"""Tasks that run by themselves: each once in its time over all nodes of a site.

When a task is due next is a property of the site. Whoever changes that property from what it has
read queues the task, in the same transaction: of several nodes, only one can.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from qis_core.api.tasks import Task
from qis_core.db.engine import Sessions
from qis_core.db.properties import Property
from qis_core.db.times import now
from qis_core.services.folder_records import insert_missing
from qis_core.services.tasks.tasks import Tasks

LOOK_SECONDS = 30.0
"""How often a process looks for tasks that are due."""

_PREFIX = "task_due:"


class Schedule:
    """Queues the tasks of ``known`` that have ``every_seconds``, when they are due."""

    def __init__(self, tasks: Tasks, known: Iterable[Task], *, reading: Sessions, writing: Sessions) -> None:
        self._tasks = tasks
        self._periodic = [task for task in known if task.every_seconds]
        self._reading = reading
        self._writing = writing
        self._next_look = 0.0

    def __call__(self) -> None:
        """Looks, unless it has just done so. Raises SQLAlchemyError."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + LOOK_SECONDS
            self.look(now())

    def look(self, moment: datetime) -> list[str]:
        """Queues what is due at a moment; the names of what this process has queued."""
        with self._reading() as session:
            query = select(Property.name, Property.value).where(Property.name.startswith(_PREFIX, autoescape=True))
            due = dict(session.execute(query).all())
        queued = []
        for task in self._periodic:
            told = due.get(_PREFIX + task.name)
            if told is None:
                # A new site has nothing to tidy up, and a server that was just installed has better things to do.
                self._transact(partial(_introduce, task=task, moment=moment))
            elif _moment(told) <= moment and self._transact(partial(self._queue, task=task, told=told, moment=moment)):
                queued.append(task.name)
        return queued

    def _queue(self, session: Session, task: Task, told: str, moment: datetime) -> bool:
        mine = (Property.name == _PREFIX + task.name) & (Property.value == told)
        changed = session.connection().execute(update(Property).where(mine).values(value=_after(task, moment)))
        if changed.rowcount:
            self._tasks.start(task.name, session=session)
        return changed.rowcount > 0

    def _transact(self, work: Callable[[Session], bool]) -> bool:
        with self._writing.begin() as session:
            return work(session)


def _introduce(session: Session, task: Task, moment: datetime) -> bool:
    session.execute(insert_missing(session, Property), [{"name": _PREFIX + task.name, "value": _after(task, moment)}])
    return False


def _after(task: Task, moment: datetime) -> str:
    return (moment + timedelta(seconds=task.every_seconds)).isoformat()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
