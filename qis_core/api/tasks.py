"""Background work that plugins offer.

A task has a name, a dataclass of parameters, and ``run``. It runs on some thread or machine of the
site, after it was asked for through the REST API, a page or ``qis tasks run``::

    @dataclass(frozen=True, kw_only=True)
    class Where:
        path: str = parameter(help="The folder to go through")

    class Count(Task):
        name = "count_files"
        parameters = Where

        def run(self, parameters, context):
            entries = context.library.list(parameters.path).entries
            for done, entry in enumerate(entries):
                context.progress.step(done, len(entries), entry.name)
                context.progress.stop_if_cancelled()
            return {"files": len(entries)}

A worker can be lost in the middle (a power failure); the task is then run again from the start. So
``run`` must do no harm when part of its work is done already.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from qis_core.api.access import Right
from qis_core.api.storage import StorageEntry, StoragePage
from qis_core.api.values import Identity


class TaskCancelled(Exception):
    """Ends a task that was asked to stop; what it has newly written to the library is taken back."""


def parameter(
    default: object = dataclasses.MISSING,
    *,
    help: str,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Sequence[object] = (),
) -> Any:
    """A field of a task's parameters; without a ``default`` it has to be sent.

    ``minimum`` and ``maximum`` bound numbers, and the characters of texts (both included).
    """
    metadata = {"help": help, "minimum": minimum, "maximum": maximum, "choices": tuple(choices)}
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


class Progress(Protocol):
    """How a running task tells where it is, and hears that it should stop. Safe to use from many threads.

    All of it is cheap: what is told is written down about once a second, on another thread, which is
    also the task's heartbeat.
    """

    def step(self, done: int, total: int | None = None, text: str = "") -> None:
        """``done`` of ``total`` units are done (None: as many as was said before). Raises nothing."""

    @property
    def cancelled(self) -> bool:
        """True once the task should stop: somebody wished it, or its worker is about to end.

        A task that has seen this counts as stopped, whatever it returns: it should end soon, leaving
        nothing half-done.
        """

    def stop_if_cancelled(self) -> None:
        """Raises TaskCancelled, which ends the task, where it should stop."""


class TaskLibrary(Protocol):
    """The library, with the rights of the user who started the task; of the system's own tasks, with all.

    Rights are looked up anew for each call. Paths are relative to the library's root, with ``/``
    between their parts. Every method raises Refused where a right is missing, and NotFound for a path
    that no library has. What was newly written and made is taken back where the task fails or is
    stopped; what was replaced is not.
    """

    def list(self, folder: str, *, after: str = "", limit: int = 1000) -> StoragePage:
        """Files and folders of ``folder`` ('' is the root) in name order; needs view access. Raises NotFound."""

    def stat(self, path: str) -> StorageEntry:
        """What is known of a file or folder; needs view access. Raises NotFound."""

    def facts(self, path: str) -> Mapping[str, Any]:
        """What a picture is: ``format``, ``pages``, ``frames``, ``width`` and ``height`` of its first page upright …

        Needs view access. Raises NotFound, and UnsupportedFeature for what is no readable picture.
        """

    def open(self, path: str) -> BinaryIO:
        """An original's bytes as a seekable stream; needs download access. Raises NotFound."""

    def render(self, path: str, options: Mapping[str, object] | None = None) -> bytes:
        """A rendering of a picture, by options as an image URL has them (``{"page": 2, "format": "png"}``).

        Made in a locked-in render worker, within the site's limits: the way to read files that people
        have sent. Needs view access. Raises NotFound, BadOption, and the errors of rendering.
        """

    def write(self, path: str, content: bytes | Iterable[bytes], *, overwrite: bool = False) -> StorageEntry:
        """Stores a file, complete or not at all; needs upload access, and delete access to overwrite one.

        A file with a picture's name is decoded in a render worker first, as one that somebody uploads is. Raises
        AlreadyExists, NotFound where there is no such folder, and BrokenImage, UnsupportedFeature or TooLarge for what
        is no picture that can be read here.
        """

    def make_folder(self, path: str) -> None:
        """Makes a folder and those above it, unless they are there; needs create-folder access."""

    def delete(self, path: str) -> None:
        """Removes a file; needs delete access. Raises NotFound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskContext:
    """What a running task is given.

    ``identity`` is who started it, None for the system itself, ``address`` where that request came from ('': not
    known). ``attempt`` is 1, and more where
    workers were lost over it. ``scratch`` is an empty folder of this run's own on the worker's disk,
    removed at the end, however it ends.
    """

    task_id: int
    identity: Identity | None
    attempt: int
    progress: Progress
    library: TaskLibrary
    scratch: Path
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class NoParameters:
    """For tasks that need to be told nothing."""


class Task(ABC):
    """Named work with parameters. One instance runs many times, at once as well: it keeps no state.

    ``parameters`` is a frozen dataclass whose fields, made by `parameter`, are of type str, int, float,
    bool, datetime, tuple[str, ...], or one of these ``| None``. What is sent is checked field by field
    before the task is queued.
    """

    name: str
    """Its name in the API: small letters, digits and ``_``."""

    title: str = ""
    """What people are shown; empty: the name."""

    parameters: type[Any] = NoParameters
    """A frozen dataclass."""

    needs: Right | None = Right.ADMIN_ALL
    """The right that starting it takes; None lets everybody who is logged in start it, with their own rights."""

    keep_seconds: int = 7 * 86400
    """How long it can be looked up when it has ended."""

    offered: bool = True
    """Whether people find it among the tasks that they can start; not what other pages start for them."""

    every_seconds: int = 0
    """Runs by itself so often, once for the whole site, with default parameters; 0: only when it is asked for."""

    def check(self, parameters: Any) -> None:  # noqa: B027 -- most tasks have nothing to add.
        """Raises BadOption for values that are wrong together; called before the task is queued."""

    def after_upload(self, path: str, format: str, *, replaced: bool) -> Mapping[str, object] | None:
        """Parameters with which the task is to run because somebody has uploaded a picture; None: it need not.

        ``format`` is the name of the decoder that reads it; ``replaced`` tells that there was a file of
        that path before. It runs soon afterwards with the rights of whoever uploaded, and not for
        what the public uploads or tasks write. The default: None.
        """
        return None

    @abstractmethod
    def run(self, parameters: Any, context: TaskContext) -> object:
        """Does the work; ``parameters`` is an instance of the declared dataclass.

        The result is JSON-able, and shown to whoever may see the task. The text of a QisError that it
        raises is shown to them too; of other exceptions, only that there was one.
        """
