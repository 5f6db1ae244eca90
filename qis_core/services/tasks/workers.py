"""Workers: threads that take tasks from the queue and run them, and one that looks after them.

The one that looks after them (it has no work of its own) takes tasks while there are places free,
writes down twice a second at most where they are, hears of wishes to cancel, and finds tasks whose
workers were lost. That is told without comparing the clocks of machines: a task whose heartbeat has
stayed the same for `lost_seconds` of this process's own time has nobody who runs it.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from qis_core.services.tasks.bell import Bell, Listener
from qis_core.services.tasks.progress import TaskProgress
from qis_core.services.tasks.queue import Claim, Queue, Report
from qis_core.services.tasks.running import Ending, Runner
from qis_core.services.tasks.tasks import SOON

log = logging.getLogger("qis.tasks")

LOOK_SECONDS = 0.5
"""How often the records are asked for new tasks and wishes to cancel."""

WRITE_SECONDS = 1.0
"""How often a running task's progress is written down at most."""

BEAT_SECONDS = 2.0
"""How often a running task shows life at least."""

SEARCH_SECONDS = 2.0
"""How often lost tasks and due ones are looked for."""

LOST_SECONDS = 20.0
"""How long a heartbeat stays the same until the task's worker counts as lost: longer than a database may be busy."""

STOP_SECONDS = 10.0
"""How long tasks may take to stop when their process ends."""

_TRIES = 60


@dataclass(eq=False)
class _Run:
    """A task that runs here. ``wished`` says that somebody wants it cancelled, rather than put off."""

    claim: Claim
    progress: TaskProgress = field(default_factory=TaskProgress)
    began: float = field(default_factory=time.monotonic)
    wished: bool = False
    written: Report = field(default_factory=Report)
    beat: float = field(default_factory=time.monotonic)
    thread: threading.Thread | None = None


