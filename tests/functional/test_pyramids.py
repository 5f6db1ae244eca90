"""Very large originals: looked at at once, and of copies from then on."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("qis_vips")

from qis_core.domain.purging import Purge
from qis_core.testing.app_fixtures import MakeSite, TestSite

DEADLINE = 60
TILE = "left=0.5&top=0.5&right=0.6&bottom=0.6"


@pytest.fixture
def large(new_site: MakeSite) -> TestSite:
    """A site to which everything over a megapixel is very large, and over two may not be held at once."""
    made = new_site({"qis.pyramids.min_pixels": "1000000", "qis.imaging.max_source_pixels": "2000000"})
    draw(made, "red")
    return made


def draw(site: TestSite, colour: str) -> None:
    Image.new("RGB", (2400, 1600), colour).save(site.library / "map.jpg")
    site.site.platform.library.forget("map.jpg")


def copies(site: TestSite) -> list[Path]:
    return sorted((site.data / "pyramids").glob("??/*/*/*.tif"))


def await_copies(site: TestSite) -> list[Path]:
    until = time.monotonic() + DEADLINE
    while not (found := copies(site)) and time.monotonic() < until:
        time.sleep(0.05)
    assert found, "no copies were made"
    return found


def shown(site: TestSite, query: str) -> tuple[int, int, int]:
    answer = site.testapp.get(f"/image?src=map.jpg&{query}")
    pixel = Image.open(io.BytesIO(answer.body)).convert("RGB").getpixel((5, 5))
    return tuple(pixel)  # type: ignore[arg-type, return-value]


def is_like(found: tuple[int, int, int], wanted: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(found, wanted, strict=True))


def test_copies_are_made_after_the_first_look_and_used_from_then_on(large: TestSite) -> None:
    assert is_like(shown(large, "width=300"), (254, 0, 0))
    found = await_copies(large)
    assert [path.name for path in found] == ["1.tif", "2.tif"]
    # Copies of another colour show that they are what is looked at.
    for path in found:
        with Image.open(path) as copy:
            size = copy.size
        Image.new("RGB", size, "blue").save(path, compression="tiff_lzw")
    assert is_like(shown(large, "width=200"), (0, 0, 254))
    assert is_like(shown(large, TILE), (0, 0, 254))


def test_a_replaced_original_is_never_seen_of_its_old_copies(large: TestSite) -> None:
    shown(large, "width=300")
    old = await_copies(large)
    draw(large, "lime")
    assert is_like(shown(large, "width=299"), (0, 255, 0))
    until = time.monotonic() + DEADLINE
    while (not copies(large) or set(copies(large)) & set(old)) and time.monotonic() < until:
        time.sleep(0.05)
    assert is_like(shown(large, TILE), (0, 255, 0))
    assert not set(copies(large)) & set(old)


def test_a_purge_removes_the_copies(large: TestSite) -> None:
    shown(large, "width=300")
    await_copies(large)
    large.site.purging.purge(Purge.of(images=["map.jpg"]))
    assert copies(large) == []
    # The next look has them made again.
    shown(large, "width=300")
    await_copies(large)


def test_what_is_not_very_large_has_none(large: TestSite) -> None:
    Image.new("RGB", (1000, 1000)).save(large.library / "small.jpg")
    large.testapp.get("/image?src=small.jpg&width=100")
    shown(large, "width=300")
    await_copies(large)
    assert len({path.parent for path in copies(large)}) == 1


def test_without_room_there_are_none(new_site: MakeSite) -> None:
    site = new_site({"qis.pyramids.min_pixels": "1000000", "qis.pyramids.max_bytes": "0"})
    draw(site, "red")
    assert is_like(shown(site, "width=300"), (254, 0, 0))
    assert site.site.platform.pyramids.is_large(2400 * 1600) is False
