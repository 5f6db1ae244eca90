"""Tasks run, tell how far they are, stop when they are asked to, and are never lost, on SQLite and PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from qis_core.api import BadOption, NotFound, Refused
from qis_core.api.tasks import NoParameters, Task, TaskContext, parameter
from qis_core.db.tasks import TaskRecord
from qis_core.db.times import now
from qis_core.services.describing import Describer
from qis_core.services.tasks import Tasks, TaskView, Workers
from qis_core.services.tasks.assembly import make_tasks, make_workers
from qis_core.services.tasks.queue import MOST_ATTEMPTS, Queue
from qis_core.services.tasks.schedule import Schedule
from qis_core.settings import ImagingSettings
from qis_core.testing.apis import Api
from qis_core.testing.app_fixtures import site_in

SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class What:
    do: str = parameter("nothing", help="What to do")


class Probe(Task):
    """Does what it is told, and waits where it is told to."""

    name = "probe"
    parameters = What

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()
        self.runs: list[int] = []

    def run(self, parameters: What, context: TaskContext) -> object:
        self.runs.append(context.attempt)
        return getattr(self, parameters.do)(context)

    def nothing(self, context: TaskContext) -> object:
        return {"attempt": context.attempt, "who": context.identity and context.identity.username}

    def wait(self, context: TaskContext) -> object:
        """Writes, and waits until it may go on or should stop."""
        context.library.make_folder("made/by task")
        context.library.write("made/by task/a.txt", b"half")
        (context.scratch / "left").write_text("x")
        context.progress.step(3, 9, "three of nine")
        self.begun.set()
        while not self.go.wait(0.02):
            context.progress.stop_if_cancelled()
        return "went on"

    def see(self, context: TaskContext) -> object:
        """Stops by itself, and answers as if nothing were."""
        self.begun.set()
        while not context.progress.cancelled:
            time.sleep(0.02)
        return "seen"

    def come_from(self, context: TaskContext) -> object:
        return context.address

    def refuse(self, context: TaskContext) -> object:
        context.library.write("photos/new.txt", b"x")
        raise Refused("not on a Sunday")

    def crash(self, context: TaskContext) -> object:
        raise ZeroDivisionError("secret inside")

    def answer_nonsense(self, context: TaskContext) -> object:
        return object()

    def write_art(self, context: TaskContext) -> object:
        context.library.write("art/x.txt", b"x")
        return "written"

    def render(self, context: TaskContext) -> object:
        facts = context.library.facts("photos/wide.jpg")
        made = context.library.render("photos/wide.jpg", {"width": 40, "format": "png"})
        context.library.write("photos/small.png", made, overwrite=True)
        return {"width": facts["width"], "head": made[1:4].decode(), "names": self._names(context)}

    def write_broken(self, context: TaskContext) -> object:
        context.library.write("photos/broken.png", [b"\x89PNG\r\n\x1a\n", b"and nothing more"])
        return "written"

    def _names(self, context: TaskContext) -> list[str]:
        return [entry.name for entry in context.library.list("photos").entries]


class Daily(Task):
    """Runs by itself."""

    name = "daily"
    parameters = NoParameters
    every_seconds = 86400

    def run(self, parameters: NoParameters, context: TaskContext) -> object:
        return None


@dataclass(kw_only=True)
class Desk:
    """A site with the tasks above, and workers that a test starts."""

    api: Api
    tasks: Tasks
    probe: Probe
    workers: list[Workers] = field(default_factory=list)

    def work(self, count: int = 1) -> Workers:
        """Starts workers."""
        site = self.api.site.site
        describer = Describer(
            library=site.platform.library,
            describe=site.platform.pool.describe,
            limits=site.settings(ImagingSettings).limits,
        )
        made = make_workers(
            site.kernel, self.tasks, platform=site.platform, describer=describer, reading=site.reading,
            writing=site.writing, version=lambda: "", count=count,
        )  # fmt: skip
        made.start()
        self.workers.append(made)
        return made

    def queue(self) -> Queue:
        """The queue as workers see it."""
        return Queue(reading=self.api.site.site.reading, writing=self.api.site.site.writing)

    def until(self, number: int, reached: Callable[[TaskView], bool]) -> TaskView:
        """The task when it is so far."""
        until = time.monotonic() + SECONDS
        while not reached(view := self.tasks.get(number)):
            assert time.monotonic() < until, view
            assert not view.is_done, view
            time.sleep(0.02)
        return view


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A site that runs none of the tasks of these tests, once with each database."""
    with contextlib.ExitStack() as closing:
        settings = {"qis.tasks.lost_seconds": "2"}
        if request.param == "postgresql":
            server = request.getfixturevalue("postgres")
            settings["qis.database.url"] = server.make_database()
            closing.callback(server.drop_database, settings["qis.database.url"])
        yield Api(site=closing.enter_context(site_in(tmp_path_factory.mktemp("site"), settings))).add_people()


