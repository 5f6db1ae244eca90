"""What every background task must do. Subclass it, give two fixtures, run pytest::

class TestMyTask(TaskSuite):
    @pytest.fixture
    def task(self):
        return MyTask()

    @pytest.fixture
    def sent(self):
        return {"folder": "photos"}      # parameters with which it succeeds on the library of the fixture `library`
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qis_core.api import BadOption
from qis_core.api.tasks import Task
from qis_core.db.tasks import Outcome
from qis_core.domain.parameters import parameters_of, problems_of, read_parameters, to_json
from qis_core.plugins.things import KINDS
from qis_core.services.tasks.progress import TaskProgress
from qis_core.services.tasks.queue import Claim
from qis_core.services.tasks.running import Ending, Runner

if TYPE_CHECKING:
    from qis_core.testing.app_fixtures import MakeSite, TestSite

Tree = Mapping[str, bytes | None]
"""What lies in a library: bytes by path, None for folders."""

MOST_STOPS = 5


class TaskSuite:
    """The contract of ``Task``."""

    @pytest.fixture
    def task(self) -> Iterator[Task]:
        """The task; subclasses must override this."""
        raise NotImplementedError("give a fixture named task")

    @pytest.fixture
    def sent(self) -> Mapping[str, object]:
        """Parameters, as a client sends them, with which it succeeds; subclasses override this."""
        return {}

    @pytest.fixture
    def place(self, new_site: MakeSite) -> TestSite:
        """A site with the small library of the fixture ``library``, for the test alone."""
        return new_site({"qis.tasks.workers": "0"})

    def test_it_can_be_registered(self, task: Task) -> None:
        assert KINDS["tasks"].checked("qis_register_tasks", [task]) == (task,)
        assert (task.__doc__ or "").strip(), "say in a docstring what it does: the API's documentation shows it"

    def test_its_parameters_can_be_sent_kept_and_described(self, task: Task, sent: Mapping[str, object]) -> None:
        assert list(problems_of(task.parameters)) == []
        values = read_parameters(task.parameters, sent)
        task.check(values)
        kept = json.loads(json.dumps(to_json(values)))
        assert read_parameters(task.parameters, kept) == values
        for each in parameters_of(task.parameters):
            assert each.help, f"say by parameter({each.name}=…, help=…) what it means"

    def test_an_unknown_parameter_is_refused(self, task: Task, sent: Mapping[str, object]) -> None:
        with pytest.raises(BadOption, match="no_such_parameter"):
            read_parameters(task.parameters, {**sent, "no_such_parameter": "1"})

    def test_it_succeeds_and_may_be_run_again(self, task: Task, sent: Mapping[str, object], place: TestSite) -> None:
        progress = TaskProgress()
        ending = run(place, task, sent, progress)
        assert ending.outcome is Outcome.SUCCEEDED, ending.error
        report = progress.report
        assert report.total is None or report.done <= report.total
        once = tree(place.library)
        # A worker that is lost right at the end leaves all work done, and the task is run again.
        again = run(place, task, sent, TaskProgress())
        assert again.outcome is Outcome.SUCCEEDED, again.error
        assert tree(place.library).keys() == once.keys()

    def test_it_leaves_nothing_half_done_where_it_is_stopped(
        self, task: Task, sent: Mapping[str, object], place: TestSite
    ) -> None:
        before = tree(place.library)
        for steps in range(MOST_STOPS):
            ending = run(place, task, sent, StopsAfter(steps))
            if ending.outcome is Outcome.SUCCEEDED:
                return  # It was quicker than that.
            assert ending.outcome is Outcome.CANCELLED, ending.error
            assert tree(place.library) == before


class StopsAfter(TaskProgress):
    """Progress that asks the task to stop as soon as it has told ``steps`` times where it is."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._left = steps
        if not steps:
            self.stop()

    def step(self, done: int, total: int | None = None, text: str = "") -> None:
        """Counts."""
        super().step(done, total, text)
        self._left -= 1
        if self._left <= 0:
            self.stop()


def run(place: TestSite, task: Task, sent: Mapping[str, object], progress: TaskProgress) -> Ending:
    """Runs a task right here, as the system itself."""
    from qis_core.services.describing import Describer, Recordable
    from qis_core.services.files.assembly import make_checker
    from qis_core.services.tasks.library import SYSTEM, ActingLibrary
    from qis_core.settings import ImagingSettings

    platform = place.site.platform
    limits = place.site.settings(ImagingSettings).limits
    recordable = Recordable(place.site.kernel.registries.decoders.values())
    library = ActingLibrary(
        library=platform.library,
        access=platform.access,
        images=platform.images,
        describer=Describer(library=platform.library, describe=platform.pool.describe, limits=limits),
        checker=make_checker(place.site.kernel, platform, recordable),
        spool=place.data / "uploads",
        who=lambda: SYSTEM,
    )
    runner = Runner(
        known={task.name: task},
        who=lambda user_id: SYSTEM,
        library=lambda user_id: library,
        notify=lambda event: None,
        scratch=place.data / "tasks",
    )
    params = to_json(read_parameters(task.parameters, sent))
    claim = Claim(
        id=1, funcname=task.name, params=params, user_id=None, address="", attempt=1, lock="", log_level="info",
        error_log_level="error", cancel=False,
    )  # fmt: skip
    return runner.run(claim, progress)


def tree(root: Path) -> Tree:
    """What lies below a folder."""
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else None for path in sorted(root.rglob("*"))
    }
