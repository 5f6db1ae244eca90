"""Every record there is. Imported where all tables must be known: by alembic and its tests.

Permissions, images, history, portfolios and tasks join here when they come.
"""

from qis_core.db.base import Base
from qis_core.db.properties import Property
from qis_core.db.templates import TemplateRecord
from qis_core.db.users import Group, User

__all__ = ["Base", "Group", "Property", "TemplateRecord", "User"]
