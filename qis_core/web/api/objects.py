"""The contract's objects: made of records, each next to the JSON schema that the OpenAPI document has of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from qis_core.api import Right
from qis_core.db.folders import FolderPermission, FolderRecord
from qis_core.db.tasks import Outcome
from qis_core.db.templates import TemplateRecord
from qis_core.db.users import Group, User
from qis_core.services.folder_templates import Applying
from qis_core.services.tasks import TaskView

Schema = Mapping[str, Any]

INTEGER: Schema = {"type": "integer"}
TEXT: Schema = {"type": "string"}
BOOLEAN: Schema = {"type": "boolean"}
STATUS: Schema = {"type": "integer", "enum": [0, 1], "description": "1 active, 0 deleted"}
NOTHING: Schema = {"type": "null"}


def record(**properties: Schema) -> Schema:
    """The schema of an object that always has these properties."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def many(schema: Schema) -> Schema:
    """The schema of a list."""
    return {"type": "array", "items": schema}


def or_null(schema: Schema) -> Schema:
    """The schema of a value that may be missing."""
    return {"anyOf": [schema, NOTHING]}


def with_more(schema: Schema, **properties: Schema) -> Schema:
    """The schema of an object with further properties."""
    return record(**{**schema["properties"], **properties})


FOLDER = record(id=INTEGER, name=TEXT, path=TEXT, parent_id=or_null(INTEGER), status=STATUS)
ONE_FOLDER = with_more(FOLDER, parent=or_null(FOLDER), children=many(FOLDER))


def folder(found: FolderRecord) -> dict[str, Any]:
    """A folder; its name is its path."""
    return {
        "id": found.id,
        "name": found.name,
        "path": found.name,
        "parent_id": found.parent_id,
        "status": found.status,
    }


FILE = record(filename=TEXT, supported=BOOLEAN, url=TEXT)
IMAGE = record(
    id=INTEGER,
    src=TEXT,
    folder_id=INTEGER,
    folder=FOLDER,
    filename=TEXT,
    title=TEXT,
    description=TEXT,
    width=INTEGER,
    height=INTEGER,
    status=STATUS,
    supported=BOOLEAN,
    url=TEXT,
    download=BOOLEAN,
)
# A file that is no picture has no record, and so no number.
LISTED = {"anyOf": [IMAGE, FILE]}

USER = record(
    id=INTEGER,
    first_name=TEXT,
    last_name=TEXT,
    email=TEXT,
    username=TEXT,
    auth_type={"type": "integer", "enum": [1, 2], "description": "1 password kept here, 2 LDAP"},
    allow_api=BOOLEAN,
    status=STATUS,
)


def user(found: User) -> dict[str, Any]:
    """A user, never with the password."""
    return {name: getattr(found, name) for name in USER["properties"]}


RIGHTS = record(group_id=INTEGER, **{right.value: BOOLEAN for right in Right})
GROUP = record(
    id=INTEGER,
    name=TEXT,
    description=TEXT,
    group_type={"type": "integer", "enum": [1, 2, 3], "description": "1 system, 2 local, 3 LDAP"},
    permissions=RIGHTS,
)
ONE_GROUP = with_more(GROUP, users=many(USER))


def group(found: Group) -> dict[str, Any]:
    """A group with what its members may do besides what folders give."""
    granted = found.rights
    return {
        "id": found.id,
        "name": found.name,
        "description": found.description,
        "group_type": found.group_type,
        "permissions": {"group_id": found.id, **{right.value: right.value in granted for right in Right}},
    }


PERMISSION = record(id=INTEGER, folder_id=INTEGER, group_id=INTEGER, access=INTEGER)


def permission(found: FolderPermission) -> dict[str, Any]:
    """A group's level in a folder."""
    return {name: getattr(found, name) for name in PERMISSION["properties"]}


TEMPLATE = record(
    id=INTEGER,
    name=TEXT,
    description=TEXT,
    template={"type": "object", "additionalProperties": {"type": "object", "required": ["value"]}},
    locked=many(TEXT),
)


def template(found: TemplateRecord) -> dict[str, Any]:
    """A template with the values that it sets, and the keys that no URL may override."""
    return {name: getattr(found, name) for name in TEMPLATE["properties"]}


FOLDER_TEMPLATE = record(folder_id=INTEGER, template=or_null(TEXT), applies=TEXT, folder_path=or_null(TEXT))


def folder_template(found: FolderRecord, applying: Applying) -> dict[str, Any]:
    """A folder's own default template, and the one that applies in it with the folder whose it is."""
    return {
        "folder_id": found.id,
        "template": applying.own or None,
        "applies": applying.name,
        "folder_path": None if applying.folder is None else f"/{applying.folder}",
    }


PROPERTY = record(name=TEXT, value=TEXT)

_MOMENT = {"type": "string", "format": "date-time"}
TASK = record(
    id=INTEGER,
    name=TEXT,
    funcname=TEXT,
    params={"type": "object"},
    priority=INTEGER,
    status={"type": "integer", "enum": [0, 1, 2], "description": "0 new, 1 running, 2 done"},
    outcome={"type": "string", "enum": [outcome.value for outcome in Outcome], "description": "How it has ended"},
    result={"description": "What it answered; null before it has ended, and where it did not succeed"},
    error={"type": "string", "description": "Why it failed; empty where it did not"},
    progress=record(done=INTEGER, total=or_null(INTEGER), text=TEXT),
    cancel={"type": "boolean", "description": "Whether somebody wants it to stop"},
    attempts=INTEGER,
    user=or_null(USER),
    user_id=or_null(INTEGER),
    log_level=TEXT,
    error_log_level=TEXT,
    keep_for={"type": "integer", "description": "Seconds for which it can be looked up when it has ended"},
    keep_until=or_null(_MOMENT),
    lock_id=or_null(TEXT),
    created=_MOMENT,
    started=or_null(_MOMENT),
    heartbeat=or_null(_MOMENT),
    ended=or_null(_MOMENT),
)
_TASK_MOMENTS = ("keep_until", "created", "started", "heartbeat", "ended")


def task(found: TaskView, owner: User | None) -> dict[str, Any]:
    """A task, with the user who started it."""
    made = {name: getattr(found, name, None) for name in TASK["properties"]}
    made |= {name: moment(made[name]) for name in _TASK_MOMENTS}
    made["progress"] = {"done": found.done, "total": found.total, "text": found.text}
    made["user"] = None if owner is None else user(owner)
    return made


def moment(found: datetime | None) -> str | None:
    """ISO 8601 in UTC, always with microseconds: ``2018-03-23T12:38:44.264952Z``."""
    return None if found is None else found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
