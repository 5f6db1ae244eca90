"""What is done with many pictures at once: one after the other, told picture by picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from qis_core.api import PUBLIC, BadOption, QisError
from qis_core.api.tasks import Task, TaskContext, parameter
from qis_core.db.engine import Sessions
from qis_core.db.file_changes import TrashEntry
from qis_core.db.images import ImageRecord
from qis_core.db.users import Status
from qis_core.domain.query import readable
from qis_core.services.access import AccessService
from qis_core.services.actors import Actor
from qis_core.services.files.files import Files
from qis_core.services.tagging import Tagging

MOST_TOLD = 50
"""Pictures whose problems are told by name."""


@dataclass(frozen=True, kw_only=True)
class Selected:
    """Pictures, and what is done with them."""

    deed: str = parameter(help="What is done", choices=("move", "delete", "tag"))
    images: tuple[str, ...] = parameter(help="The pictures' numbers")
    to: str = parameter("", help="The folder that they are moved to; empty is the library's root")
    add: tuple[str, ...] = parameter((), help="Tags that they get")
    remove: tuple[str, ...] = parameter((), help="Tags that are taken from them")


class ChangePictures(Task):
    """Moves, deletes or tags many pictures, with the rights of who asks; what was done when it is cancelled stays."""

    name = "change_pictures"
    title = "Change pictures"
    parameters = Selected
    needs = None
    offered = False

    def __init__(self, files: Files, access: AccessService, *, reading: Sessions, writing: Sessions) -> None:
        self._files = files
        self._access = access
        self._reading = reading
        self._writing = writing

    def check(self, parameters: Selected) -> None:
        """Raises BadOption for what is no number."""
        wrong = next((each for each in parameters.images if not each.isascii() or not each.isdigit()), None)
        if wrong is not None:
            raise BadOption("images", wrong, "numbers of pictures")

    def run(self, parameters: Selected, context: TaskContext) -> object:
        """Answers how many were ``done``, the paths ``left`` with their ``problems``, and the ``trash``'s numbers."""
        deed, total = self._deed(parameters, context), len(parameters.images)
        done: list[int] = []
        left: list[str] = []
        problems: list[str] = []
        for count, number in enumerate(map(int, parameters.images)):
            context.progress.stop_if_cancelled()
            path = self._path(number)
            context.progress.step(count, total, readable(path))
            try:
                deed(number, path)
                done.append(number)
            except QisError as error:
                left.append(readable(path))
                problems.append(f"{readable(path)}: {error.message}")
        context.progress.step(total, total, "")
        trash = self._trash(done) if parameters.deed == "delete" else []
        return {"done": len(done), "left": left, "problems": problems[:MOST_TOLD], "trash": trash}

    def _deed(self, parameters: Selected, context: TaskContext) -> Callable[[int, str], object]:
        actor = Actor(identity=context.identity, address=context.address)

        def move(number: int, path: str) -> None:
            self._files.move_image(actor, number, f"{parameters.to}/{path.rpartition('/')[2]}".lstrip("/"))

        def delete(number: int, path: str) -> None:
            if context.attempt == 1 or self._is_active(number):
                self._files.delete_image(actor, number)

        def tag(number: int, path: str) -> None:
            with self._writing.begin() as session:
                tagging = Tagging(session, self._access, context.identity or PUBLIC)
                tagging.change(number, add=parameters.add, remove=parameters.remove)

        deeds: Mapping[str, Callable[[int, str], object]] = {"move": move, "delete": delete, "tag": tag}
        return deeds[parameters.deed]

    def _path(self, number: int) -> str:
        with self._reading() as session:
            return session.scalar(select(ImageRecord.src).where(ImageRecord.id == number)) or f"picture {number}"

    def _is_active(self, number: int) -> bool:
        with self._reading() as session:
            status = session.scalar(select(ImageRecord.status).where(ImageRecord.id == number))
        return status == Status.ACTIVE

    def _trash(self, numbers: Sequence[int]) -> list[int]:
        """The latest entry of each of the pictures."""
        with self._reading() as session:
            query = select(TrashEntry.image_id, func.max(TrashEntry.id)).group_by(TrashEntry.image_id)
            found = session.execute(query.where(TrashEntry.image_id.is_not(None)))
            latest = {row[0]: row[1] for row in found}
        return [latest[number] for number in numbers if number in latest]
