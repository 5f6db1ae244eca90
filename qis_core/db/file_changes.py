"""Changes of files that are under way, and what was deleted and can still be had back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from qis_core.db.base import Base
from qis_core.db.times import UTCDateTime, now


class FileChange(Base):
    """A change of files that has begun and is not yet at its end: the journal that recovery works from.

    ``kind`` and ``plan`` say what is to be done; ``claims`` are the library paths that nobody else may
    change meanwhile, each with all below it. ``settled`` is false until the records tell of the change.
    ``owner`` is the process that works on it, which makes ``beat`` higher every few seconds.
    """

    __tablename__ = "file_changes"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    claims: Mapped[list[str]] = mapped_column(JSON)
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    settled: Mapped[bool] = mapped_column(default=False)
    owner: Mapped[str] = mapped_column(String(60), index=True)
    beat: Mapped[int] = mapped_column(Integer, default=0)
    began: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class TrashEntry(Base):
    """A picture (``image_id``) or folder that was deleted. ``path`` is where it was, and would be again;
    ``place`` is its folder in the trash, which holds ``files`` files of ``size_bytes`` in all."""

    __tablename__ = "trash"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(String(1024))
    place: Mapped[str] = mapped_column(String(60))
    image_id: Mapped[int | None] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), index=True)
    files: Mapped[int] = mapped_column(Integer)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    deleted: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
