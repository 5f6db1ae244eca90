"""Very large originals: looked at at once, and of copies from then on."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("qis_vips")

from qis_core.domain.purging import Purge
from qis_core.testing.app_fixtures import TestSite, site_in

DEADLINE = 60
TILE = "left=0.5&top=0.5&right=0.6&bottom=0.6"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestSite]:
    """A site to which everything over a megapixel is very large, and over two may not be held at once."""
    settings = {"qis.pyramids.min_pixels": "1000000", "qis.imaging.max_source_pixels": "2000000"}
    with site_in(tmp_path_factory.mktemp("pyramids"), settings) as made:
        yield made


def draw(site: TestSite, name: str, colour: str, size: tuple[int, int] = (2400, 1600)) -> None:
    Image.new("RGB", size, colour).save(site.library / name)
    site.site.platform.library.forget(name)


def copies(site: TestSite, name: str) -> list[Path]:
    abouts = (site.data / "pyramids").glob("??/*/*/about.json")
    folders = [about.parent for about in abouts if json.loads(about.read_text())["path"] == name]
    return sorted(path for folder in folders for path in folder.glob("*.tif"))


def await_copies(site: TestSite, name: str, *, without: Collection[Path] = ()) -> list[Path]:
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        if (found := copies(site, name)) and not set(found) & set(without):
            return found
        time.sleep(0.05)
    raise AssertionError("no copies were made")


def shown(site: TestSite, name: str, query: str) -> tuple[int, int, int]:
    answer = site.testapp.get(f"/image?src={name}&{query}")
    pixel = Image.open(io.BytesIO(answer.body)).convert("RGB").getpixel((5, 5))
    return tuple(pixel)  # type: ignore[arg-type, return-value]


def is_like(found: tuple[int, int, int], wanted: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(found, wanted, strict=True))


def test_copies_are_made_after_the_first_look_and_used_from_then_on(large: TestSite) -> None:
    draw(large, "map.jpg", "red")
    draw(large, "small.jpg", "red", (1000, 1000))
    assert is_like(shown(large, "small.jpg", "width=300"), (254, 0, 0))
    assert is_like(shown(large, "map.jpg", "width=300"), (254, 0, 0))
    found = await_copies(large, "map.jpg")
    assert [path.name for path in found] == ["1.tif", "2.tif"]
    # Copies of another colour show that they are what is looked at.
    for path in found:
        with Image.open(path) as copy:
            size = copy.size
        Image.new("RGB", size, "blue").save(path, compression="tiff_lzw")
    assert is_like(shown(large, "map.jpg", "width=200"), (0, 0, 254))
    assert is_like(shown(large, "map.jpg", TILE), (0, 0, 254))
    # Of what is no larger than others there are none.
    assert copies(large, "small.jpg") == []


def test_a_replaced_original_is_never_seen_of_its_old_copies(large: TestSite) -> None:
    draw(large, "new.jpg", "red")
    shown(large, "new.jpg", "width=300")
    old = await_copies(large, "new.jpg")
    draw(large, "new.jpg", "lime")
    assert is_like(shown(large, "new.jpg", "width=299"), (0, 255, 0))
    await_copies(large, "new.jpg", without=old)
    assert is_like(shown(large, "new.jpg", TILE), (0, 255, 0))


def test_a_purge_removes_the_copies(large: TestSite) -> None:
    draw(large, "old.jpg", "red")
    shown(large, "old.jpg", "width=300")
    await_copies(large, "old.jpg")
    large.site.purging.purge(Purge.of(images=["old.jpg"]))
    assert copies(large, "old.jpg") == []
    # The next look has them made again.
    shown(large, "old.jpg", "width=300")
    await_copies(large, "old.jpg")
