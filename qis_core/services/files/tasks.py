"""Changes of whole folders as tasks: they show how far they are, can be cancelled, and go on without who asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from qis_core.api import AlreadyExists
from qis_core.api.tasks import NoParameters, Progress, Task, TaskContext, parameter
from qis_core.db.folders import FolderRecord
from qis_core.services.actors import Actor
from qis_core.services.files.files import Files
from qis_core.services.files.runner import PATIENCE_SECONDS

_DAY = 86400

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class WhereTo:
    """A folder by its number, and the path that it is to have."""

    id: int = parameter(help="The folder's number", minimum=1)
    path: str = parameter(help="The path that it is to have", minimum=1, maximum=1024)


@dataclass(frozen=True, kw_only=True)
class Which:
    """Something by its number."""

    id: int = parameter(help="The number", minimum=1)


class MoveFolder(Task):
    """Moves or renames a folder, with the rights of who asks."""

    name = "move_folder"
    title = "Move a folder"
    parameters = WhereTo
    needs = None
    offered = False

    def __init__(self, files: Files) -> None:
        self._files = files

    def run(self, parameters: WhereTo, context: TaskContext) -> object:
        """Answers the folder's number and path."""
        found = _again(self._files, context, lambda: self._move(parameters, context))
        return {"id": found.id, "path": found.name}

    def _move(self, parameters: WhereTo, context: TaskContext) -> FolderRecord:
        folder = self._files.folder(parameters.id)
        if context.attempt > 1 and folder.path == parameters.path.strip("/"):
            return folder
        return self._files.move_folder(_actor(context), parameters.id, parameters.path, _told(context.progress))


class DeleteFolder(Task):
    """Deletes a folder with everything in it, with the rights of who asks."""

    name = "delete_folder"
    title = "Delete a folder"
    parameters = Which
    needs = None
    offered = False

    def __init__(self, files: Files) -> None:
        self._files = files

    def run(self, parameters: Which, context: TaskContext) -> object:
        """Answers nothing."""
        _again(self._files, context, lambda: self._delete(parameters, context))
        return None

    def _delete(self, parameters: Which, context: TaskContext) -> None:
        if context.attempt == 1 or self._files.is_active(parameters.id):
            self._files.delete_folder(_actor(context), parameters.id, _told(context.progress))


class Restore(Task):
    """Brings something back from the trash, with the rights of who asks."""

    name = "restore"
    title = "Restore from the trash"
    parameters = Which
    needs = None
    offered = False

    def __init__(self, files: Files) -> None:
        self._files = files

    def run(self, parameters: Which, context: TaskContext) -> object:
        """Answers the path."""
        told = _told(context.progress)
        path = _again(self._files, context, lambda: self._files.restore(_actor(context), parameters.id, told))
        return {"path": "/" + path}


class PurgeTrash(Task):
    """Removes what was in the trash for long enough; once a day by itself."""

    name = "purge_trash"
    title = "Empty the trash of what was deleted long ago"
    every_seconds = _DAY

    def __init__(self, files: Files) -> None:
        self._files = files

    def run(self, parameters: NoParameters, context: TaskContext) -> object:
        """Answers how many entries were removed."""
        return {"entries": self._files.purge_expired()}


def _actor(context: TaskContext) -> Actor:
    return Actor(identity=context.identity, address=context.address)


def _told(progress: Progress) -> Callable[[int, int, str], None]:
    def tell(done: int, total: int, text: str) -> None:
        progress.step(done, total, text)
        progress.stop_if_cancelled()

    return tell


def _again(files: Files, context: TaskContext, work: Callable[[], T]) -> T:
    """What ``work`` gives. After the loss of a worker its own half-done change may still stand in the way."""
    until = time.monotonic() + 2 * PATIENCE_SECONDS
    while True:
        try:
            return work()
        except AlreadyExists:
            if context.attempt == 1 or not files.runner.is_busy or time.monotonic() > until:
                raise
            files.runner.look()
            time.sleep(1)


def file_tasks(files: Files) -> Sequence[Task]:
    """The tasks of this module."""
    return MoveFolder(files), DeleteFolder(files), Restore(files), PurgeTrash(files)
