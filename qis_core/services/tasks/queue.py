"""The queue as its workers see it: they take tasks, tell of them, and give them back done.

A task is taken by one UPDATE, so that of all workers of a site one gets it. Each run has a lock of
its own, and whatever a run writes is written only while the task still has that lock: a worker that
was believed lost, and comes back, can change nothing any more.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.orm import Session

from qis_core.db.engine import Sessions
from qis_core.db.tasks import Outcome, TaskRecord, TaskStatus
from qis_core.db.times import now

MOST_ATTEMPTS = 3
"""How often a task is begun that its workers do not survive."""

_LONGEST_TEXT = 255


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Claim:
    """A task that this worker has taken, and the lock of this run."""

    id: int
    funcname: str
    params: Mapping[str, Any]
    user_id: int | None
    address: str
    attempt: int
    lock: str
    log_level: str
    error_log_level: str
    cancel: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Where a running task is."""

    done: int = 0
    total: int | None = None
    text: str = ""


class Queue:
    """The tasks of the site. Safe to use from many threads and processes."""

    def __init__(self, *, reading: Sessions, writing: Sessions) -> None:
        self._reading = reading
        self._writing = writing

    def claim(self, names: Collection[str], worker: str, *, least: int | None = None) -> Claim | None:
        """Takes the next task of these names, of at least the priority ``least``; None where nothing waits."""
        waiting = _waiting(names, least)
        with self._reading() as session:
            # Most looks find nothing, and should not ask SQLite for its one place to write.
            if session.scalar(waiting) is None:
                return None
        chosen = waiting.with_for_update(skip_locked=True).scalar_subquery()
        with self._writing.begin() as session:
            return _take(session, TaskRecord.id == chosen, worker)

    def claim_new(self, task_id: int, worker: str) -> Claim | None:
        """Takes this very task, unless somebody else was faster."""
        with self._writing.begin() as session:
            return _take(session, (TaskRecord.id == task_id) & (TaskRecord.status == TaskStatus.NEW), worker)

    def running(self) -> Mapping[int, tuple[str, datetime | None]]:
        """The lock and heartbeat of every task that is running, by its id."""
        columns = TaskRecord.id, TaskRecord.lock_id, TaskRecord.heartbeat
        with self._reading() as session:
            found = session.execute(select(*columns).where(TaskRecord.status == TaskStatus.RUNNING))
            return {number: (lock or "", heartbeat) for number, lock, heartbeat in found}

    def cancelled(self, claims: Iterable[Claim]) -> Mapping[int, bool]:
        """Of the claims that still hold, whether somebody wishes the task to stop, by id."""
        locks = {claim.id: claim.lock for claim in claims}
        columns = TaskRecord.id, TaskRecord.lock_id, TaskRecord.cancel
        with self._reading() as session:
            found = session.execute(select(*columns).where(TaskRecord.id.in_(locks)))
            return {number: cancel for number, lock, cancel in found if lock == locks[number]}

    def beat(self, reports: Iterable[tuple[Claim, Report]]) -> None:
        """Writes down where these tasks are, and that their worker lives."""
        moment = now()
        with self._writing.begin() as session:
            # In the order of ids, as everybody does, so that nobody waits in a circle.
            for claim, report in sorted(reports, key=lambda pair: pair[0].id):
                values = {"done": report.done, "total": report.total, "text": _storable(report.text)[:_LONGEST_TEXT]}
                _execute(session, update(TaskRecord).where(_held(claim)).values(heartbeat=moment, **values))

    def finish(self, claim: Claim, outcome: Outcome, report: Report, *, result: object = None, error: str = "") -> bool:
        """Writes down how a run has ended; False where the task was not this worker's any more."""
        with self._writing.begin() as session:
            values = {"done": report.done, "total": report.total, "text": _storable(report.text)[:_LONGEST_TEXT]}
            return _end(session, _held(claim), outcome, result=result, error=error, **values)

    def give_back(self, claim: Claim) -> None:
        """Queues a task again that was begun and stopped because its worker ends; this counts as no attempt."""
        values = {"status": TaskStatus.NEW, "lock_id": None, "worker": "", "heartbeat": None, "started": None}
        with self._writing.begin() as session:
            again = update(TaskRecord).where(_held(claim)).values(attempts=TaskRecord.attempts - 1, **values)
            _execute(session, again)

    def recover(self, task_id: int, lock: str, heartbeat: datetime | None) -> bool:
        """Queues a task again whose worker is lost, unless it has shown life; after `MOST_ATTEMPTS` it has failed.

        Answers whether it is queued again.
        """
        is_same = TaskRecord.heartbeat.is_(None) if heartbeat is None else TaskRecord.heartbeat == heartbeat
        lost = (TaskRecord.id == task_id) & (TaskRecord.lock_id == lock) & is_same
        values = {"status": TaskStatus.NEW, "lock_id": None, "worker": "", "heartbeat": None}
        with self._writing.begin() as session:
            error = f"Its worker was lost {MOST_ATTEMPTS} times while it ran; it is not tried again."
            _end(session, lost & (TaskRecord.attempts >= MOST_ATTEMPTS), Outcome.FAILED, error=error)
            _end(session, lost & TaskRecord.cancel, Outcome.CANCELLED)
            return _execute(session, update(TaskRecord).where(lost).values(**values)) > 0

    def purge(self, before: datetime) -> int:
        """Removes tasks that were to be kept until before a moment; answers how many."""
        with self._writing.begin() as session:
            old = (TaskRecord.status == TaskStatus.DONE) & (TaskRecord.keep_until < before)
            return _execute(session, delete(TaskRecord).where(old))

    def counts(self) -> Mapping[TaskStatus, int]:
        """How many tasks wait and how many run."""
        query = select(TaskRecord.status, func.count()).group_by(TaskRecord.status)
        with self._reading() as session:
            found = dict(session.execute(query.where(TaskRecord.status != TaskStatus.DONE)).all())
            return {status: found.get(status, 0) for status in (TaskStatus.NEW, TaskStatus.RUNNING)}

    def oldest_waiting(self) -> datetime | None:
        """When the task was queued that has waited longest; None where nothing waits."""
        with self._reading() as session:
            return session.scalar(select(func.min(TaskRecord.created)).where(TaskRecord.status == TaskStatus.NEW))


