"""Puts the tasks of a process together: its queue, what it can run, and the workers that do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from qis_core.api.tasks import Task
from qis_core.db.engine import Sessions
from qis_core.plugins import Kernel
from qis_core.services.describing import Describer, Recordable
from qis_core.services.files.assembly import make_checker
from qis_core.services.platform import Platform
from qis_core.services.tasks.acting import Acting
from qis_core.services.tasks.bell import Bell
from qis_core.services.tasks.library import ActingLibrary
from qis_core.services.tasks.queue import Queue
from qis_core.services.tasks.running import Runner
from qis_core.services.tasks.schedule import Schedule
from qis_core.services.tasks.tasks import Tasks, known_tasks
from qis_core.services.tasks.workers import Workers
from qis_core.settings import ServerSettings, TasksSettings


def make_tasks(
    kernel: Kernel,
    core: Iterable[Task],
    *,
    reading: Sessions,
    writing: Sessions,
    ended: Callable[[], None] = lambda: None,
) -> Tasks:
    """The tasks of the core and of the plugins. Raises ConfigurationError where two have one name."""
    known = known_tasks(core, kernel.registries.tasks)
    ring = Bell(kernel.settings.of(ServerSettings).data).ring
    return Tasks(known=known, reading=reading, writing=writing, ring=ring, ended=ended)


def make_workers(
    kernel: Kernel,
    tasks: Tasks,
    *,
    platform: Platform,
    describer: Describer,
    reading: Sessions,
    writing: Sessions,
    version: Callable[[], str],
    count: int | None = None,
) -> Workers:
    """Workers that run ``tasks``, as many as the settings say unless ``count`` does; none begins yet.

    ``version`` is another whenever accounts or groups have changed.
    """
    settings, data = kernel.settings.of(TasksSettings), kernel.settings.of(ServerSettings).data
    acting = Acting(reading, version)
    checker = make_checker(kernel, platform, Recordable(kernel.registries.decoders.values()))

    def library(user_id: int | None) -> ActingLibrary:
        return ActingLibrary(
            library=platform.library, access=platform.access, images=platform.images, describer=describer,
            checker=checker, spool=data / "uploads", who=partial(acting.who, user_id),
        )  # fmt: skip

    return Workers(
        queue=Queue(reading=reading, writing=writing),
        runner=Runner(
            known=tasks.known, who=acting.who, library=library, notify=kernel.manager.notify_task_finished,
            scratch=data / "tasks",
        ),
        bell=Bell(data),
        count=settings.workers if count is None else count,
        due=Schedule(tasks, tasks.known.values(), reading=reading, writing=writing),
        lost_seconds=settings.lost_seconds,
    )  # fmt: skip
