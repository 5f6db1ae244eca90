"""Nurseries that are forked from a zygote: as good as those that are started afresh, and independent of it."""

from __future__ import annotations

import io
from collections.abc import Iterator

import psutil
import pytest
from PIL import Image

from qis_core.api import Output, Recipe
from qis_core.imaging import zygote
from qis_core.imaging.orders import RenderOrder
from qis_core.imaging.pool import PoolSettings, RenderPool
from qis_core.imaging.setup import WorkerSetup
from qis_core.testing.processes import render_processes
from qis_core.testing.waiting import until

DEADLINE = 60


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerSetup]:
    """What a zygote has loaded that the pools of this process can use. The last test ends it."""
    tmp_path = tmp_path_factory.mktemp("zygote")
    Image.radial_gradient("L").convert("RGB").save(tmp_path / "a.jpg")
    setup = WorkerSetup(data=tmp_path, readable=[tmp_path])
    made = zygote.Zygote(setup)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zygote, "_shared", made)
        yield setup
    made.close()
    made.process.wait(DEADLINE)


def rendered(pool: RenderPool, setup: WorkerSetup) -> tuple[int, int]:
    order = RenderOrder(recipe=Recipe(source="a.jpg", output=Output(format="png")), source_name="a.jpg")
    assert setup.data is not None
    with (setup.data / "a.jpg").open("rb") as file:
        return Image.open(io.BytesIO(pool.render(order, [file]).body)).size


def nurseries() -> list[psutil.Process]:
    shared = zygote.shared()
    assert shared is not None
    return list(psutil.Process(shared.process.pid).children())


def test_pools_have_nurseries_of_one_zygote_which_end_with_them(setup: WorkerSetup) -> None:
    one, other = (RenderPool(setup, PoolSettings(workers=1)) for _ in range(2))
    assert rendered(one, setup) == rendered(other, setup) == (256, 256)
    found = nurseries()
    family = [*found, *(worker for nursery in found for worker in nursery.children())]
    assert len(family) == 4
    one.close()
    other.close()
    assert until(lambda: not any(member.is_running() for member in family))


def test_a_nursery_with_other_settings_loads_for_itself(setup: WorkerSetup) -> None:
    other = WorkerSetup(settings={"qis.plugins.blocked": "vips"}, data=setup.data, readable=setup.readable)
    pool = RenderPool(other, PoolSettings(workers=1))
    assert rendered(pool, setup) == (256, 256)
    pool.close()


def test_one_that_hangs_is_ended_with_its_pool(setup: WorkerSetup) -> None:
    pool = RenderPool(setup, PoolSettings(workers=1))
    rendered(pool, setup)
    nursery = nurseries()[0]
    nursery.suspend()
    pool.close()
    assert until(lambda: not nursery.is_running())


def test_without_its_zygote_a_nursery_goes_on_and_the_next_is_started_afresh(setup: WorkerSetup) -> None:
    pool = RenderPool(setup, PoolSettings(workers=1))
    rendered(pool, setup)
    shared = zygote.shared()
    assert shared is not None
    shared.process.kill()
    shared.process.wait()
    assert rendered(pool, setup) == (256, 256)
    pool.close()
    before = {each.pid for each in render_processes()}
    afresh = RenderPool(setup, PoolSettings(workers=1))
    assert rendered(afresh, setup) == (256, 256)
    # A child of this process, as there is no zygote that it could have been forked from.
    assert len({each.pid for each in render_processes()} - before) == 1
    afresh.close()
