"""What every format has to survive where it is decoded: in a locked-in render worker.

::

    class TestFancyLockedIn(LockedInSuite):
        format = "fancy"
        sample = FANCY_BYTES  # a small file, so that some hundred damaged ones take seconds
        huge = {"by its header": OTHER_BYTES}
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from qis_core.api import BrokenImage, Limits, NotThisFormat, Output, Recipe, Rendition, TooLarge, UnsupportedFeature
from qis_core.imaging.orders import RenderOrder
from qis_core.imaging.pool import PoolSettings, RenderPool
from qis_core.imaging.setup import WorkerSetup
from qis_core.testing import pictures
from qis_core.testing.processes import render_processes

LIMITS = Limits(source_pixels=20_000_000, seconds=10)
IDLE_BYTES = 250_000_000
"""More than a worker needs before it renders, with every library loaded."""

WIDTH = 64


class LockedInSuite:
    """Subclass with ``plugin`` (its entry point; none for what is in the box), ``sample`` and, where it has a
    size, ``huge`` files."""

    plugin: str = ""
    sample: bytes
    huge: Mapping[str, bytes] = {}

    @pytest.fixture
    def pool(self, tmp_path: Path) -> Iterator[RenderPool]:
        """One worker, which may open nothing but the system's libraries."""
        if self.plugin and not any(point.name == self.plugin for point in entry_points(group="qis.plugins")):
            pytest.skip(f"qis-{self.plugin} is not installed")
        made = RenderPool(WorkerSetup(readable=[tmp_path]), PoolSettings(workers=1))
        yield made
        made.close()

    def test_damage_and_claims_of_size_end_in_a_picture_or_an_error(self, pool: RenderPool) -> None:
        assert rendered(pool, self.sample).size.width <= WIDTH
        for what, data in (*pictures.damaged(self.sample, cuts=20, flips=200), *self.huge.items()):
            try:
                assert rendered(pool, data).size.width <= WIDTH, what
            except (BrokenImage, NotThisFormat, TooLarge, UnsupportedFeature):
                continue
        self._check_worker(pool)

    def _check_worker(self, pool: RenderPool) -> None:
        """No worker was lost, none has ever had more than it may, and it works on."""
        assert pool.status().crashes == 0
        for process in render_processes(recursive=True):
            assert most_memory(process.pid) < LIMITS.memory_bytes + IDLE_BYTES
        assert rendered(pool, self.sample).size.width <= WIDTH


def rendered(pool: RenderPool, data: bytes) -> Rendition:
    """A small PNG of a file that only its sender can open, as uploads are. Raises as rendering does."""
    recipe = Recipe(source="a", output=Output(format="png"), bounds=(WIDTH, 0))
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return pool.render(RenderOrder(recipe=recipe, source_name="a", limits=LIMITS), [file])


def most_memory(pid: int) -> int:
    """Bytes that a process has had at most, as the kernel has counted (VmHWM)."""
    with open(f"/proc/{pid}/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
