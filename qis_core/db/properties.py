"""Properties: the site's few single values that change while it runs."""

from __future__ import annotations

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from qis_core.db.base import Base

DEFAULT_TEMPLATE = "pubimage_default_template"
"""The property with the default template's name."""

TEMPLATES_VERSION = "templates_version"
"""The property that is another whenever a template or the default template has changed."""

ACCESS_VERSION = "access_version"
"""The property that is another whenever accounts, groups, folders or permissions have changed."""

LOGINS_VERSION = "logins_version"
"""The property that is another whenever a session or a named token was ended before its time."""

FILES_VERSION = "files_version"
"""The property that is another whenever this site has replaced, moved or deleted files."""

CLAIMS_VERSION = "claims_version"
"""The property that whoever claims a path of the library changes first, so that they come one after the other."""

PURGES_VERSION = "purges_version"
"""The property that is another whenever something was purged."""

PURGES = "purges"
"""The property with what was purged: a ``PurgeTable`` as a text."""


class Property(Base):
    """A named text."""

    __tablename__ = "properties"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    value: Mapped[str] = mapped_column(Text, default="")
