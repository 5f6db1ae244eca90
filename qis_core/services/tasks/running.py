"""Runs one task that was taken: from its parameters to how it ended."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from qis_core.api import Identity, QisError, Refused, TaskFinished
from qis_core.api.tasks import Task, TaskCancelled, TaskContext, TaskLibrary
from qis_core.db.tasks import Outcome
from qis_core.domain.parameters import read_parameters
from qis_core.services.tasks.progress import TaskProgress
from qis_core.services.tasks.queue import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger("qis.tasks")

LARGEST_RESULT = 256 * 1024
"""Bytes of a result, as JSON."""


class UndoableLibrary(TaskLibrary, Protocol):
    """A task's library that can take back what was newly written."""

    def undo(self) -> None:
        """Takes back what was newly written and made. Raises nothing."""


WhoIs = Callable[[int], Identity | None]
"""The identity of an active user by id; None where there is none (any more)."""

OpenLibrary = Callable[[int | None], UndoableLibrary]
"""The library with the rights of a user; of the system itself for None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run has ended. ``stopped`` is true where it was asked to stop and did."""

    outcome: Outcome
    result: object = None
    error: str = ""
    stopped: bool = False


class Runner:
    """Runs tasks, on whatever thread calls it."""

    def __init__(
        self,
        *,
        known: Mapping[str, Task],
        who: WhoIs,
        library: OpenLibrary,
        notify: Callable[[TaskFinished], None],
        scratch: Path,
    ) -> None:
        """``scratch`` is where the runs have their folders."""
        self.known = known
        self._who = who
        self._library = library
        self._notify = notify
        self._scratch = scratch

    def run(self, claim: Claim, progress: TaskProgress) -> Ending:
        """Runs a task to its end, and takes back what it has newly written unless it succeeds. Raises nothing."""
        library = self._library(claim.user_id)
        ending = self._ending(claim, progress, library)
        if ending.outcome is not Outcome.SUCCEEDED:
            library.undo()
        return ending

    def tell(self, claim: Claim, ending: Ending, seconds: float) -> None:
        """Tells the log and the listeners that a task has ended."""
        error = ending.error or ("" if ending.outcome is Outcome.SUCCEEDED else str(ending.outcome))
        level = claim.error_log_level if ending.outcome is Outcome.FAILED else claim.log_level
        told = f": {ending.error}" if ending.error else ""
        number = _LEVELS.get(level, logging.INFO)
        log.log(number, "task %d (%s) %s after %.1f s%s", claim.id, claim.funcname, ending.outcome, seconds, told)
        self._notify(TaskFinished(name=claim.funcname, task_id=claim.id, seconds=seconds, error=error))

    def _ending(self, claim: Claim, progress: TaskProgress, library: TaskLibrary) -> Ending:
        try:
            result = self._result(claim, progress, library)
        except TaskCancelled:
            return Ending(outcome=Outcome.CANCELLED, stopped=True)
        except QisError as error:
            return _stopped(progress) or Ending(outcome=Outcome.FAILED, error=error.message)
        except Exception:
            log.exception("task %d (%s) failed", claim.id, claim.funcname)
            told = f"Something went wrong on our side. It is in the server's log as task {claim.id}."
            return _stopped(progress) or Ending(outcome=Outcome.FAILED, error=told)
        return _stopped(progress) or result

    def _result(self, claim: Claim, progress: TaskProgress, library: TaskLibrary) -> Ending:
        task = self.known[claim.funcname]
        parameters = read_parameters(task.parameters, claim.params)
        identity = None if claim.user_id is None else self._who(claim.user_id)
        if claim.user_id is not None and identity is None:
            raise Refused("whoever started this task has no account any more")
        with self._folder(claim) as scratch:
            context = TaskContext(
                task_id=claim.id, identity=identity, address=claim.address, attempt=claim.attempt, progress=progress,
                library=library, scratch=scratch,
            )  # fmt: skip
            progress.stop_if_cancelled()
            return _succeeded(claim, task.run(parameters, context))

    @contextmanager
    def _folder(self, claim: Claim) -> Iterator[Path]:
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        # What an earlier run has left whose worker was lost is of no use to anybody.
        for left in self._scratch.glob(f"{claim.id}-*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{claim.id}-", dir=self._scratch))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _stopped(progress: TaskProgress) -> Ending | None:
    """Whatever a task does that knows it should stop, it has stopped."""
    return Ending(outcome=Outcome.CANCELLED, stopped=True) if progress.has_seen else None


def _succeeded(claim: Claim, result: object) -> Ending:
    try:
        written = json.dumps(result, allow_nan=False)
    except (TypeError, ValueError):
        log.error("task %d (%s) answered %r, which JSON cannot have", claim.id, claim.funcname, type(result))
        return Ending(outcome=Outcome.FAILED, error="The task is done, but its answer cannot be written down.")
    if len(written) > LARGEST_RESULT:
        return Ending(outcome=Outcome.FAILED, error="The task is done, but its answer is too long to be kept.")
    return Ending(outcome=Outcome.SUCCEEDED, result=json.loads(written))


_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
