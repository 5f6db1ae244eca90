"""The engine in the confined render workers of a server, with good files and bad ones."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import psutil
import pytest
from PIL import Image

from qis_core.api import BrokenImage, Limits, Output, QisError, Recipe, Rendition, TooLarge, UnsupportedFeature
from qis_core.imaging.orders import RenderOrder
from qis_core.imaging.pool import PoolSettings, RenderPool
from qis_core.imaging.setup import WorkerSetup
from qis_core.testing import pictures
from qis_core.testing.processes import render_processes

SIDES = (1000, 700)

pytestmark = pytest.mark.skipif(
    not any(point.name == "vips" for point in entry_points(group="qis.plugins")), reason="qis-vips is not installed"
)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RenderPool]:
    """One worker that may read nothing but system files and what it is handed."""
    made = RenderPool(WorkerSetup(readable=[tmp_path_factory.mktemp("empty")]), PoolSettings(workers=1))
    yield made
    made.close()


def render(
    pool: RenderPool, file: Path, engine: str = "vips", limits: Limits | None = None, width: int = 300
) -> Rendition:
    recipe = Recipe(source=file.name, output=Output(format="png"), bounds=(width, 0), engine=engine)
    with file.open("rb") as stream:
        return pool.render(RenderOrder(recipe=recipe, source_name=file.name, limits=limits or Limits()), [stream])


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF"])
def test_a_worker_that_may_do_nothing_else_renders(pool: RenderPool, tmp_path: Path, file_format: str) -> None:
    rendition = render(pool, written(tmp_path, "a", pictures.encoded(pictures.photo(SIDES), file_format)))
    image = Image.open(io.BytesIO(rendition.body))
    assert image.size == (300, 210)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF"])
def test_damage_ends_in_a_picture_or_an_error(pool: RenderPool, tmp_path: Path, file_format: str) -> None:
    crashes = pool.status().crashes
    whole = pictures.encoded(pictures.photo(SIDES), file_format)
    for what, data in pictures.damaged(whole, cuts=20, flips=40):
        try:
            rendition = render(pool, written(tmp_path, "a", data), engine="")
        except (BrokenImage, TooLarge, UnsupportedFeature):
            continue
        assert rendition.size.width <= 300, what
    assert pool.status().crashes == crashes


@pytest.mark.parametrize("name", ["bomb.png", "bomb.jpg", "bomb.tif", "tile-bomb.tif"])
def test_what_claims_to_be_huge_is_refused(pool: RenderPool, tmp_path: Path, name: str) -> None:
    with pytest.raises(QisError):
        render(pool, written(tmp_path, name, pictures.BOMBS[name]()), engine="")


def test_the_limit_of_memory_holds(pool: RenderPool, tmp_path: Path) -> None:
    # Progressive, so that all of its coefficients have to be in memory.
    picture = Image.linear_gradient("L").resize((6000, 5000)).convert("RGB")
    file = written(tmp_path, "a.jpg", pictures.encoded(picture, "JPEG", progressive=True))
    with pytest.raises(TooLarge):
        render(pool, file, limits=Limits(memory_bytes=40_000_000), width=1600)
    assert render(pool, file, width=1600).size.width == 1600


def test_a_file_that_only_the_server_may_open_is_rendered(pool: RenderPool, tmp_path: Path) -> None:
    file = written(tmp_path, "a.png", pictures.encoded(pictures.photo(SIDES), "PNG"))
    recipe = Recipe(source="a.png", output=Output(format="png"), bounds=(300, 0), engine="vips")
    with file.open("rb") as stream:
        file.unlink()
        rendition = pool.render(RenderOrder(recipe=recipe, source_name="a.png"), [stream])
    assert rendition.size.width == 300


def test_the_process_that_workers_are_forked_from_stays_without_libvips(pool: RenderPool, tmp_path: Path) -> None:
    render(pool, written(tmp_path, "a", pictures.encoded(pictures.photo(SIDES), "PNG")))
    nurseries = render_processes()
    assert nurseries
    for nursery in nurseries:
        # Those of other pools may be just ending.
        with contextlib.suppress(psutil.NoSuchProcess):
            assert nursery.num_threads() == 1
            assert not any("vips" in part.path for part in nursery.memory_maps())
