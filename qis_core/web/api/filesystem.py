"""Changing files and folders where they are: moving, renaming, deleting, and having back what was deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from qis_core.api import Unavailable
from qis_core.db.file_changes import TrashEntry
from qis_core.settings import TasksSettings
from qis_core.web.api import objects
from qis_core.web.api.endpoints import Accepted, Call, Endpoints
from qis_core.web.api.fields import Text
from qis_core.web.api.library import one_image

endpoints = Endpoints("Files and folders")

_TRASHED = objects.record(
    id=objects.INTEGER,
    path=objects.TEXT,
    image_id=objects.or_null(objects.INTEGER),
    files=objects.INTEGER,
    size_bytes=objects.INTEGER,
    deleted=objects.TEXT,
    user_id=objects.or_null(objects.INTEGER),
)


def _path(text: str) -> Text:
    return Text("path", minimum=1, required=True, help=text)


@endpoints.put(
    "admin/filesystem/images/{id}",
    "Move or rename a picture",
    body=[_path("Its new folder and name")],
    gives=objects.IMAGE,
    statuses=(409,),
)
def move_image(call: Call) -> object:
    """Needs delete access where it is, and upload access where it goes to."""
    return one_image(call, call.site.files.move_image(call.actor, call.number(), call.body["path"]))


@endpoints.delete("admin/filesystem/images/{id}", "Delete a picture", gives=objects.NOTHING, statuses=(409,))
def delete_image(call: Call) -> object:
    """Needs delete access. It can be restored from the trash for a while."""
    call.site.files.delete_image(call.actor, call.number())
    return None


@endpoints.post(
    "admin/filesystem/folders",
    "Make a folder",
    body=[_path("The folder; those above it are made as well")],
    gives=objects.FOLDER,
    statuses=(409,),
)
def make_folder(call: Call) -> object:
    """Needs create-folder access to the nearest folder above it that is there."""
    return objects.folder(call.site.files.make_folder(call.actor, call.body["path"]))


@endpoints.put(
    "admin/filesystem/folders/{id}",
    "Move or rename a folder",
    body=[_path("Its new path")],
    gives=objects.FOLDER,
    background=True,
    statuses=(409,),
)
def move_folder(call: Call) -> object:
    """With everything in it, permissions included.

    To rename it needs create-folder access to the folder above; to move it, delete-folder access there
    and create-folder access to the new one.
    """
    number, path = call.number(), call.body["path"]

    def check() -> object:
        return call.site.files.plan_folder_move(call.actor, number, path)

    check()
    done = _by_task(call, "move_folder", {"id": number, "path": path}, check)
    return done or objects.folder(call.site.files.folder(number))


@endpoints.delete(
    "admin/filesystem/folders/{id}",
    "Delete a folder with everything in it",
    gives=objects.NOTHING,
    background=True,
    statuses=(409,),
)
def delete_folder(call: Call) -> object:
    """Needs delete-folder access to the folder above. It can be restored from the trash for a while."""
    number = call.number()

    def check() -> object:
        return call.site.files.plan_folder_delete(call.actor, number)

    check()
    return _by_task(call, "delete_folder", {"id": number}, check)


@endpoints.get("admin/filesystem/trash", "What was deleted and can be restored", gives=objects.many(_TRASHED))
def list_trash(call: Call) -> object:
    """What the caller may restore, the latest first; after ``qis.library.trash_days`` it goes for good."""
    return [_trashed(entry) for entry in call.site.files.in_trash(call.actor)]


@endpoints.post(
    "admin/filesystem/trash/{id}",
    "Restore something from the trash",
    gives=objects.record(path=objects.TEXT),
    background=True,
    statuses=(409,),
)
def restore(call: Call) -> object:
    """To where it was, which must be free. Needs what deleting it needed."""
    number = call.number()

    def check() -> object:
        return call.site.files.plan_restore(call.actor, number)

    path = "/" + call.site.files.plan_restore(call.actor, number).path
    return _by_task(call, "restore", {"id": number}, check) or {"path": path}


@endpoints.delete("admin/filesystem/trash/{id}", "Remove something from the trash for good", gives=objects.NOTHING)
def purge_trash(call: Call) -> object:
    """Needs what deleting it needed."""
    call.site.files.purge(call.actor, call.number())
    return None


def _by_task(call: Call, name: str, parameters: Mapping[str, object], check: Callable[[], object]) -> Accepted | None:
    """Does it by a task: None when that has ended, 202 where it goes on. Raises as ``check``, and Unavailable."""
    seconds = call.site.settings(TasksSettings).answer_seconds
    task = call.site.tasks.run(
        name, parameters, user_id=call.identity.id, address=call.actor.address, wait_seconds=seconds
    )
    if not task.is_done:
        return Accepted(task=task)
    if task.has_failed:
        # What was in order a moment ago is so no more: to check again tells the reason as an error of its kind.
        check()
        raise Unavailable(task.error)
    return None


def _trashed(entry: TrashEntry) -> Mapping[str, Any]:
    return {
        "id": entry.id,
        "path": "/" + entry.path,
        "image_id": entry.image_id,
        "files": entry.files,
        "size_bytes": entry.size_bytes,
        "deleted": entry.deleted.isoformat().replace("+00:00", "Z"),
        "user_id": entry.user_id,
    }
