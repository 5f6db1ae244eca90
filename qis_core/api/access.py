"""Questions of access, as ``qis_decide_access`` is asked them."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from qis_core.api.values import Identity


class Level(enum.IntEnum):
    """Folder access; each level includes those before it. The numbers are part of the REST contract."""

    NONE = 0
    VIEW = 10
    DOWNLOAD = 20
    EDIT = 30
    UPLOAD = 40
    DELETE = 50
    CREATE_FOLDER = 60
    DELETE_FOLDER = 70


class Right(enum.StrEnum):
    """What a group's members may do besides what folders give them. The names are part of the REST contract."""

    FOLIOS = "folios"
    """Make portfolios."""
    REPORTS = "reports"
    """See reports."""
    ADMIN_USERS = "admin_users"
    """Look after accounts and groups."""
    ADMIN_FILES = "admin_files"
    """Do everything in every folder."""
    ADMIN_FOLIOS = "admin_folios"
    """Change everybody's portfolios."""
    ADMIN_PERMISSIONS = "admin_permissions"
    """Change permissions and groups."""
    ADMIN_ALL = "admin_all"
    """Everything; it includes all others."""


class Scope(enum.StrEnum):
    """What a named token may be used for; its account's permissions count besides."""

    READ = "read"
    """See pictures, lists and records."""
    UPLOAD = "upload"
    """Upload files."""
    FILES = "files"
    """Change, move and delete files and folders."""
    FOLIOS = "folios"
    """Make and change portfolios."""
    ADMIN = "admin"
    """Use the account's rights of administration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessQuestion:
    """May ``identity`` use ``level`` on the folder or picture ``path``?"""

    identity: Identity
    level: Level
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """No, and why: a sentence for the person who asked."""

    reason: str
