"""Tiles meet without gap or overlap and make the whole picture."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.api import BadOption, Frame, Options
from qis_core.builtin.geometry.tile import CutTile

Reframed = Callable[..., Frame]


@pytest.mark.parametrize(
    ("tile", "box"),
    [("1:4", (0, 0, 50, 33)), ("2:4", (50, 0, 101, 33)), ("3:4", (0, 33, 50, 67)), ("4:4", (50, 33, 101, 67)),
     ("9:9", (66, 44, 101, 67)), ("6:16", (25, 16, 50, 32))],
)  # fmt: skip
def test_the_last_column_and_row_take_the_remainder(
    reframed: Reframed, tile: str, box: tuple[int, int, int, int]
) -> None:
    assert reframed(CutTile(), {"tile": tile}, (101, 67)).window.as_tuple() == box


@given(st.integers(2, 16), st.integers(16, 500), st.integers(16, 500))
def test_tiles_make_the_whole(reframed: Reframed, across: int, width: int, height: int) -> None:
    grid = across * across
    boxes = [reframed(CutTile(), {"tile": f"{n}:{grid}"}, (width, height)).window for n in range(1, grid + 1)]
    assert sum(box.width * box.height for box in boxes) == width * height
    for first, second in pairwise(boxes):
        assert (first.right, first.top) == (second.left, second.top) or (first.right, second.left) == (width, 0)


def test_a_grid_finer_than_the_picture_is_refused(reframed: Reframed) -> None:
    with pytest.raises(BadOption, match=r"tile: '1:256' .* 3x300 pixels"):
        reframed(CutTile(), {"tile": "1:256"}, (3, 300))


def test_no_tile_is_no_step(options_of: Callable[..., Options]) -> None:
    assert CutTile().is_noop(options_of(CutTile(), {"tile": "1:1"}))
