"""Tasks: what is to be done in the background, what is being done, and what came of it."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from qis_core.db.base import Base
from qis_core.db.times import UTCDateTime, now


class TaskStatus(enum.IntEnum):
    """How far a task is. The numbers are part of the REST contract."""

    NEW = 0
    RUNNING = 1
    DONE = 2


class Outcome(enum.StrEnum):
    """How a task that is done has ended; '' before that."""

    PENDING = ""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TaskRecord(Base):
    """A task: in the queue, running, or done and kept for a while.

    ``funcname`` is the task's name in the API, ``name`` what people are shown; ``params`` are as
    `qis_core.domain.parameters` writes them. Higher ``priority`` goes first. ``user_id`` is with
    whose rights it runs, None for the system itself, ``address`` where the request came from that started it ('': from
    nowhere, or not known). ``log_level`` and ``error_log_level`` say how
    loudly the server's log tells of its end.

    ``lock_id`` is another for each run: only who knows it may write what concerns the run.
    ``worker`` names the process that runs it and changes ``heartbeat`` every few seconds;
    ``attempts`` counts the runs. ``cancel`` says that somebody wishes it to stop. It is kept for
    ``keep_for`` seconds from its end on, until ``keep_until``.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("status IN (0, 1, 2)", name="status"),
        # What waits, in the order in which it is taken.
        Index(None, "status", "priority", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255), default="")
    funcname: Mapped[str] = mapped_column(String(120))
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    priority: Mapped[int] = mapped_column(Integer, default=0)
    status: Mapped[int] = mapped_column(Integer, default=TaskStatus.NEW)
    outcome: Mapped[str] = mapped_column(String(20), default=Outcome.PENDING)
    result: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    error: Mapped[str] = mapped_column(Text, default="")
    # With its user a task goes: without one it would be the system's own, which may everything.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(60), default="", server_default="")
    log_level: Mapped[str] = mapped_column(String(20), default="info")
    error_log_level: Mapped[str] = mapped_column(String(20), default="error")
    keep_for: Mapped[int] = mapped_column(Integer, default=0)
    keep_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lock_id: Mapped[str | None] = mapped_column(String(64))
    worker: Mapped[str] = mapped_column(String(255), default="")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    cancel: Mapped[bool] = mapped_column(default=False)
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int | None] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(String(255), default="")
    heartbeat: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    started: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended: Mapped[datetime | None] = mapped_column(UTCDateTime)
