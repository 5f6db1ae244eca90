"""The library's pictures, and what became of them."""

from __future__ import annotations

import enum
import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from qis_core.db.base import Base
from qis_core.db.times import UTCDateTime, now
from qis_core.db.users import Status

# Names are in order of code points, as stores list them and SQLite sorts; PostgreSQL would go by a language.
_NAME = String(255).with_variant(String(255, collation="C"), "postgresql")


class ImageAction(enum.IntEnum):
    """What happened to a picture. The numbers are part of the REST contract."""

    DELETED = 0
    CREATED = 1
    REPLACED = 2
    EDITED = 3
    MOVED = 4


def image_key(src: str) -> str:
    """What makes a picture's path unique: paths can be longer than PostgreSQL takes into an index.

    Raises UnicodeEncodeError for a path that is no text, of which no record can be kept.
    """
    return hashlib.sha256(src.encode()).hexdigest()


class ImageRecord(Base):
    """A picture of the library.

    ``src`` is its clean path, ``key`` its `image_key`, ``filename`` the last part of it. ``width``
    and ``height`` are the upright first page's pixels, 0 where they are not known. ``version`` is
    the store's word for the bytes that ``size_bytes``, ``facts`` and ``embedded`` tell of;
    ``described`` says whether these have been read for it, ``analysis`` which analysers have looked at it
    (`qis_core.services.looking`). ``facts`` has what is known of the file
    (``format``, ``pages``, …, ``found``: what analysers found, by name; or ``error`` where it is no readable
    picture), ``embedded`` its metadata by group and name. ``focal_x`` and ``focal_y`` (0–1, from the top left of
    the upright picture) are where the eye should land.
    """

    __tablename__ = "images"
    __table_args__ = (
        # A folder's pictures in the order of their names, from any name on.
        Index(None, "folder_id", "filename"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    src: Mapped[str] = mapped_column(String(1024))
    folder_id: Mapped[int] = mapped_column(ForeignKey("folders.id"))
    filename: Mapped[str] = mapped_column(_NAME)
    title: Mapped[str] = mapped_column(String(255), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    width: Mapped[int] = mapped_column(Integer, default=0)
    height: Mapped[int] = mapped_column(Integer, default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    version: Mapped[str] = mapped_column(String(255), default="")
    described: Mapped[bool] = mapped_column(default=False)
    analysis: Mapped[str] = mapped_column(String(64), default="")
    focal_x: Mapped[float | None] = mapped_column(Double)
    focal_y: Mapped[float | None] = mapped_column(Double)
    status: Mapped[int] = mapped_column(Integer, default=Status.ACTIVE)
    created: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    updated: Mapped[datetime] = mapped_column(UTCDateTime, default=now, onupdate=now)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # Large, and of no use to a listing: read only when it is asked for.
    embedded: Mapped[dict[str, dict[str, Any]]] = mapped_column("metadata", JSON, default=dict, deferred=True)


class ImageHistory(Base):
    """One thing that happened to a picture; ``user_id`` is None where a file came or went by itself."""

    __tablename__ = "image_history"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    action: Mapped[int] = mapped_column(Integer)
    action_info: Mapped[str] = mapped_column(String(1024), default="")
    action_time: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
