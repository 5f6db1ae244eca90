"""A running task's progress: told by the task's thread, written down by the workers' own."""

from __future__ import annotations

import threading

from qis_core.api.tasks import TaskCancelled
from qis_core.services.tasks.queue import Report


class TaskProgress:
    """The `qis_core.api.Progress` of one run. Safe to use from many threads."""

    def __init__(self) -> None:
        self._report = Report()
        self._stopping = threading.Event()
        self.has_seen = False
        """Whether the task knows that it should stop."""

    @property
    def report(self) -> Report:
        """What was told last."""
        return self._report

    def step(self, done: int, total: int | None = None, text: str = "") -> None:
        """Tells where the task is; negative numbers count as 0."""
        known = self._report.total if total is None else max(0, int(total))
        self._report = Report(done=max(0, int(done)), total=known, text=str(text))

    @property
    def cancelled(self) -> bool:
        """Whether the task should stop."""
        if self._stopping.is_set():
            self.has_seen = True
        return self.has_seen

    def stop_if_cancelled(self) -> None:
        """Raises TaskCancelled where the task should stop."""
        if self.cancelled:
            raise TaskCancelled

    def stop(self) -> None:
        """Asks the task to stop."""
        self._stopping.set()