def end_unclaimed(session: Session, task_id: int) -> bool:
    """Ends a task as cancelled that nobody has taken yet; False where somebody has."""
    new = (TaskRecord.id == task_id) & (TaskRecord.status == TaskStatus.NEW)
    return _end(session, new, Outcome.CANCELLED)


def _waiting(names: Collection[str], least: int | None) -> Select[int]:
    query = select(TaskRecord.id).where(TaskRecord.status == TaskStatus.NEW, TaskRecord.funcname.in_(sorted(names)))
    if least is not None:
        query = query.where(TaskRecord.priority >= least)
    return query.order_by(TaskRecord.priority.desc(), TaskRecord.id).limit(1)


def _take(session: Session, which: ColumnElement[bool], worker: str) -> Claim | None:
    moment, lock = now(), secrets.token_hex(16)
    values = {
        "status": TaskStatus.RUNNING, "lock_id": lock, "worker": worker, "heartbeat": moment, "started": moment,
        "attempts": TaskRecord.attempts + 1, "done": 0, "total": None, "text": "",
    }  # fmt: skip
    taken = (
        update(TaskRecord)
        .where(which, TaskRecord.status == TaskStatus.NEW)
        .values(**values)
        .returning(TaskRecord)
        .execution_options(synchronize_session=False)
    )
    found = session.scalars(taken).one_or_none()
    if found is None:
        return None
    return Claim(
        id=found.id, funcname=found.funcname, params=found.params, user_id=found.user_id, address=found.address,
        attempt=found.attempts, lock=lock, log_level=found.log_level, error_log_level=found.error_log_level,
        cancel=found.cancel,
    )  # fmt: skip


def _held(claim: Claim) -> ColumnElement[bool]:
    held = (TaskRecord.id == claim.id) & (TaskRecord.lock_id == claim.lock)
    return held & (TaskRecord.status == TaskStatus.RUNNING)


def _end(
    session: Session,
    which: ColumnElement[bool],
    outcome: Outcome,
    *,
    result: object = None,
    error: str = "",
    **values: Any,
) -> bool:
    """Ends the tasks that are told; answers whether there were any."""
    moment = now()
    ended = False
    # How long it is kept is the record's own, and no two databases add seconds to a moment in the same way.
    for number, seconds in session.execute(select(TaskRecord.id, TaskRecord.keep_for).where(which)).all():
        kept = {"ended": moment, "keep_until": moment + timedelta(seconds=seconds), "lock_id": None}
        told = {"status": TaskStatus.DONE, "outcome": outcome, "result": result, "error": error}
        done = update(TaskRecord).where(TaskRecord.id == number, which).values(**values, **kept, **told)
        ended = _execute(session, done) > 0 or ended
    return ended


def _execute(session: Session, statement: Any) -> int:
    """Rows that were changed."""
    return int(session.connection().execute(statement).rowcount)


def _storable(text: str) -> str:
    """The text without what databases do not take: NUL, and bytes that are no text."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
