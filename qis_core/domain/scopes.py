"""What the scopes of a named token let it do: pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from qis_core.api import Level, Right, Scope

LEVEL_SCOPES: Mapping[Level, Scope] = {
    Level.NONE: Scope.READ,
    Level.VIEW: Scope.READ,
    Level.DOWNLOAD: Scope.READ,
    Level.EDIT: Scope.FILES,
    Level.UPLOAD: Scope.UPLOAD,
    Level.DELETE: Scope.FILES,
    Level.CREATE_FOLDER: Scope.FILES,
    Level.DELETE_FOLDER: Scope.FILES,
}
"""The scope that using a level in a folder takes."""

_ADMINISTRATION = {Right.ADMIN_ALL, Right.ADMIN_USERS, Right.ADMIN_PERMISSIONS}
_FOLIOS = {Right.FOLIOS, Right.ADMIN_FOLIOS}
_READ_BY_ALL = ("admin/templates", "admin/tasks", "admin/images", "admin/filesystem", "admin/folders")
_OF_FILES = ("admin/images", "admin/filesystem", "admin/folders")


def narrowed_rights(rights: Iterable[str], scopes: Iterable[str]) -> frozenset[str]:
    """The rights of an account that are left to a token of these scopes.

    The right to all files stays: what the token may do with them, its scopes say at each level.
    """
    kept, given = frozenset(rights), frozenset(scopes)
    if Scope.ADMIN not in given:
        kept -= _ADMINISTRATION
    return kept if Scope.FOLIOS in given else kept - _FOLIOS


def endpoint_scope(method: str, path: str) -> Scope:
    """The scope that an endpoint takes which declares none: ``path`` is relative to ``/api/v1/``."""
    reads = method in ("GET", "HEAD")
    if path.startswith("upload"):
        return Scope.UPLOAD
    if path.startswith("portfolios"):
        return Scope.READ if reads else Scope.FOLIOS
    if path.startswith("admin/"):
        if reads and path.startswith(_READ_BY_ALL):
            return Scope.READ
        return Scope.FILES if path.startswith(_OF_FILES) else Scope.ADMIN
    return Scope.READ if reads else Scope.FILES
