"""Frames say exactly where pixels come from, and never ask a decoder for too little."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qis_core.api import Box, Frame, Size, SourceInfo, Turn, UnsupportedFeature, rotated_bounds

SIZES = st.builds(Size, width=st.integers(1, 60), height=st.integers(1, 60))


@st.composite
def frames(draw: st.DrawFn, *, free_angles: bool = True) -> Frame:
    """A frame that framing operations could have made, of a small source."""
    info = SourceInfo(format="jpg", size=draw(SIZES), orientation=draw(st.integers(1, 8)))
    frame = Frame.of(info)
    for direction in draw(st.lists(st.sampled_from("hv"), max_size=2)):
        frame = frame.flipped(direction)
    quarters = st.sampled_from([0.0, 90.0, 180.0, 270.0])
    frame = frame.rotated_by(draw(st.one_of(quarters, st.floats(0, 360)) if free_angles else quarters))
    if draw(st.booleans()):
        left, top = draw(st.integers(0, frame.content.width - 1)), draw(st.integers(0, frame.content.height - 1))
        right, bottom = (
            draw(st.integers(left + 1, frame.content.width)),
            draw(st.integers(top + 1, frame.content.height)),
        )
        frame = frame.cropped(Box(left=left, top=top, right=right, bottom=bottom))
    if draw(st.booleans()):
        content = draw(SIZES)
        x, y = draw(st.integers(0, 9)), draw(st.integers(0, 9))
        canvas = Size(width=content.width + x + draw(st.integers(0, 9)),
                      height=content.height + y + draw(st.integers(0, 9)))  # fmt: skip
        frame = frame.resized(content, canvas, (x, y))
    if draw(st.booleans()):
        frame = frame.flipped(draw(st.sampled_from("hv"))).rotated_by(draw(quarters))
    if draw(st.booleans()):
        left, top = draw(st.integers(0, frame.canvas.width - 1)), draw(st.integers(0, frame.canvas.height - 1))
        frame = frame.windowed(Box(left=left, top=top, right=draw(st.integers(left + 1, frame.canvas.width)),
                                   bottom=draw(st.integers(top + 1, frame.canvas.height))))  # fmt: skip
    return frame


def landing(frame: Frame, x: float, y: float) -> tuple[float, float]:
    """Where a stored point comes to lie in the output."""
    across, down = frame.content_point(x, y)
    return across + frame.offset[0] - frame.window.left, down + frame.offset[1] - frame.window.top


@given(frames())
def test_every_frame_has_a_size_and_the_content_lies_on_the_canvas(frame: Frame) -> None:
    assert frame.size.width >= 1
    assert frame.size.height >= 1
    assert 0 <= frame.offset[0] <= frame.canvas.width - frame.content.width
    assert 0 <= frame.offset[1] <= frame.canvas.height - frame.content.height
    assert frame.crop.left >= -1e-9
    assert frame.crop.right <= frame.picture.width + 1e-9
    assert pickle.loads(pickle.dumps(frame)) == frame


@given(frames(), st.data())
def test_every_visible_stored_pixel_lies_in_the_needed_region(frame: Frame, data: st.DataObject) -> None:
    x = data.draw(st.integers(0, frame.original.width - 1)) + 0.5
    y = data.draw(st.integers(0, frame.original.height - 1)) + 0.5
    across, down = landing(frame, x, y)
    on_content = 0 < frame.content_point(x, y)[0] < frame.content.width and (
        0 < frame.content_point(x, y)[1] < frame.content.height
    )
    assume(on_content and 0 < across < frame.size.width and 0 < down < frame.size.height)
    region = frame.needed_region() or Box.of(frame.original)
    assert region.left <= x <= region.right
    assert region.top <= y <= region.bottom


@given(frames(), st.floats(0, 5))
def test_the_region_is_whole_pixels_of_the_original_and_grows_with_the_margin(frame: Frame, margin: float) -> None:
    small = frame.needed_region() or Box.of(frame.original)
    large = frame.needed_region(margin) or Box.of(frame.original)
    for region in (small, large):
        assert all(edge == int(edge) for edge in region.as_tuple())
        assert 0 <= region.left < region.right <= frame.original.width
        assert 0 <= region.top < region.bottom <= frame.original.height
    shown = frame.content_part(frame.window)
    # Where only padding is in sight, one pixel stands for nothing, anywhere.
    assume(shown.width > 0 and shown.height > 0)
    assert large.left <= small.left
    assert large.right >= small.right
    assert large.top <= small.top
    assert large.bottom >= small.bottom


@given(frames(), st.floats(1, 3))
def test_a_decoder_is_never_asked_for_less_than_the_result_shows(frame: Frame, reserve: float) -> None:
    needed = frame.needed_size(reserve)
    assert 1 <= needed.width <= frame.original.width
    assert 1 <= needed.height <= frame.original.height
    start = numpy.array(frame.content_point(0, 0))
    across = float(numpy.linalg.norm(numpy.array(frame.content_point(1, 0)) - start))
    down = float(numpy.linalg.norm(numpy.array(frame.content_point(0, 1)) - start))
    assert needed.width >= min(1, across * reserve) * frame.original.width - 1e-5
    assert needed.height >= min(1, down * reserve) * frame.original.height - 1e-5


def test_a_drawn_page_is_asked_for_at_the_size_of_the_result_even_beyond_its_own() -> None:
    frame = Frame.of(SourceInfo(format="svg", size=Size(width=24, height=12))).resized(Size(width=480, height=240))
    assert frame.needed_size(2) == Size(width=24, height=12)
    assert frame.needed_size(drawn=True) == Size(width=480, height=240)


TURNED: dict[int, Callable[[Any], Any]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: numpy.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: numpy.rot90,
}


@given(SIZES, st.integers(1, 8), st.sampled_from(["", "h", "v"]), st.integers(0, 3), st.data())
def test_exact_turns_and_crops_do_what_arrays_do(
    size: Size, orientation: int, flip: str, quarters: int, data: st.DataObject
) -> None:
    labels = numpy.stack(numpy.meshgrid(numpy.arange(size.width), numpy.arange(size.height)), axis=-1)
    array = TURNED[orientation](labels)
    frame = Frame.of(SourceInfo(format="jpg", size=size, orientation=orientation))
    if flip:
        array = array[:, ::-1] if flip == "h" else array[::-1]
        frame = frame.flipped(flip)
    array = numpy.rot90(array, -quarters)
    frame = frame.rotated_by(90 * quarters)
    left, top = data.draw(st.integers(0, array.shape[1] - 1)), data.draw(st.integers(0, array.shape[0] - 1))
    array = array[top:, left:]
    frame = frame.cropped(Box(left=left, top=top, right=10**6, bottom=10**6))
    assert frame.size == Size(width=array.shape[1], height=array.shape[0])
    row, column = data.draw(st.integers(0, array.shape[0] - 1)), data.draw(st.integers(0, array.shape[1] - 1))
    x, y = (int(value) for value in array[row, column])
    assert landing(frame, x + 0.5, y + 0.5) == pytest.approx((column + 0.5, row + 0.5))
    assert frame.needed_region() in (
        None,
        Box(left=array[..., 0].min(), top=array[..., 1].min(),
            right=array[..., 0].max() + 1, bottom=array[..., 1].max() + 1),
    )  # fmt: skip


@given(frames(free_angles=False))
def test_two_mirrors_and_four_quarters_change_nothing(frame: Frame) -> None:
    assume(not frame.is_tiled)
    assert frame.flipped("h").flipped("h") == frame
    assert frame.flipped("v").flipped("v") == frame
    turned = frame.rotated_by(90).rotated_by(270)
    assert (turned.turn, turned.crop, turned.offset) == (frame.turn, frame.crop, frame.offset)
    assert frame.flipped("h").flipped("v").turn == frame.rotated_by(180).turn


@given(frames(), st.integers(0, 50), st.integers(0, 50))
def test_a_fitted_frame_is_inside_the_bounds_and_covers_the_same(frame: Frame, width: int, height: int) -> None:
    assume(not frame.is_tiled)
    fitted = frame.fitted((width, height))
    assert not width or fitted.size.width <= width
    assert not height or fitted.size.height <= height
    assert fitted.crop == frame.crop
    assert fitted.size.width >= 1
    assert fitted.size.height >= 1
    assert 0 <= fitted.offset[0] <= fitted.canvas.width - fitted.content.width
    assert 0 <= fitted.offset[1] <= fitted.canvas.height - fitted.content.height


@given(SIZES, st.floats(0, 360))
def test_rotated_bounds_hold_every_corner(size: Size, angle: float) -> None:
    bounds = rotated_bounds(size, angle)
    frame = Frame.of(SourceInfo(format="jpg", size=size)).rotated_by(angle)
    assert frame.picture == bounds or angle % 90 == 0
    for x in (0, size.width):
        for y in (0, size.height):
            across, down = frame.content_point(x, y)
            assert -1e-6 <= across <= frame.picture.width + 1e-6
            assert -1e-6 <= down <= frame.picture.height + 1e-6


def test_the_contracts_number_for_a_rotation() -> None:
    assert rotated_bounds(Size(width=400, height=300), 45) == Size(width=496, height=496)


@given(SIZES, st.integers(0, 99), st.integers(0, 99))
def test_inside_keeps_the_shape_and_the_limits(size: Size, width: int, height: int) -> None:
    inside = size.inside(width, height)
    assert inside.width >= 1
    assert inside.height >= 1
    assert not width or inside.width <= width
    assert not height or inside.height <= height
    if width or height:
        assert inside.width == width or inside.height == height


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_box_of_the_upright_picture_is_found_in_the_stored_one(orientation: int) -> None:
    stored = Size(width=5, height=3)
    labels = numpy.stack(numpy.meshgrid(numpy.arange(5), numpy.arange(3)), axis=-1)
    cut = TURNED[orientation](labels)[0:2, 1:3]
    box = Turn.from_exif(orientation).stored_box(Box(left=1, top=0, right=3, bottom=2), stored)
    assert box == Box(left=cut[..., 0].min(), top=cut[..., 1].min(),
                      right=cut[..., 0].max() + 1, bottom=cut[..., 1].max() + 1)  # fmt: skip


def test_steps_in_an_impossible_order_are_refused() -> None:
    frame = Frame.of(SourceInfo(format="jpg", size=Size(width=40, height=40)))
    tiled = frame.windowed(Box(left=0, top=0, right=20, bottom=20))
    padded = frame.resized(Size(width=10, height=10), Size(width=20, height=10))
    cropped = frame.cropped(Box(left=0, top=0, right=20, bottom=40))
    with pytest.raises(UnsupportedFeature, match="before a tile"):
        tiled.flipped("h")
    with pytest.raises(UnsupportedFeature, match="before padding"):
        padded.cropped(Box(left=0, top=0, right=5, bottom=5))
    with pytest.raises(UnsupportedFeature, match="before crop and size"):
        cropped.rotated_by(30)
    assert frame.cropped(Box(left=50, top=0, right=60, bottom=40)) == frame


def test_two_free_rotations_add_up() -> None:
    frame = Frame.of(SourceInfo(format="jpg", size=Size(width=40, height=20)))
    assert frame.rotated_by(30).rotated_by(60) == frame.rotated_by(90)
    assert frame.rotated_by(30).rotated_by(15) == frame.rotated_by(45)
