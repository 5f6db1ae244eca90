"""Flip and rotation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qis_core.api import Frame, Options, Turn
from qis_core.builtin.geometry.flip import Flip
from qis_core.builtin.geometry.rotate import Rotate

Reframed = Callable[..., Frame]


def test_flips(reframed: Reframed) -> None:
    assert reframed(Flip(), {"flip": "h"}, (40, 30)).turn == Turn(mirror=True)
    assert reframed(Flip(), {"flip": "V"}, (40, 30)).turn == Turn(mirror=True, quarters=2)
    assert str(reframed(Flip(), {"flip": "v"}, (40, 30)).size) == "40x30"


@pytest.mark.parametrize(
    ("angle", "size", "quarters", "rest"),
    [("90", "300x400", 1, 0), ("-90", "300x400", 3, 0), ("180", "400x300", 2, 0), ("45", "496x496", 0, 45),
     ("135", "496x496", 0, 135), ("0.5", "404x304", 0, 0.5), ("30", "498x460", 0, 30)],
)  # fmt: skip
def test_rotations(reframed: Reframed, angle: str, size: str, quarters: int, rest: float) -> None:
    frame = reframed(Rotate(), {"angle": angle}, (400, 300))
    assert str(frame.size) == size
    assert frame.turn == Turn(quarters=quarters)
    assert frame.angle == rest
    assert frame.rotated


def test_only_free_angles_need_the_fill(options_of: Callable[..., Options]) -> None:
    assert Rotate().needs_fill(options_of(Rotate(), {"angle": "45"}))
    assert not Rotate().needs_fill(options_of(Rotate(), {"angle": "270"}))
    assert not Flip().needs_fill(options_of(Flip(), {"flip": "h"}))


def test_no_angle_is_no_step(options_of: Callable[..., Options]) -> None:
    assert Rotate().is_noop(options_of(Rotate(), {"angle": "360"}))
    assert Flip().is_noop(options_of(Flip(), {"flip": ""}))
