"""The guide's task does what the guide says, and keeps the contract of tasks."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from qis_core.api.tasks import Task
from qis_core.services.tasks.core import PurgeSystemStatistics
from qis_core.testing.app_fixtures import site_in
from qis_core.testing.suites.tasks import TaskSuite

GUIDE = (Path(__file__).parents[2] / "docs/how-to/add-a-task.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r'```\w+ title="([^"]+)"\n(.*?)```', GUIDE, re.DOTALL))
SECONDS = 60


@pytest.fixture
def module(install_plugin: Callable[..., str]) -> ModuleType:
    """The guide's plugin."""
    return importlib.import_module(install_plugin("small_copies", FILES["qis_small_copies.py"]))


@pytest.fixture
def place(module: ModuleType, tmp_path: Path) -> Iterator[object]:
    """A site with the guide's plugin."""
    with site_in(tmp_path / "site", {}) as made:
        yield made


def test_it_is_started_by_its_name(place: object) -> None:
    tasks = place.site.tasks  # type: ignore[attr-defined]
    view = tasks.run("small_copies", {"folder": "photos", "width": "50"}, wait_seconds=SECONDS)
    assert (view.name, view.result) == ("Make small copies", {"made": 2})
    names = sorted(path.name for path in (place.library / "photos/small").iterdir())  # type: ignore[attr-defined]
    assert names == ["tall.png.jpg", "wide.jpg.jpg"]
    document = place.testapp.get("/api/openapi.json").json  # type: ignore[attr-defined]
    assert "/admin/tasks/small_copies/" in document["paths"]


def test_the_guides_test_is_a_suite() -> None:
    assert "class TestSmallCopies(TaskSuite)" in FILES["test_small_copies.py"]


class TestSmallCopies(TaskSuite):
    """As the guide has it."""

    @pytest.fixture
    def task(self, module: ModuleType) -> Task:
        made: Task = module.SmallCopies()
        return made

    @pytest.fixture
    def sent(self) -> dict[str, object]:
        return {"folder": "photos", "width": "32"}


class TestPurge(TaskSuite):
    """One of the server's own."""

    @pytest.fixture
    def task(self) -> Task:
        return PurgeSystemStatistics()

    @pytest.fixture
    def sent(self) -> dict[str, object]:
        return {"before_time": "2024-02-29"}
