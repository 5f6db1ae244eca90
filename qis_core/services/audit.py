"""The audit log: who did what, when and from where."""

from __future__ import annotations

import enum
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from qis_core.api import Identity
from qis_core.db.audit import AuditEntry
from qis_core.db.engine import Sessions
from qis_core.services.actors import Actor
from qis_core.services.remembering import Remembered

log = logging.getLogger("qis.audit")

_BACKLOG = 5000
_AT_ONCE = 200
_END = object()


class Action(enum.StrEnum):
    """What is logged."""

    LOGIN = "login"
    LOGIN_REFUSED = "login refused"
    LOGOUT = "logout"
    SESSION_ENDED = "session ended"
    TOKEN_ADDED = "token added"
    TOKEN_REVOKED = "token revoked"
    PASSWORD_SET = "password set"
    REFUSED = "refused"
    DROPPED = "entries dropped"
    PERMISSION_SET = "permission set"
    PERMISSION_REMOVED = "permission removed"
    RIGHTS_SET = "rights set"
    GROUP_ADDED = "group added"
    GROUP_CHANGED = "group changed"
    GROUP_REMOVED = "group removed"
    MEMBER_ADDED = "member added"
    MEMBER_REMOVED = "member removed"
    USER_ADDED = "user added"
    USER_CHANGED = "user changed"
    USER_REMOVED = "user removed"
    TEMPLATE_ADDED = "template added"
    TEMPLATE_CHANGED = "template changed"
    TEMPLATE_REMOVED = "template removed"
    DEFAULT_TEMPLATE_SET = "default template set"
    TASK_STARTED = "task started"
    TASK_CANCELLED = "task cancelled"
    FOLDER_ADDED = "folder added"
    FOLDER_MOVED = "folder moved"
    FOLDER_REMOVED = "folder removed"
    RESTORED = "restored from the trash"
    TRASH_PURGED = "trash purged"
    FOLDER_TEMPLATE_SET = "folder's template set"
    FOLDER_TEMPLATE_REMOVED = "folder's template removed"


def record(session: Session, actor: Actor, action: Action, subject: str, **details: object) -> None:
    """Logs a change within its own transaction: both are kept, or neither."""
    who = actor.identity
    session.add(
        _entry(
            action,
            user_id=who.id if who else None,
            username=who.username if who else "",
            address=actor.address,
            subject=subject,
            details=details,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries: what is None does not matter. ``subject`` is a part of it, ``before`` an entry's number."""

    action: str | None = None
    user_id: int | None = None
    username: str | None = None
    address: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


def entries(session: Session, wanted: Wanted, limit: int) -> Sequence[AuditEntry]:
    """At most ``limit`` entries, the latest first."""
    equal = {name: getattr(wanted, name) for name in ("action", "user_id", "username", "address")}
    query = select(AuditEntry).filter_by(**{name: value for name, value in equal.items() if value is not None})
    if wanted.subject is not None:
        query = query.where(AuditEntry.subject.contains(wanted.subject, autoescape=True))
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    if wanted.before is not None:
        query = query.where(AuditEntry.id < wanted.before)
    return session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit)).all()


def purge(session: Session, before: datetime) -> int:
    """Removes the entries before a moment; answers how many there were."""
    return session.connection().execute(delete(AuditEntry).where(AuditEntry.at < before)).rowcount


class AuditLog:
    """Logs what happens outside a transaction (logins, refusals), on a thread of its own.

    Anybody can make refusals, as fast as they like: equal ones count once in ``seconds``, at most
    ``limit`` entries are kept in that time, and how many were left out is an entry by itself.
    Where the database is away, the entries go to the server's log.
    """

    def __init__(
        self,
        sessions: Sessions,
        *,
        seconds: float = 60.0,
        limit: int = 1000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._seconds = seconds
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._queue: queue.Queue[object] = queue.Queue(_BACKLOG)
        self._thread: threading.Thread | None = None
        self._recent: Remembered[tuple[object, ...], float] = Remembered(10_000)
        self._window = clock()
        self._count = self._dropped = 0

    def login(self, identity: Identity, address: str, method: str = "") -> None:
        """Somebody has logged in, by the authenticator ``method``."""
        self._note(Action.LOGIN, identity, address, method=method)

    def login_refused(self, username: str, address: str) -> None:
        """Somebody has tried a name in vain."""
        self._note(Action.LOGIN_REFUSED, Identity(username=username), address)

    def refused(self, identity: Identity, address: str, subject: str) -> None:
        """Somebody was not permitted ``subject``."""
        self._note(Action.REFUSED, identity, address, subject)

    def flush(self, seconds: float = 10.0) -> None:
        """Waits until everything so far is kept, for at most ``seconds``."""
        if self._thread is not None:
            kept = threading.Event()
            self._queue.put(kept)
            kept.wait(seconds)

    def close(self) -> None:
        """Keeps what is left and ends the thread."""
        if self._thread is not None:
            self._queue.put(_END)
            self._thread.join(5)
            self._thread = None

    def _note(self, action: Action, who: Identity, address: str, subject: str = "", **details: object) -> None:
        moment, key = self._clock(), (action, who.id, who.username, address, subject)
        known = self._recent.get(key)
        # Nobody logs in by accident, so that every login counts.
        if action is not Action.LOGIN and known is not None and moment - known < self._seconds:
            return
        self._recent.keep(key, moment)
        with self._lock:
            if moment - self._window >= self._seconds:
                dropped, self._dropped, self._count, self._window = self._dropped, 0, 0, moment
                if dropped:
                    self._put(_entry(Action.DROPPED, subject=str(dropped)))
            if self._count >= self._limit:
                self._dropped += 1
                return
            self._count += 1
            about = {"username": who.username, "address": address, "subject": subject}
            self._put(_entry(action, user_id=who.id, details=details, **about))

    def _put(self, entry: AuditEntry) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="qis-audit", daemon=True)
            self._thread.start()
        try:
            self._queue.put_nowait(entry)
        except queue.Full:
            self._dropped += 1

    def _run(self) -> None:
        while True:
            batch = [self._queue.get()]
            while len(batch) < _AT_ONCE and not self._queue.empty():
                batch.append(self._queue.get())
            self._keep([each for each in batch if isinstance(each, AuditEntry)])
            for each in batch:
                if isinstance(each, threading.Event):
                    each.set()
            if any(each is _END for each in batch):
                return

    def _keep(self, entries: list[AuditEntry]) -> None:
        if not entries:
            return
        told = [f"{entry.action} {entry.username} {entry.address} {entry.subject}" for entry in entries]
        try:
            with self._sessions.begin() as session:
                session.add_all(entries)
        except SQLAlchemyError as error:
            log.warning("the audit log cannot be written (%s); entries: %s", error, told)


def _entry(
    action: Action,
    *,
    user_id: int | None = None,
    username: str = "",
    address: str = "",
    subject: str = "",
    details: Mapping[str, object] | None = None,
) -> AuditEntry:
    return AuditEntry(
        action=action.value,
        user_id=user_id,
        username=_storable(username)[:120],
        address=_storable(address)[:60],
        subject=_storable(subject)[:1100],
        details=dict(details or {}),
    )


def _storable(text: str) -> str:
    """The text without what databases do not take: NUL, and bytes that are no text."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
