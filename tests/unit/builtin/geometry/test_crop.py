"""The crop's edges are the ceilings of the contract."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.api import Box, Frame, Options
from qis_core.builtin.geometry.crop import Crop

Reframed = Callable[..., Frame]


@pytest.mark.parametrize(
    ("texts", "box"),
    [
        ({"left": "0.1", "right": "0.9"}, (80, 0, 720, 600)),
        ({"left": "0.1234", "top": "0.3333"}, (99, 200, 800, 600)),
        ({"left": "0.07", "bottom": "0.07"}, (56, 0, 800, 42)),
        ({"left": "0.000001", "right": "0.000002"}, (0, 0, 800, 600)),
        ({"left": "0.5", "right": "0"}, (400, 0, 800, 600)),
        ({"left": "1", "top": "0.5"}, (0, 300, 800, 600)),
        ({"left": "0.9", "right": "0.1", "top": "0.5"}, (0, 0, 800, 600)),
    ],
)
def test_edges(reframed: Reframed, texts: dict[str, str], box: tuple[int, int, int, int]) -> None:
    frame = reframed(Crop(), texts, (800, 600))
    assert frame.crop == Box(left=box[0], top=box[1], right=box[2], bottom=box[3])
    assert (frame.size.width, frame.size.height) == (box[2] - box[0], box[3] - box[1])


@pytest.mark.parametrize("texts", [{"left": "0"}, {"left": "1"}, {"right": "0"}, {"left": "0.5", "right": "0.5"}])
def test_an_empty_crop_is_no_step(options_of: Callable[..., Options], texts: dict[str, str]) -> None:
    assert Crop().is_noop(options_of(Crop(), texts))


@given(st.integers(1, 5000), st.integers(0, 1_000_000), st.integers(0, 1_000_000))
def test_whole_fractions_are_exact(reframed: Reframed, width: int, left: int, right: int) -> None:
    frame = reframed(Crop(), {"left": f"{left / 1e6:.6f}", "right": f"{right / 1e6:.6f}"}, (width, 7))
    exact = -(-width * (left % 1_000_000) // 1_000_000), -(-width * (right or 1_000_000) // 1_000_000)
    expected = exact if exact[0] < exact[1] else (0, width)
    assert (frame.crop.left, frame.crop.right) == expected
