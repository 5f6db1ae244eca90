"""Templates: named sets of image options, and the folders that they are the default of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from qis_core.db.base import Base
from qis_core.db.folders import FolderRecord
from qis_core.db.properties import TEMPLATES_VERSION


class TemplateRecord(Base):
    """A template as the REST contract has it.

    ``name_key`` is the case-folded name, by which URLs find it; ``template`` is
    ``{key: {"value": value}}``, ``locked`` the keys that a URL may not override.
    """

    __tablename__ = "templates"
    __table_args__ = {"sqlite_autoincrement": True}
    version_property = TEMPLATES_VERSION

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(String(240), unique=True)
    description: Mapped[str] = mapped_column(String(1024), default="")
    template: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    locked: Mapped[list[str]] = mapped_column(JSON, default=list)


class FolderTemplate(Base):
    """The default template of a folder, and of all below it that have none of their own."""

    __tablename__ = "folder_templates"
    version_property = TEMPLATES_VERSION

    folder_id: Mapped[int] = mapped_column(
        ForeignKey("folders.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    template_id: Mapped[int] = mapped_column(ForeignKey("templates.id"), index=True)
    folder: Mapped[FolderRecord] = relationship(lazy="joined")
    template: Mapped[TemplateRecord] = relationship(lazy="joined")
