"""Render processes as the server starts them: with the plugins, and without the web."""

import io
import subprocess
import sys
from pathlib import Path

from PIL import Image

from qis_core.api import Output, Recipe
from qis_core.imaging.orders import ProbeOrder, RenderOrder
from qis_core.imaging.pool import PoolSettings, RenderPool
from qis_core.imaging.setup import WorkerSetup


def test_workers_render_with_the_installed_plugins(tmp_path: Path) -> None:
    Image.radial_gradient("L").convert("RGB").save(tmp_path / "a.jpg")
    setup = WorkerSetup(settings={"qis.imaging.fast": "true"}, data=tmp_path, readable=[tmp_path])
    pool = RenderPool(setup, PoolSettings(workers=1))
    recipe = Recipe(source="a.jpg", output=Output(format="png"))
    with (tmp_path / "a.jpg").open("rb") as file:
        info = pool.probe(ProbeOrder(source_name="a.jpg"), [file])
        rendition = pool.render(RenderOrder(recipe=recipe, source_name="a.jpg"), [file])
    pool.close()
    assert (info.format, info.size) == ("jpg", rendition.size)
    assert rendition.media_type == "image/png"
    assert Image.open(io.BytesIO(rendition.body)).size == (256, 256)


def test_a_worker_imports_neither_the_web_nor_the_records() -> None:
    program = (
        "import sys, qis_core.worker, qis_core.plugins\n"
        "qis_core.plugins.load({}, environ={})\n"
        "print([name for name in ('pyramid', 'sqlalchemy', 'click', 'jinja2') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
