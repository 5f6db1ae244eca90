"""Permissions of folders, and why somebody may do what they may."""

from __future__ import annotations

from typing import Any

from qis_core.api import PUBLIC, AlreadyExists, BadOption, Level, NotFound, Right
from qis_core.db.folders import FolderRecord
from qis_core.domain.paths import clean_folder
from qis_core.services.accounts import Accounts
from qis_core.services.explaining import ExplainedRule, explain
from qis_core.services.permissions import Permissions
from qis_core.web.api import objects
from qis_core.web.api.endpoints import Call, Endpoints
from qis_core.web.api.fields import Number, Text

endpoints = Endpoints("Permissions")

_ACCESS = Number(
    "access",
    required=True,
    choices=[int(level) for level in Level],
    help=", ".join(f"{int(level)} {level.name.lower().replace('_', ' ')}" for level in Level),
)
_RULE = objects.record(
    group_id=objects.INTEGER, group=objects.TEXT, folder=objects.or_null(objects.TEXT), access=objects.INTEGER
)
_WORDS = {"type": "array", "items": objects.TEXT, "description": "The same in words, sentence by sentence"}
_TRACE = objects.record(
    path=objects.TEXT,
    access=objects.INTEGER,
    right=objects.TEXT,
    decided=objects.or_null(_RULE),
    own=objects.many(_RULE),
    others=objects.many(_RULE),
    explanation=_WORDS,
)


@endpoints.get("admin/permissions", "All permissions of folders", gives=objects.many(objects.PERMISSION))
def list_permissions(call: Call) -> object:
    """Needs permissions administration, as everything here."""
    call.actor.require(Right.ADMIN_PERMISSIONS)
    return [objects.permission(found) for found in _permissions(call).all()]


@endpoints.post(
    "admin/permissions",
    "Give a group access to a folder",
    body=[Number("group_id", required=True), Number("folder_id", required=True), _ACCESS],
    gives=objects.PERMISSION,
    statuses=(404, 409),
)
def add_permission(call: Call) -> object:
    """The access holds for all folders below as well, until one of them sets its own."""
    call.actor.require(Right.ADMIN_PERMISSIONS)
    folder = call.session.get(FolderRecord, call.body["folder_id"])
    if folder is None:
        raise NotFound(f"there is no folder {call.body['folder_id']}")
    if _permissions(call).find(folder.path, call.body["group_id"]) is not None:
        raise AlreadyExists("the group has a permission in this folder already")
    return objects.permission(_permissions(call).set(folder.path, call.body["group_id"], call.body["access"]))


@endpoints.get("admin/permissions/{id}", "One permission", gives=objects.PERMISSION)
def show_permission(call: Call) -> object:
    """By its number."""
    call.actor.require(Right.ADMIN_PERMISSIONS)
    return objects.permission(_permissions(call).get(call.number()))


@endpoints.put(
    "admin/permissions/{id}",
    "Change a permission's access",
    body=[Number("group_id"), Number("folder_id"), _ACCESS],
    gives=objects.PERMISSION,
)
def change_permission(call: Call) -> object:
    """Group and folder stay as they are; they may be sent along."""
    call.actor.require(Right.ADMIN_PERMISSIONS)
    found = _permissions(call).get(call.number())
    for name in ("group_id", "folder_id"):
        if call.body.get(name, getattr(found, name)) != getattr(found, name):
            raise BadOption(name, call.body[name], f"{getattr(found, name)}, as it was: only access can be changed")
    return objects.permission(_permissions(call).set(found.folder.path, found.group_id, call.body["access"]))


@endpoints.delete("admin/permissions/{id}", "Remove a permission", gives=objects.NOTHING)
def remove_permission(call: Call) -> object:
    """What is set further up counts again. The root's for the system's groups stay."""
    _permissions(call).remove(call.number())
    return None


@endpoints.get(
    "admin/permissions/trace",
    "Which group's rule of which folder decides what somebody may do",
    query=[
        Text("path", required=True, minimum=1, lines=True, help="A folder or picture"),
        Number("user_id", help="A user; without it, the public"),
    ],
    gives=_TRACE,
    statuses=(404,),
)
def trace(call: Call) -> object:
    """``decided`` is null where a right (``right``) gives everything; ``others`` are groups that do not count here."""
    call.actor.require(Right.ADMIN_PERMISSIONS)
    identity, who = PUBLIC, "The public"
    if "user_id" in call.query:
        accounts = Accounts(call.session)
        user = accounts.active(call.query["user_id"])
        if user is None:
            raise NotFound(f"there is no user {call.query['user_id']}")
        identity, who = accounts.identity(user), user.username
    access = call.site.platform.access
    found = explain(access.trace(identity, clean_folder(call.query["path"])), who, access.group_name)
    return {
        "path": found.path,
        "access": int(found.level),
        "right": found.right,
        "decided": next((_rule(rule) for rule in found.rules if rule.decides), None),
        "own": [_rule(rule) for rule in found.rules if rule.counts],
        "others": [_rule(rule) for rule in found.rules if not rule.counts],
        "explanation": found.sentences,
    }


def _permissions(call: Call) -> Permissions:
    return Permissions(call.session, call.actor)


def _rule(rule: ExplainedRule) -> dict[str, Any]:
    return {"group_id": rule.group_id, "group": rule.group, "folder": rule.folder, "access": int(rule.level)}