@pytest.fixture
def desk(api: Api) -> Iterator[Desk]:
    """The site with tasks of the test's own."""
    site, probe = api.site.site, Probe()
    made = Desk(
        api=api,
        tasks=make_tasks(site.kernel, [probe, Daily()], reading=site.reading, writing=site.writing),
        probe=probe,
    )
    yield made
    probe.go.set()
    for workers in made.workers:
        workers.close()
    shutil.rmtree(api.site.library / "made", ignore_errors=True)
    with site.writing.begin() as session:
        session.query(TaskRecord).delete()


def test_a_task_is_run_with_its_parameters_and_its_users_name(desk: Desk) -> None:
    desk.work()
    view = desk.tasks.run("probe", {"do": "nothing"}, user_id=desk.api.ids["ann"], wait_seconds=SECONDS)
    assert (view.outcome, view.result) == ("succeeded", {"attempt": 1, "who": "ann"})
    assert view.keep_until is not None
    assert view.ended is not None
    assert view.keep_until - view.ended == timedelta(days=7)


def test_what_a_task_writes_as_a_picture_has_to_be_one(desk: Desk) -> None:
    desk.work()
    view = desk.tasks.run("probe", {"do": "write_broken"}, wait_seconds=SECONDS)
    assert (view.outcome, "PNG" in view.error) == ("failed", True), view
    assert not (desk.api.site.library / "photos/broken.png").exists()


def test_a_task_knows_where_it_was_started_from(desk: Desk) -> None:
    desk.work()
    view = desk.tasks.run("probe", {"do": "come_from"}, address="192.0.2.7", wait_seconds=SECONDS)
    assert view.result == "192.0.2.7"


def test_who_waits_in_vain_gets_the_task_that_goes_on(desk: Desk) -> None:
    desk.work()
    view = desk.tasks.run("probe", {"do": "wait"}, wait_seconds=0.05)
    assert not view.is_done
    desk.probe.go.set()
    assert desk.until(view.id, lambda view: view.is_done).result == "went on"


def test_progress_is_seen_and_what_is_done_stays(desk: Desk) -> None:
    desk.work()
    number = desk.tasks.start("probe", {"do": "wait"}).id
    view = desk.until(number, lambda view: view.done == 3)
    assert (view.status, view.total, view.text) == (1, 9, "three of nine")
    desk.probe.go.set()
    desk.until(number, lambda view: view.is_done)
    assert (desk.api.site.library / "made/by task/a.txt").read_bytes() == b"half"
    assert list((desk.api.site.data / "tasks").iterdir()) == []


@pytest.mark.parametrize("do", ["wait", "see"])
def test_a_cancelled_task_leaves_nothing(desk: Desk, do: str) -> None:
    desk.work()
    number = desk.tasks.start("probe", {"do": do}).id
    assert desk.probe.begun.wait(SECONDS)
    desk.tasks.cancel(number)
    view = desk.until(number, lambda view: view.is_done)
    assert (view.outcome, view.result, view.error) == ("cancelled", None, "")
    assert not (desk.api.site.library / "made").exists()
    assert list((desk.api.site.data / "tasks").iterdir()) == []


def test_a_task_that_waits_is_cancelled_at_once(desk: Desk) -> None:
    number = desk.tasks.start("probe", {"do": "nothing"}).id
    assert desk.tasks.cancel(number).outcome == "cancelled"
    desk.work()
    assert desk.tasks.run("probe", {"do": "nothing"}, wait_seconds=SECONDS).outcome == "succeeded"
    assert len(desk.probe.runs) == 1


