"""Work in the background: one thing after the other, each once, bounded, and nothing after the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from qis_core.api import BrokenImage, Output, Recipe, Unavailable
from qis_core.imaging.orders import RenderOrder
from qis_core.imaging.pool import RenderPool
from qis_core.imaging.setup import WorkerSetup
from qis_core.services import background
from qis_core.services.background import BASES, FORMATS, Background, Work
from qis_core.testing.hostile import hostile_file

DEADLINE = 30


class Bench:
    """A background whose render pool starts no process, because no work here asks it for anything."""

    def __init__(self, lock: Path, *, is_idle: Callable[[], bool] = lambda: True) -> None:
        self.pools = 0
        self.arguments: tuple[str, ...] = ()
        self.done: list[str] = []
        self.background = Background(open_pool=self._open_pool, is_idle=is_idle, lock=lock)

    @contextmanager
    def _open_pool(self) -> Iterator[RenderPool]:
        self.pools += 1
        pool = RenderPool(WorkerSetup(), arguments=self.arguments)
        try:
            yield pool
        finally:
            pool.close()

    def work(self, name: str) -> Work:
        return lambda pool: self.done.append(name)

    def run_all(self) -> None:
        """Back when all that was wanted before has been done."""
        ended = threading.Event()
        self.background.want(BASES, "the end", lambda pool: ended.set())
        assert ended.wait(DEADLINE)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "lock")
    yield made
    made.background.close()


@contextmanager
def held(bench: Bench) -> Iterator[None]:
    """While the background is busy with something."""
    begun, go_on = threading.Event(), threading.Event()

    def wait(pool: RenderPool) -> None:
        begun.set()
        assert go_on.wait(DEADLINE)

    bench.background.want(BASES, "held", wait)
    assert begun.wait(DEADLINE)
    try:
        yield
    finally:
        go_on.set()


def test_in_the_order_of_being_wanted_and_each_once(bench: Bench) -> None:
    with held(bench):
        bench.background.want(BASES, "held", bench.work("what is being made"))
        for name in "abacb":
            bench.background.want(BASES, name, bench.work(name))
    bench.run_all()
    assert bench.done == ["a", "b", "c"]
    assert bench.pools == 1
    bench.background.want(BASES, "a", bench.work("a again"))
    bench.run_all()
    assert bench.done[3:] == ["a again"]


def test_the_kinds_take_turns_and_none_fills_the_place_of_another(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "WAITING", 4)
    with held(bench):
        for name in "abcdef":
            bench.background.want(BASES, name, bench.work(name))
        for name in "ABA":
            bench.background.want(FORMATS, name, bench.work(name))
        monkeypatch.undo()
    bench.run_all()
    assert "".join(bench.done) == "AaBbcd"


def test_what_is_too_much_is_left_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "WAITING", 3)
    with held(bench):
        for name in "abcdef":
            bench.background.want(BASES, name, bench.work(name))
        monkeypatch.undo()
    bench.run_all()
    assert bench.done == ["a", "b", "c"]


@pytest.mark.parametrize("error", [BrokenImage("it is broken"), ValueError("a bug")])
def test_a_failure_ends_nothing_else(bench: Bench, error: Exception) -> None:
    def fail(pool: RenderPool) -> None:
        raise error

    bench.background.want(BASES, "bad", fail)
    bench.background.want(BASES, "good", bench.work("good"))
    bench.run_all()
    assert bench.done == ["good"]


def test_at_the_end_what_waits_is_forgotten(bench: Bench) -> None:
    with held(bench):
        bench.background.want(BASES, "a", bench.work("a"))
        closing = threading.Thread(target=bench.background.close)
        closing.start()
        while not bench.background._closing.is_set():
            assert closing.is_alive()
    closing.join(DEADLINE)
    bench.background.want(BASES, "b", bench.work("b"))
    assert bench.done == []


def test_it_waits_a_while_for_the_render_workers_to_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, rest = threading.Event(), threading.Event()

    def is_idle() -> bool:
        asked.set()
        return rest.is_set()

    monkeypatch.setattr(background, "PATIENCE_SECONDS", DEADLINE)
    bench = Bench(tmp_path / "lock", is_idle=is_idle)
    bench.background.want(BASES, "a", bench.work("a"))
    assert asked.wait(DEADLINE)
    assert bench.done == []
    rest.set()
    bench.run_all()
    assert bench.done == ["a"]
    bench.background.close()


def test_one_process_of_a_node_at_a_time(bench: Bench, tmp_path: Path) -> None:
    other = Bench(tmp_path / "lock")
    with held(bench):
        other.background.want(BASES, "a", other.work("a"))
        other.background.close()
        assert other.done == []


@pytest.fixture
def hostile(bench: Bench) -> Bench:
    """A background whose render processes do what a file says."""
    bench.arguments = ("--registries", "qis_core.testing.hostile:registries")
    return bench


def render(pool: RenderPool, deed: str) -> bytes:
    with hostile_file(deed) as file:
        recipe = Recipe(source="a.hostile", output=Output(format="raw"))
        return pool.render(RenderOrder(recipe=recipe, source_name="a.hostile"), [file]).body


def test_a_render_process_that_crashes_or_is_killed_costs_its_own_work_only(hostile: Bench) -> None:
    def kill(pool: RenderPool) -> None:
        worker = psutil.Process(int(render(pool, "pid")))
        nursery = worker.parent()
        assert nursery is not None
        for process in (nursery, worker):
            process.kill()
        # Its own order may come too early to find that out.
        with suppress(Unavailable):
            render(pool, "pid")

    hostile.background.want(BASES, "crash", lambda pool: render(pool, "segfault"))
    hostile.background.want(BASES, "kill", kill)
    hostile.background.want(BASES, "good", lambda pool: hostile.done.append(render(pool, "pid").decode()))
    hostile.run_all()
    assert len(hostile.done) == 1
    assert hostile.pools == 1


def test_at_the_end_what_is_being_made_is_ended(hostile: Bench) -> None:
    begun, ended = threading.Event(), threading.Event()

    def work(pool: RenderPool) -> None:
        begun.set()
        try:
            render(pool, "loop")
        finally:
            ended.set()

    hostile.background.want(FORMATS, "a", work)
    assert begun.wait(DEADLINE)
    hostile.background.close()
    assert ended.is_set()
