"""Tiles: row by row from the top left, the last column and row with the remainder."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops

from qis_core.testing.galleries import Gallery


@pytest.mark.parametrize(
    ("tile", "size"),
    [
        ("1:4", (400, 300)), ("4:4", (400, 300)),
        ("1:9", (266, 200)), ("2:9", (266, 200)), ("3:9", (268, 200)), ("9:9", (268, 200)),
        ("1:49", (114, 85)), ("7:49", (116, 85)), ("43:49", (114, 90)), ("49:49", (116, 90)),
        ("1:256", (50, 37)), ("256:256", (50, 45)),
    ],
)  # fmt: skip
def test_sizes_of_tiles_of_800_by_600(gallery: Gallery, tile: str, size: tuple[int, int]) -> None:
    assert gallery.size("wide.png", f"tile={tile}") == size


@pytest.mark.parametrize(
    "query",
    ["", "width=331", "width=300&height=300&valign=T0.2&fill=red", "angle=30&width=333", "flip=h&angle=90&left=0.3",
     "width=301&sharpen=200", "width=301&sharpen=-300", "width=400&overlay=small.png&ovsize=0.7&ovpos=se",
     "colorspace=gray", "width=200&height=200&fill=auto"],
)  # fmt: skip
@pytest.mark.parametrize("grid", [9])
def test_tiles_meet_without_a_seam(gallery: Gallery, query: str, grid: int) -> None:
    whole = gallery.image("photo.png", query)
    side = int(grid**0.5)
    laid = Image.new(whole.mode, whole.size)
    width, height = whole.width // side, whole.height // side
    for number in range(grid):
        tile = gallery.image("photo.png", f"{query}&tile={number + 1}:{grid}")
        laid.paste(tile, (number % side * width, number // side * height))
    # Where a part is resampled by itself, the last bit of a sum may fall to the other side; sharpening triples that.
    difference = max(high for _, high in _extrema(ImageChops.difference(laid, whole)))
    assert difference <= (4 if "sharpen=200" in query else 2)


def _extrema(image: Image.Image) -> list[tuple[int, int]]:
    return [channel.getextrema() for channel in image.split()]  # type: ignore[misc]


def test_one_tile_of_one_is_no_tile(gallery: Gallery) -> None:
    assert gallery.size("wide.png", "tile=1:1") == (800, 600)


def test_a_grid_finer_than_the_picture_is_refused(gallery: Gallery) -> None:
    assert "tile" in gallery.refusal("wide.png", "width=10&tile=1:256")