@pytest.mark.parametrize(
    ("do", "told"),
    [
        ("refuse", "not on a Sunday"),
        ("crash", "Something went wrong on our side. It is in the server's log as task "),
        ("answer_nonsense", "The task is done, but its answer cannot be written down."),
    ],
)
def test_a_task_that_fails_tells_no_more_than_it_should(desk: Desk, do: str, told: str) -> None:
    desk.work()
    view = desk.tasks.run("probe", {"do": do}, wait_seconds=SECONDS)
    assert (view.outcome, view.has_failed, view.result) == ("failed", True, None)
    assert view.error.startswith(told)
    assert "secret" not in view.error
    assert not (desk.api.site.library / "photos/new.txt").exists()


@pytest.mark.parametrize(("who", "outcome"), [("ann", "failed"), ("fiona", "succeeded"), (None, "succeeded")])
def test_a_task_may_what_its_user_may(desk: Desk, who: str | None, outcome: str) -> None:
    desk.work()
    user_id = None if who is None else desk.api.ids[who]
    view = desk.tasks.run("probe", {"do": "write_art"}, user_id=user_id, wait_seconds=SECONDS)
    assert view.outcome == outcome, view
    (desk.api.site.library / "art/x.txt").unlink(missing_ok=True)


def test_a_task_renders_and_writes(desk: Desk) -> None:
    desk.work()
    view = desk.tasks.run("probe", {"do": "render"}, wait_seconds=SECONDS)
    assert view.result == {"width": 1200, "head": "PNG", "names": ["small.png", "tall.png", "wide.jpg"]}, view
    (desk.api.site.library / "photos/small.png").unlink()


def test_what_was_sent_wrongly_is_named(desk: Desk) -> None:
    with pytest.raises(NotFound, match="'nothing'"):
        desk.tasks.start("nothing")
    with pytest.raises(BadOption, match=r"^done"):
        desk.tasks.start("probe", {"done": "x"})
    with pytest.raises(BadOption, match=r"^do:"):
        desk.tasks.start("probe", {"do": 7})


def test_urgent_tasks_go_first_and_find_a_place(desk: Desk) -> None:
    first, later, urgent = (desk.tasks.start("probe", {"do": "nothing"}, priority=p).id for p in (0, -5, 5))
    desk.work()
    views = [desk.until(number, lambda view: view.is_done) for number in (urgent, first, later)]
    assert views == sorted(views, key=lambda view: view.started or now())
    blocking = desk.tasks.start("probe", {"do": "wait"}).id
    assert desk.probe.begun.wait(SECONDS)
    assert desk.tasks.run("probe", {"do": "nothing"}, wait_seconds=SECONDS).outcome == "succeeded"
    assert not desk.tasks.get(blocking).is_done


def test_each_task_is_taken_once_by_many_workers(desk: Desk) -> None:
    numbers = [desk.tasks.start("probe", {"do": "nothing"}).id for _ in range(30)]
    for _ in range(4):
        desk.work(2)
    assert {desk.until(number, lambda view: view.is_done).outcome for number in numbers} == {"succeeded"}
    assert len(desk.probe.runs) == 30


def test_a_task_goes_on_elsewhere_when_its_worker_ends(desk: Desk) -> None:
    leaving = desk.work()
    number = desk.tasks.start("probe", {"do": "wait"}).id
    assert desk.probe.begun.wait(SECONDS)
    leaving.close()
    assert desk.tasks.get(number).status == 0
    assert not (desk.api.site.library / "made").exists()
    desk.probe.go.set()
    desk.work()
    view = desk.until(number, lambda view: view.is_done)
    assert (view.outcome, view.attempts, desk.probe.runs) == ("succeeded", 1, [1, 1])


def test_a_task_is_begun_only_so_often(desk: Desk) -> None:
    number, queue = desk.tasks.start("probe", {"do": "nothing"}).id, desk.queue()
    for attempt in range(1, MOST_ATTEMPTS + 1):
        claim = queue.claim(["probe"], "lost")
        assert claim is not None
        assert claim.attempt == attempt
        heartbeat = desk.tasks.get(number).heartbeat
        assert not queue.recover(number, claim.lock, now())
        assert queue.recover(number, claim.lock, heartbeat) is (attempt < MOST_ATTEMPTS)
    view = desk.tasks.get(number)
    assert (view.outcome, view.error.startswith("Its worker was lost 3 times")) == ("failed", True)


