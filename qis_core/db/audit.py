"""The audit log: who did what, when and from where."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from qis_core.db.base import Base
from qis_core.db.times import UTCDateTime, now


class AuditEntry(Base):
    """Something that was done or refused.

    ``user_id`` and ``username`` are who did it (None and '' for the public, and for whoever works
    on the server itself); they name no record, since the log outlives accounts. ``address`` is
    where the request came from, ``subject`` what it was about, ``details`` small and JSON-able.
    """

    __tablename__ = "audit_log"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    action: Mapped[str] = mapped_column(String(60), index=True)
    user_id: Mapped[int | None] = mapped_column(Integer, index=True)
    username: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(String(60), default="")
    subject: Mapped[str] = mapped_column(String(1100), default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
