"""Users, and the groups that they belong to. The numbers are part of the REST contract."""

from __future__ import annotations

import enum

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from qis_core.api import Right
from qis_core.db.base import Base
from qis_core.db.properties import ACCESS_VERSION
from qis_core.domain.permissions import SystemGroup

__all__ = ["AuthType", "Group", "GroupRights", "GroupType", "Status", "SystemGroup", "User", "members"]


class Status(enum.IntEnum):
    """Records are marked deleted, and removed only when they are purged."""

    DELETED = 0
    ACTIVE = 1


class AuthType(enum.IntEnum):
    """Where a user's password is kept."""

    PASSWORD = 1
    LDAP = 2


class GroupType(enum.IntEnum):
    """Who looks after a group: QIS itself, the administrators, or a directory."""

    SYSTEM = 1
    LOCAL = 2
    LDAP = 3


members = Table(
    "group_members",
    Base.metadata,
    Column("group_id", ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True),
)
"""Who belongs to which group. Public and Normal users hold everybody without a row here."""


class GroupRights(Base):
    """What a group's members may do besides what folders give: one column for each `Right`."""

    __tablename__ = "system_permissions"
    version_property = ACCESS_VERSION

    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    folios: Mapped[bool] = mapped_column(Boolean, default=False)
    reports: Mapped[bool] = mapped_column(Boolean, default=False)
    admin_users: Mapped[bool] = mapped_column(Boolean, default=False)
    admin_files: Mapped[bool] = mapped_column(Boolean, default=False)
    admin_folios: Mapped[bool] = mapped_column(Boolean, default=False)
    admin_permissions: Mapped[bool] = mapped_column(Boolean, default=False)
    admin_all: Mapped[bool] = mapped_column(Boolean, default=False)

    @property
    def granted(self) -> frozenset[str]:
        """The rights that are set."""
        return frozenset(right.value for right in Right if getattr(self, right.value))


class Group(Base):
    """Users who may do the same things."""

    __tablename__ = "groups"
    __table_args__ = {"sqlite_autoincrement": True}
    version_property = ACCESS_VERSION

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    description: Mapped[str] = mapped_column(String(1024), default="")
    group_type: Mapped[int] = mapped_column(Integer, default=GroupType.LOCAL)
    permissions: Mapped[GroupRights | None] = relationship(
        lazy="joined", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def rights(self) -> frozenset[str]:
        """The rights that the group itself gives, without those that they include."""
        return self.permissions.granted if self.permissions else frozenset()


class User(Base):
    """Somebody who can log in. ``username`` is kept in lower case, since logins ignore case.

    Logins hold the ``login_stamp`` of the moment when they began, and end when it is another.
    """

    __tablename__ = "users"
    version_property = ACCESS_VERSION
    # An id is never given twice: what still names a purged user (a token, a history) must not mean another.
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(120), unique=True)
    first_name: Mapped[str] = mapped_column(String(120), default="")
    last_name: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(320), default="")
    auth_type: Mapped[int] = mapped_column(Integer, default=AuthType.PASSWORD)
    password_hash: Mapped[str] = mapped_column(String(255), default="")
    allow_api: Mapped[bool] = mapped_column(default=False)
    status: Mapped[int] = mapped_column(Integer, default=Status.ACTIVE)
    login_stamp: Mapped[str] = mapped_column(String(32), default="", server_default="")
    groups: Mapped[list[Group]] = relationship(secondary=members, lazy="selectin")