def test_a_worker_that_was_believed_lost_changes_nothing(desk: Desk) -> None:
    from qis_core.db.tasks import Outcome
    from qis_core.services.tasks.queue import Report

    number, queue = desk.tasks.start("probe", {"do": "nothing"}).id, desk.queue()
    old = queue.claim(["probe"], "one")
    assert old is not None
    assert queue.recover(number, old.lock, desk.tasks.get(number).heartbeat)
    new = queue.claim(["probe"], "two")
    assert new is not None
    assert queue.cancelled([old]) == {}
    queue.beat([(old, Report(done=99))])
    queue.give_back(old)
    assert not queue.finish(old, Outcome.SUCCEEDED, Report(), result="old")
    assert (desk.tasks.get(number).done, desk.tasks.get(number).worker) == (0, "two")
    assert queue.finish(new, Outcome.SUCCEEDED, Report(), result="new")
    assert desk.tasks.get(number).result == "new"


def test_old_tasks_are_removed(desk: Desk) -> None:
    workers = desk.work()
    number = desk.tasks.run("probe", {"do": "nothing"}, wait_seconds=SECONDS).id
    workers.close()
    waiting = desk.tasks.start("daily").id
    assert desk.queue().purge(now()) == 0
    assert desk.queue().purge(now() + timedelta(days=8)) >= 1
    with pytest.raises(NotFound):
        desk.tasks.get(number)
    assert desk.tasks.get(waiting).id == waiting


def test_what_runs_by_itself_is_queued_once_for_all_nodes(desk: Desk) -> None:
    site = desk.api.site.site
    nodes = [
        Schedule(desk.tasks, desk.tasks.known.values(), reading=site.reading, writing=site.writing) for _ in range(4)
    ]
    moment = now() + timedelta(days=100)
    # A site that is new has nothing to tidy up yet.
    assert [node.look(moment) for node in nodes] in ([[], [], [], []], [["daily"], [], [], []])
    later, queued = moment + timedelta(days=1, seconds=1), []
    threads = [threading.Thread(target=lambda node=node: queued.extend(node.look(later))) for node in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queued == ["daily"]


SLOW = '''
import time
from pathlib import Path
from dataclasses import dataclass
from qis_core.api import Task, hookimpl, parameter

QIS_API = (1, 0)


@dataclass(frozen=True, kw_only=True)
class Until:
    file: str = parameter(help="Waits until this file is there")


class WaitForFile(Task):
    """Waits for a file."""

    name = "wait_for_file"
    parameters = Until

    def run(self, parameters, context):
        context.progress.step(context.attempt, 10, "waiting")
        while not Path(parameters.file).exists():
            context.progress.stop_if_cancelled()
            time.sleep(0.05)
        return {"attempt": context.attempt}


@hookimpl
def qis_register_tasks():
    return [WaitForFile()]
'''


def test_no_task_is_lost_with_its_worker(database_url: str, tmp_path: Path, install_plugin: Callable[..., str]) -> None:
    install_plugin("slow", SLOW)
    settings = {"qis.database.url": database_url, "qis.tasks.workers": "0", "qis.tasks.lost_seconds": "2"}
    with site_in(tmp_path / "site", settings) as made, contextlib.ExitStack() as closing:
        tasks, file = made.site.tasks, tmp_path / "go"
        number = tasks.start("wait_for_file", {"file": str(file)}).id
        for attempt in (1, 2):
            process = closing.enter_context(worker(tmp_path, {**settings, "qis.server.data": str(made.data)}))
            until(lambda attempt=attempt: tasks.get(number).done == attempt, tasks.get(number))
            if attempt == 1:
                process.send_signal(signal.SIGKILL)
                process.wait()
        file.touch()
        until(lambda: tasks.get(number).is_done, tasks.get(number))
        view = tasks.get(number)
        assert (view.outcome, view.result, view.attempts) == ("succeeded", {"attempt": 2}, 2)


@contextlib.contextmanager
def worker(folder: Path, settings: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """``qis tasks work`` as a process of its own."""
    environ: dict[str, Any] = {key: value for key, value in os.environ.items() if not key.startswith("QIS_")}
    environ |= {key.replace(".", "_").upper(): value for key, value in settings.items()}
    environ["QIS_LIBRARY_URL"] = (folder / "site/library").as_uri()
    environ["PYTHONPATH"] = os.pathsep.join([str(folder / "site-packages"), environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, "-c", "from qis_core.cli import main; main()", "tasks", "work"], cwd=folder, env=environ,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.wait(SECONDS)


def until(reached: Callable[[], bool], told: object) -> None:
    """Waits until something is so."""
    end = time.monotonic() + SECONDS
    while not reached():
        assert time.monotonic() < end, told
        time.sleep(0.05)
