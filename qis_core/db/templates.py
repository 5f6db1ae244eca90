"""Templates: named sets of image options."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from qis_core.db.base import Base
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
