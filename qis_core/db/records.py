"""Every record there is. Imported where all tables must be known: by alembic and its tests.

Portfolios join here when they come.
"""

from qis_core.db.audit import AuditEntry
from qis_core.db.base import Base
from qis_core.db.file_changes import FileChange, TrashEntry
from qis_core.db.folders import FolderPermission, FolderRecord
from qis_core.db.images import ImageHistory, ImageRecord
from qis_core.db.logins import ApiToken, LoginFailure, WebSession
from qis_core.db.properties import Property
from qis_core.db.tags import ImageTag, Tag
from qis_core.db.tasks import TaskRecord
from qis_core.db.templates import FolderTemplate, TemplateRecord
from qis_core.db.usage import ImageUsage
from qis_core.db.users import Group, GroupRights, User

__all__ = [
    "ApiToken",
    "AuditEntry",
    "Base",
    "FileChange",
    "FolderPermission",
    "FolderRecord",
    "FolderTemplate",
    "Group",
    "GroupRights",
    "ImageHistory",
    "ImageRecord",
    "ImageTag",
    "ImageUsage",
    "LoginFailure",
    "Property",
    "Tag",
    "TaskRecord",
    "TemplateRecord",
    "TrashEntry",
    "User",
    "WebSession",
]