class Workers:
    """Runs up to ``count`` tasks at once, and one more that somebody waits for; with 0 only what `take` is given."""

    def __init__(
        self,
        *,
        queue: Queue,
        runner: Runner,
        bell: Bell,
        count: int,
        due: Callable[[], None] = lambda: None,
        lost_seconds: float = LOST_SECONDS,
    ) -> None:
        """``due`` queues what runs by itself and is due; it is called every few seconds."""
        self.count = count
        self._queue = queue
        self._runner = runner
        self._bell = bell
        self._due = due
        self._lost_seconds = lost_seconds
        self._name = f"{socket.gethostname()[:200]}:{os.getpid()}"
        self._lock = threading.Lock()
        self._runs: dict[int, _Run] = {}
        self._seen: Mapping[int, tuple[str, datetime | None, float]] = {}
        self._search = 0.0
        self._closing = False
        self._is_away = False
        self._listener: Listener | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins to take tasks; nothing where it has begun already."""
        if self._thread is not None:
            return
        self._listener = listener = self._bell.listen()
        self._thread = threading.Thread(target=self._work, args=(listener,), name="qis-tasks", daemon=True)
        self._thread.start()

    def take(self, task_id: int) -> bool:
        """Runs this very task here, after `start`; False where somebody else has it already."""
        claim = self._queue.claim_new(task_id, self._name)
        if claim is not None:
            self._begin(claim)
        return claim is not None

    def report(self, task_id: int) -> Report | None:
        """Where a task is that runs here; None where it does not."""
        run = self._runs.get(task_id)
        return run.progress.report if run is not None else None

    def close(self, seconds: float = STOP_SECONDS) -> None:
        """Takes nothing more, and asks what runs to stop: it is queued again for others.

        What does not stop within ``seconds`` is found by its heartbeat, and run again, once this process has ended.
        """
        self._closing = True
        until = time.monotonic() + seconds
        if self._thread is not None:
            # First, as it may be taking a task just now.
            self._wake()
            self._thread.join(max(0.0, until - time.monotonic()))
        with self._lock:
            runs = list(self._runs.values())
        for run in runs:
            run.progress.stop()
        for run in runs:
            if run.thread is not None:
                run.thread.join(max(0.0, until - time.monotonic()))
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is not None and self._thread is not None and not self._thread.is_alive():
            listener.close()
        self._thread = None

    def _work(self, listener: Listener) -> None:
        while not self._closing:
            try:
                self._look()
                self._is_away = False
            except SQLAlchemyError as error:
                # Told once: whoever looks into the log then knows, and the rest of the server says the same.
                log.log(logging.DEBUG if self._is_away else logging.WARNING, "tasks have to wait: %s", error)
                self._is_away = True
            except Exception:
                log.exception("looking after tasks failed; it goes on")
            listener.wait(LOOK_SECONDS, bell=self._is_free())

    def _look(self) -> None:
        self._look_after_runs()
        while not self._closing and self._is_free():
            least = SOON if len(self._runs) >= self.count else None
            claim = self._queue.claim(self._runner.known, self._name, least=least)
            if claim is None:
                break
            self._begin(claim)
        if time.monotonic() >= self._search:
            self._search = time.monotonic() + SEARCH_SECONDS
            self._find_lost()
            self._due()

    def _is_free(self) -> bool:
        return self.count > 0 and len(self._runs) <= self.count

    def _begin(self, claim: Claim) -> None:
        run = _Run(claim, wished=claim.cancel)
        if claim.cancel or self._closing:
            run.progress.stop()
        run.thread = threading.Thread(target=self._run, args=(run,), name=f"qis-task-{claim.id}", daemon=True)
        with self._lock:
            self._runs[claim.id] = run
            run.thread.start()

    def _run(self, run: _Run) -> None:
        try:
            ending = self._runner.run(run.claim, run.progress)
            if self._write_down(run, ending):
                self._runner.tell(run.claim, ending, time.monotonic() - run.began)
        except Exception:
            log.exception("task %d could not be brought to its end", run.claim.id)
        finally:
            with self._lock:
                self._runs.pop(run.claim.id, None)
            self._wake()

    def _write_down(self, run: _Run, ending: Ending) -> bool:
        """Answers whether the task has ended, and by this run."""
        for _ in range(_TRIES):
            try:
                if ending.stopped and not run.wished:
                    self._queue.give_back(run.claim)
                    return False
                report, result = run.progress.report, ending.result
                return self._queue.finish(run.claim, ending.outcome, report, result=result, error=ending.error)
            except SQLAlchemyError as error:
                log.warning("the end of task %d has to wait: %s", run.claim.id, error)
                time.sleep(1)
        return False

    def _look_after_runs(self) -> None:
        with self._lock:
            runs = list(self._runs.values())
        if not runs:
            return
        wishes = self._queue.cancelled(run.claim for run in runs)
        for run in runs:
            run.wished = run.wished or wishes.get(run.claim.id, False)
            if run.wished or run.claim.id not in wishes:
                run.progress.stop()
        self._beat([run for run in runs if run.claim.id in wishes])

    def _beat(self, runs: list[_Run]) -> None:
        moment = time.monotonic()
        due: list[tuple[_Run, Report]] = []
        for run in runs:
            report, age = run.progress.report, moment - run.beat
            if age >= BEAT_SECONDS or (age >= WRITE_SECONDS and report is not run.written):
                due.append((run, report))
        if due:
            self._queue.beat([(run.claim, report) for run, report in due])
            for run, report in due:
                run.beat, run.written = moment, report

    def _find_lost(self) -> None:
        moment, seen = time.monotonic(), self._seen
        found = {number: told for number, told in self._queue.running().items() if number not in self._runs}
        self._seen = {
            number: seen[number] if number in seen and seen[number][:2] == told else (*told, moment)
            for number, told in found.items()
        }
        for number, (lock, heartbeat, since) in self._seen.items():
            if moment - since >= self._lost_seconds and self._queue.recover(number, lock, heartbeat):
                log.warning("task %d has lost its worker; it is run again", number)
                self._wake()

    def _wake(self) -> None:
        # A closed pipe's number may be another file's by now.
        with self._lock:
            if self._listener is not None:
                self._listener.wake()
