"""Folders of the library, and what each group may do in them."""

from __future__ import annotations

import hashlib

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from qis_core.api import Level
from qis_core.db.base import Base
from qis_core.db.users import Group, Status
from qis_core.db.versions import ACCESS_VERSION

ROOT_ID = 1
"""The id of the library's root."""


def folder_key(name: str) -> str:
    """What makes a folder's name unique: names can be longer than PostgreSQL takes into an index."""
    return hashlib.sha256(name.encode()).hexdigest()


class FolderRecord(Base):
    """A folder. ``name`` is its whole path with a leading ``/``, the root's is ``/``; ``key`` is `folder_key` of it.

    Permissions count whatever the folder's ``status``: a folder that is away for a while, and is
    then found again, must not have lost them.
    """

    __tablename__ = "folders"
    __table_args__ = {"sqlite_autoincrement": True}
    version_property = ACCESS_VERSION

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(1025))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("folders.id", ondelete="CASCADE"), index=True)
    status: Mapped[int] = mapped_column(Integer, default=Status.ACTIVE)

    @property
    def path(self) -> str:
        """The clean path; '' for the root."""
        return self.name[1:]


class FolderPermission(Base):
    """A group's level in a folder, and in all below it that say nothing else for the group."""

    __tablename__ = "folder_permissions"
    __table_args__ = (
        UniqueConstraint("folder_id", "group_id"),
        CheckConstraint(f"access IN ({', '.join(str(int(level)) for level in Level)})", name="access"),
        {"sqlite_autoincrement": True},
    )
    version_property = ACCESS_VERSION

    id: Mapped[int] = mapped_column(primary_key=True)
    folder_id: Mapped[int] = mapped_column(ForeignKey("folders.id", ondelete="CASCADE"))
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)
    access: Mapped[int] = mapped_column(Integer)
    folder: Mapped[FolderRecord] = relationship(lazy="joined")
    group: Mapped[Group] = relationship(lazy="joined")
