"""Workers that all server processes of a node share: whoever is free does the next order, whoever has sent it."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil
import pytest

from qis_core.api import Limits, Output, Recipe, Unavailable
from qis_core.imaging import zygote
from qis_core.imaging.orders import RenderOrder
from qis_core.imaging.pool import PoolSettings, RenderPool
from qis_core.imaging.setup import WorkerSetup
from qis_core.testing.hostile import hostile_file
from qis_core.testing.waiting import until

DEADLINE = 60
TWO = PoolSettings(workers=2)
SHARED = WorkerSetup(shared=True)


@pytest.fixture(scope="module", autouse=True)
def node() -> Iterator[None]:
    """This process has a zygote, as the first one of a server has."""
    made = zygote.Zygote(SHARED, ["--registries", "qis_core.testing.hostile:registries"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zygote, "_shared", made)
        yield
    made.close()
    made.process.wait(DEADLINE)


@pytest.fixture
def pools() -> Iterator[tuple[RenderPool, RenderPool]]:
    """What two server processes have."""
    one, other = RenderPool(SHARED, TWO), RenderPool(SHARED, TWO)
    yield one, other
    one.close()
    other.close()
    assert until(lambda: not nurseries())


def render(pool: RenderPool, deed: str, argument: object = "", seconds: float = 30) -> bytes:
    recipe = Recipe(source="a.hostile", output=Output(format="raw"))
    order = RenderOrder(recipe=recipe, source_name="a.hostile", limits=Limits(seconds=seconds))
    with hostile_file(deed, argument) as file:
        return pool.render(order, [file]).body


def nurseries() -> list[psutil.Process]:
    shared = zygote.shared()
    assert shared is not None
    return [each for each in psutil.Process(shared.process.pid).children() if each.status() != psutil.STATUS_ZOMBIE]


def workers() -> set[int]:
    return {worker.pid for nursery in nurseries() for worker in nursery.children()}


def test_one_server_process_that_is_busy_uses_all_workers(pools: tuple[RenderPool, RenderPool]) -> None:
    one, other = pools
    with ThreadPoolExecutor(2) as clients:
        slow = [clients.submit(render, one, "sleep", 1) for _ in range(2)]
        assert until(lambda: len(workers()) == 2)
        # It waits for one of the two.
        assert int(render(other, "pid")) in workers()
        assert [each.result() for each in slow] == [b"slept"] * 2
    assert len(nurseries()) == 1
    assert len(workers()) == 2


def test_each_gets_its_own_answer_while_workers_are_killed(pools: tuple[RenderPool, RenderPool]) -> None:
    lost = 0

    def ask(number: int) -> int:
        try:
            return len(render(pools[number % 2], "bytes", number))
        except Unavailable:
            return -1

    with ThreadPoolExecutor(8) as clients:
        answers = [clients.submit(ask, number) for number in range(400)]
        while not all(each.done() for each in answers):
            for pid in list(workers())[:1] * (lost < 10):
                with suppress(psutil.NoSuchProcess):
                    psutil.Process(pid).kill()
                    lost += 1
            time.sleep(0.02)
    wrong = [each.result() for number, each in enumerate(answers) if each.result() != number]
    assert set(wrong) <= {-1}
    assert len(wrong) <= lost


def test_a_server_process_that_is_killed_takes_nothing_from_the_others(pools: tuple[RenderPool, RenderPool]) -> None:
    def serve() -> None:
        with ThreadPoolExecutor(2) as clients:
            pool = RenderPool(SHARED, TWO)
            list(clients.map(lambda _: render(pool, "sleep", 60, seconds=1), range(2)))

    server = multiprocessing.get_context("fork").Process(target=serve)
    server.start()
    assert until(lambda: len(workers()) == 2)
    with ThreadPoolExecutor(4) as clients:
        answers = [clients.submit(render, pools[0], "bytes", number) for number in range(50)]
        server.kill()
        server.join()
        # Its orders hold the workers no longer than the time they may take.
        assert [len(each.result()) for each in answers] == list(range(50))
    assert len(nurseries()) == 1


def test_after_the_nursery_was_killed_all_have_a_new_one(pools: tuple[RenderPool, RenderPool]) -> None:
    before = {int(render(pool, "pid")) for pool in pools}
    (nursery,) = nurseries()
    with ThreadPoolExecutor(1) as clients:
        lost = clients.submit(render, pools[0], "sleep", 1)
        assert until(lambda: pools[0].status().busy == 1)
        nursery.kill()
        after = {int(render(pool, "pid")) for pool in pools}
        # It was begun, or is done by another worker.
        with suppress(Unavailable):
            assert lost.result() == b"slept"
    assert not after & before
    assert until(lambda: len(nurseries()) == 1)


def test_an_order_whose_worker_is_ended_for_the_sake_of_another_is_done_again(
    pools: tuple[RenderPool, RenderPool],
) -> None:
    one, other = pools
    pids = {int(render(pool, "pid")) for pool in pools}
    with ThreadPoolExecutor(1) as clients:
        slow = clients.submit(render, one, "sleep", 1)
        assert until(lambda: one.status().busy == 1)
        process = other._nursery._running
        assert process is not None
        # As if each had passed its limit with an order of the other process, and had just finished that one.
        for pid in pids:
            other._nursery.end(process, pid)
        assert slow.result() == b"slept"


def test_who_leaves_ends_what_it_waits_for_and_nothing_else(pools: tuple[RenderPool, RenderPool]) -> None:
    one, other = pools
    with ThreadPoolExecutor(2) as clients:
        lost = clients.submit(render, one, "sleep", 60, seconds=1)
        kept = clients.submit(render, other, "sleep", 1)
        assert until(lambda: one.status().busy == other.status().busy == 1)
        one.close()
        with pytest.raises(Unavailable):
            lost.result()
        assert kept.result() == b"slept"
    assert render(other, "bytes", 3) == b"xxx"
