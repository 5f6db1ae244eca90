"""Sizes, padding, fit and alignment, with the contract's numbers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.api import BadOption, Box, Frame, Options, Size, SourceInfo
from qis_core.builtin.geometry.crop import Crop
from qis_core.builtin.geometry.resize import Resize
from qis_core.builtin.geometry.rotate import Rotate

Reframed = Callable[..., Frame]
RESIZE = Resize()


def numbers(frame: Frame) -> tuple[str, str, tuple[int, int]]:
    return str(frame.canvas), str(frame.content), frame.offset


@pytest.mark.parametrize(
    ("texts", "canvas", "content", "offset"),
    [
        ({"width": "200"}, "200x150", "200x150", (0, 0)),
        ({"width": "201"}, "201x151", "201x151", (0, 0)),
        ({"width": "200", "height": "200"}, "200x200", "200x150", (0, 25)),
        ({"width": "200", "height": "201"}, "200x201", "200x150", (0, 25)),
        ({"width": "200", "height": "151"}, "200x151", "200x151", (0, 0)),
        ({"width": "200", "height": "152"}, "200x152", "200x150", (0, 1)),
        ({"width": "203", "height": "150"}, "203x150", "200x150", (1, 0)),
        ({"width": "1000", "height": "1000"}, "800x600", "800x600", (0, 0)),
        ({"width": "1000", "height": "1000", "enlarge": "1"}, "1000x1000", "1000x750", (0, 125)),
        ({"width": "300", "height": "100", "autosizefit": "1"}, "134x100", "134x100", (0, 0)),
        ({"width": "300", "height": "100", "fit": "stretch"}, "300x100", "300x100", (0, 0)),
        ({"width": "300", "height": "100", "fit": "pad", "autosizefit": "1"}, "300x100", "134x100", (83, 0)),
        ({"width": "100", "dpr": "0.5"}, "50x38", "50x38", (0, 0)),
        ({"width": "1", "dpr": "0.5"}, "1x1", "1x1", (0, 0)),
    ],
)
def test_an_800_by_600_picture(
    reframed: Reframed, texts: dict[str, str], canvas: str, content: str, offset: tuple[int, int]
) -> None:
    assert numbers(reframed(RESIZE, texts, (800, 600))) == (canvas, content, offset)


@pytest.mark.parametrize(
    ("halign", "x"),
    [("L0", 0), ("L0.2", 100), ("L1", 366), ("C0.5", 183), ("C0", 0), ("C0.3", 83), ("C1", 366), ("R1", 366),
     ("R0.5", 116), ("R0.1", 0)],
)  # fmt: skip
def test_the_named_edge_goes_to_the_fraction_and_the_picture_is_never_cut(
    reframed: Reframed, halign: str, x: int
) -> None:
    frame = reframed(RESIZE, {"width": "500", "height": "100", "halign": halign}, (800, 600))
    assert frame.content.width == 134
    assert frame.offset == (x, 0)


def test_vertical_alignment(reframed: Reframed) -> None:
    texts = {"width": "200", "height": "250"}
    assert reframed(RESIZE, {**texts, "valign": "T0.2"}, (800, 600)).offset == (0, 50)
    assert reframed(RESIZE, {**texts, "valign": "B1"}, (800, 600)).offset == (0, 100)


def test_after_a_crop_the_limit_is_still_the_originals_size(reframed: Reframed) -> None:
    cropped = reframed(Crop(), {"left": "0.4", "right": "0.6"}, (800, 600))
    assert str(reframed(RESIZE, {"width": "700"}, cropped).size) == "700x2625"
    assert str(reframed(RESIZE, {"width": "900"}, cropped).size) == "800x3000"


def test_after_a_rotation_the_limit_is_its_bounds_and_two(reframed: Reframed) -> None:
    rotated = reframed(Rotate(), {"angle": "45"}, (400, 300))
    assert str(reframed(RESIZE, {"width": "5000"}, rotated).size) == "498x498"
    turned = reframed(Rotate(), {"angle": "90"}, (400, 300))
    assert str(reframed(RESIZE, {"height": "5000"}, turned).size) == "302x402"


@pytest.mark.parametrize(
    ("crop", "size", "box"),
    [
        # 100×300 towards a square: 200 more in width, on both sides alike.
        ({"left": "0.5", "right": "0.625", "top": "0", "bottom": "0.5"}, ("100", "100"), (300, 0, 600, 300)),
        # No room on the left: the rest goes to the right.
        ({"left": "0.01", "right": "0.1", "bottom": "0.5"}, ("100", "100"), (0, 0, 300, 300)),
        # No room at the bottom: the rest goes to the top.
        ({"top": "0.9"}, ("100", "50"), (0, 200, 800, 600)),
        # More than the picture has: up to its edges.
        ({"left": "0.25", "right": "0.75", "top": "0.4", "bottom": "0.6"}, ("100", "400"), (200, 0, 600, 600)),
        ({"left": "0.25", "right": "0.75", "top": "0.25", "bottom": "0.75"}, ("400", "300"), (200, 150, 600, 450)),
    ],
)  # fmt: skip
def test_a_crop_is_widened_towards_the_target(
    reframed: Reframed, crop: dict[str, str], size: tuple[str, str], box: tuple[int, int, int, int]
) -> None:
    cropped = reframed(Crop(), crop, (800, 600))
    frame = reframed(RESIZE, {"width": size[0], "height": size[1], "autocropfit": "1"}, cropped)
    assert frame.crop == Box(left=box[0], top=box[1], right=box[2], bottom=box[3])


@given(
    st.integers(1, 99),
    st.integers(1, 99),
    st.integers(1, 50),
    st.integers(1, 50),
    st.integers(1, 99),
    st.integers(1, 99),
)
def test_a_widened_crop_holds_the_crop_and_stays_in_the_picture(
    reframed: Reframed, left: int, top: int, across: int, down: int, width: int, height: int
) -> None:
    texts = {"left": f"{left / 100}", "top": f"{top / 100}", "right": f"{min(100, left + across) / 100}",
             "bottom": f"{min(100, top + down) / 100}"}  # fmt: skip
    cropped = reframed(Crop(), texts, (311, 207))
    frame = reframed(RESIZE, {"width": str(width), "height": str(height), "autocropfit": "1"}, cropped)
    assert 0 <= frame.crop.left <= cropped.crop.left
    assert 0 <= frame.crop.top <= cropped.crop.top
    assert cropped.crop.right <= frame.crop.right <= 311
    assert cropped.crop.bottom <= frame.crop.bottom <= 207
    assert frame.crop.width == cropped.crop.width or frame.crop.height == cropped.crop.height


@pytest.mark.parametrize(
    ("gravity", "left"), [("c", 100), ("w", 0), ("E", 200), ("nw", 0), ("0.25,0", 50), ("focal", 100), ("", 100)]
)
def test_cover_cuts_around_the_gravity_point(reframed: Reframed, gravity: str, left: int) -> None:
    frame = reframed(RESIZE, {"width": "200", "height": "200", "fit": "cover", "gravity": gravity}, (800, 600))
    assert frame.crop == Box(left=left, top=0, right=left + 600, bottom=600)
    assert str(frame.size) == "200x200"
    assert not frame.is_padded


@pytest.mark.parametrize(("orientation", "size"), [(1, (800, 600)), (6, (600, 800)), (3, (800, 600)), (7, (600, 800))])
def test_the_focal_point_keeps_its_place_however_the_picture_is_stored(
    reframed: Reframed, orientation: int, size: tuple[int, int]
) -> None:
    info = SourceInfo(format="jpg", size=Size(width=size[0], height=size[1]), orientation=orientation,
                      facts={"focal": (0.9, 0.2)})  # fmt: skip
    frame = reframed(RESIZE, {"width": "200", "height": "200", "fit": "cover", "gravity": "focal"}, info)
    assert frame.crop == Box(left=180, top=0, right=780, bottom=600)


@given(
    st.integers(1, 900), st.integers(1, 900), st.integers(1, 900), st.integers(1, 900), st.floats(0, 1), st.floats(0, 1)
)
def test_cover_takes_the_largest_box_of_the_shape(
    reframed: Reframed, width: int, height: int, wide: int, high: int, x: float, y: float
) -> None:
    texts = {"width": str(width), "height": str(height), "fit": "cover", "enlarge": "1", "gravity": f"{x:.6f},{y:.6f}"}
    frame = reframed(RESIZE, texts, (wide, high))
    assert str(frame.size) == f"{width}x{height}"
    assert 0 <= frame.crop.left <= frame.crop.right <= wide
    assert 0 <= frame.crop.top <= frame.crop.bottom <= high
    assert frame.crop.width == wide or frame.crop.height == high
    ideal = min(wide, high * width / height), min(high, wide * height / width)
    assert ideal[0] - 1 < frame.crop.width <= max(1, ideal[0] + 1e-6)
    assert ideal[1] - 1 < frame.crop.height <= max(1, ideal[1] + 1e-6)


def test_the_sites_largest_size_is_the_largest_that_may_be_asked_for() -> None:
    small = Resize(max_size=500)
    width = next(option for option in small.options if option.name == "width")
    with pytest.raises(BadOption, match="0 to 500"):
        width.parse("501")
    with pytest.raises(BadOption, match=r"dpr: .* at most 1.25 with a width of 400"):
        small.normalise(Options({"width": 400, "dpr": 2.0}))
    large = Resize(max_size=60000)
    assert large.normalise(Options({"width": 20000, "dpr": 2.0})).width == 40000


def test_without_sizes_nothing_happens(options_of: Callable[..., Options]) -> None:
    for texts in ({"fit": "cover"}, {"dpr": "2"}, {"enlarge": "1"}, {"width": "0", "halign": "R1"}):
        assert RESIZE.is_noop(options_of(RESIZE, texts))
