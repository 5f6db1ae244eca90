"""Renderings made before they are asked for: by the task, and by `qis warm`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

from qis_core.api import BadOption
from qis_core.cli import main
from qis_core.testing.app_fixtures import TestSite, site_in

SECONDS = 120


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestSite]:
    with site_in(tmp_path_factory.mktemp("warm"), {}) as made:
        for folder, names in {"shoes": ("a.jpg", "b.png"), "shoes/red": ("c.jpg",), "hats": ("d.jpg",)}.items():
            (made.library / folder).mkdir(parents=True, exist_ok=True)
            for name in names:
                Image.new("RGB", (60, 40), "red").save(made.library / folder / name)
        (made.library / "shoes" / "notes.txt").write_text("no picture")
        (made.library / "shoes" / "broken.jpg").write_bytes(b"no picture either")
        made.site.workers.start()
        yield made


def warmed(site: TestSite, parameters: Mapping[str, Any]) -> Any:
    view = site.site.tasks.run("warm", parameters, user_id=None, wait_seconds=SECONDS)
    assert view.outcome == "succeeded", view.error
    return view.result


def is_there(site: TestSite, query: str) -> bool:
    return bool(site.testapp.get(f"/image?{query}").headers["X-From-Cache"] == "True")


def test_every_combination_is_made_of_every_picture_and_is_there_for_who_asks(site: TestSite) -> None:
    asked = {"path": "/shoes", "widths": ["30", "20"], "formats": ["webp", "png"]}
    assert warmed(site, asked) == {"made": 12, "there": 0, "failed": 4}
    for src in ("shoes/a.jpg", "shoes/b.png", "shoes/red/c.jpg"):
        for end in ("width=30&format=webp", "width=30&format=png", "width=20&format=webp", "width=20&format=png"):
            assert is_there(site, f"src={src}&{end}")
    assert not is_there(site, "src=hats/d.jpg&width=30&format=webp")
    # Begun again, it finds what is there.
    assert warmed(site, asked) == {"made": 0, "there": 12, "failed": 4}


def test_folders_below_can_be_left_out(site: TestSite) -> None:
    assert warmed(site, {"path": "shoes", "widths": ["25"], "below": False}) == {"made": 2, "there": 0, "failed": 1}
    assert not is_there(site, "src=shoes/red/c.jpg&width=25")


@pytest.mark.parametrize(
    "wrong", [{"widths": ["wide"]}, {"widths": ["0"]}, {"widths": [str(n) for n in range(1, 102)]}, {"path": "../x"}]
)
def test_what_cannot_be_meant_is_refused_at_once(site: TestSite, wrong: Mapping[str, Any]) -> None:
    with pytest.raises(BadOption):
        site.site.tasks.start("warm", {"path": "/", **wrong})


def test_the_command_makes_them_too(site: TestSite) -> None:
    places = [f"--data={site.data}", f"--library={site.library}"]
    wanted = ["warm", "/hats", "--width=31", "--width=21", "--format=webp", *places]
    result = CliRunner().invoke(main, wanted, catch_exceptions=False, env={"QIS_CONFIG": None})
    assert result.exit_code == 0, result.output
    assert "'made': 2" in result.output
    assert is_there(site, "src=hats/d.jpg&width=21&format=webp")
