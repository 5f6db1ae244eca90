"""What logins leave in the records: web sessions, named tokens, and counted failures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Double, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from qis_core.db.base import Base
from qis_core.db.times import UTCDateTime, now


class WebSession(Base):
    """A browser that is logged in.

    ``digest`` is the SHA-256 of what its cookie holds, and ``stamp`` the account's when it began: a
    session counts only as long as they are equal. ``seen`` is kept every now and then, not at
    every request. ``method`` is the authenticator's name.
    """

    __tablename__ = "web_sessions"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    stamp: Mapped[str] = mapped_column(String(32))
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    seen: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    expires: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    method: Mapped[str] = mapped_column(String(60), default="")
    address: Mapped[str] = mapped_column(String(60), default="")
    browser: Mapped[str] = mapped_column(String(255), default="")


class ApiToken(Base):
    """A named token: ``digest`` is the SHA-256 of its text, ``scopes`` are names with blanks between them.

    ``used`` is kept every now and then, None where the token never was.
    """

    __tablename__ = "api_tokens"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    scopes: Mapped[str] = mapped_column(String(255))
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    expires: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    used: Mapped[datetime | None] = mapped_column(UTCDateTime)


class LoginFailure(Base):
    """How often a client or a name has failed to log in, and when last (seconds since 1970)."""

    __tablename__ = "login_failures"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    last: Mapped[float] = mapped_column(Double, index=True)
