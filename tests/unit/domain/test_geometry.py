"""Plans have the contract's sizes, keep the limits and never ask a decoder for too little."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.api import (
    BadOption,
    Box,
    Frame,
    Limits,
    Output,
    Recipe,
    Size,
    SourceInfo,
    Step,
    TooLarge,
    UnsupportedFeature,
)
from qis_core.api.options import Options
from qis_core.domain import geometry
from qis_core.domain.compose import ImageRequest, Policy

Ask = Callable[..., ImageRequest]
Planned = Callable[..., Frame]


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("", "800x600"),
        ("width=400", "400x300"),
        ("height=100", "134x100"),
        ("width=333", "333x250"),
        ("width=1000", "800x600"),
        ("width=1000&height=1000", "800x600"),
        ("width=1000&height=300", "800x300"),
        ("width=200&height=200", "200x200"),
        ("width=200&height=200&autosizefit=1", "200x150"),
        ("width=300&height=100&autosizefit=1", "134x100"),
        ("left=0.4&right=0.6&width=700", "700x2625"),
        ("left=0.1234&top=0.3333", "701x400"),
        ("right=0", "800x600"),
        ("left=0.9&right=0.1", "800x600"),
        ("angle=90", "600x800"),
        ("angle=90&width=5000", "602x803"),
        ("angle=45&width=5000", "992x992"),
        ("angle=45&height=300", "300x300"),
        ("width=200&height=200&fit=cover", "200x200"),
        ("width=2000&height=200&fit=stretch", "800x200"),
        ("width=1600&enlarge=1", "1600x1200"),
        ("width=1600&height=1600&enlarge=1", "1600x1600"),
        ("width=100&dpr=2.5", "250x188"),
        ("tile=1:9", "266x200"),
        ("tile=9:9", "268x200"),
        ("width=100&height=100&tile=16:16", "25x25"),
    ],
)
def test_the_size_of_an_800_by_600_picture(ask: Ask, planned: Planned, query: str, size: str) -> None:
    assert str(planned(ask(f"src=a.jpg&{query}").recipe, 800, 600).size) == size


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_sizes_are_those_of_the_upright_picture(ask: Ask, planned: Planned, orientation: int) -> None:
    assert str(planned(ask("src=a.jpg&width=800").recipe, 600, 800, orientation).size) == "800x600"
    assert str(planned(ask("src=a.jpg&width=900").recipe, 600, 800, orientation).size) == "800x600"


SQUARE = Limits(output_pixels=1_000_000)


@pytest.mark.parametrize(
    ("query", "width", "height", "what"),
    [
        ("angle=45", 1, 65500, "the result"),
        ("angle=45", 900, 900, "the result"),
        ("angle=45&width=20&height=9000&fit=stretch", 1, 65500, "the rotated picture"),
        ("width=15000&enlarge=1", 1, 65500, "the result"),
        ("width=1000&height=1001&enlarge=1", 10, 10, "the result"),
        ("left=0.5&right=0.501&width=2000", 2000, 2000, "the result"),
        ("", 1001, 1000, "the result"),
    ],
)
def test_a_plan_beyond_the_limit_says_which_and_by_how_much(
    ask: Ask, planned: Planned, query: str, width: int, height: int, what: str
) -> None:
    with pytest.raises(TooLarge, match=rf"^{what}, .* pixels; the limit is 1000000 pixels$"):
        planned(ask(f"src=a.jpg&{query}").recipe, width, height, limits=SQUARE)


def test_a_large_picture_may_be_rotated_when_its_result_is_small(ask: Ask, planned: Planned) -> None:
    assert str(planned(ask("src=a.jpg&angle=45&width=300").recipe, 5000, 5000, limits=SQUARE).size) == "300x300"
    assert planned(ask("src=a.jpg&angle=45&width=300").recipe, 1, 65500, limits=SQUARE).size.width == 300


QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "width": st.integers(0, 15000), "height": st.integers(0, 15000), "flip": st.sampled_from(["h", "v"]),
        "angle": st.one_of(st.sampled_from([0, 90, 180, 270]), st.integers(-360, 360)),
        "left": st.floats(0, 1), "right": st.floats(0, 1), "top": st.floats(0, 1), "bottom": st.floats(0, 1),
        "fit": st.sampled_from(["pad", "inside", "cover", "stretch"]), "autocropfit": st.booleans(),
        "dpr": st.floats(0.5, 4), "enlarge": st.booleans(), "gravity": st.sampled_from(["n", "se", "0.3,0.9", "focal"]),
        "halign": st.sampled_from(["L1", "R0.2", "C0.1"]), "valign": st.sampled_from(["T0.9", "B0", "C1"]),
        "tile": st.sampled_from(["1:4", "9:9", "200:256"]),
    },
)  # fmt: skip


@given(QUERIES, st.integers(1, 70000), st.integers(1, 70000), st.integers(1, 8))
def test_no_plan_passes_its_limits_and_none_is_empty(
    ask: Ask, planned: Planned, query: dict[str, object], width: int, height: int, orientation: int
) -> None:
    limits = Limits(output_pixels=50_000_000)
    try:
        frame = planned(ask("src=a.jpg&" + urlencode(query)).recipe, width, height, orientation, limits)
    except (BadOption, TooLarge):
        return
    assert frame.size.width >= 1
    assert frame.size.height >= 1
    assert max(frame.content.pixels, frame.canvas.pixels, frame.size.pixels) <= limits.output_pixels
    if frame.angle:
        assert geometry.rotated_size(frame).pixels <= limits.output_pixels
    assert 0 <= frame.offset[0] <= frame.canvas.width - frame.content.width
    assert 0 <= frame.offset[1] <= frame.canvas.height - frame.content.height
    region, needed = geometry.needed_region(frame) or Box.of(frame.original), geometry.needed_size(frame)
    assert 0 <= region.left < region.right <= width
    assert 0 <= region.top < region.bottom <= height
    assert 1 <= needed.width <= width
    assert 1 <= needed.height <= height


@given(QUERIES, st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 900), st.integers(1, 900))
def test_the_public_never_gets_more_than_the_limit(
    ask: Ask, planned: Planned, query: dict[str, object], width: int, height: int, most_wide: int, most_high: int
) -> None:
    policy = Policy(max_width=most_wide, max_height=most_high)
    try:
        frame = planned(ask("src=a.jpg&" + urlencode(query), policy=policy).recipe, width, height)
    except (BadOption, TooLarge):
        return
    assert frame.canvas.width <= most_wide
    assert frame.canvas.height <= most_high


@given(st.integers(0, 1500), st.integers(0, 1500), st.integers(1, 900), st.integers(1, 900), st.integers(0, 90))
def test_nothing_becomes_larger_than_its_original_unasked(
    ask: Ask, planned: Planned, wanted: int, other: int, width: int, height: int, angle: int
) -> None:
    frame = planned(ask(f"src=a.jpg&width={wanted}&height={other}&angle={angle}").recipe, width, height)
    spare = 2 if angle else 0
    most = frame.picture.inside(frame.picture.width + spare), frame.picture.inside(0, frame.picture.height + spare)
    assert frame.canvas.width <= max(size.width for size in most)
    assert frame.canvas.height <= max(size.height for size in most)


def test_what_changes_nothing_is_answered_with_the_original() -> None:
    recipe = Recipe(source="a.jpg", output=Output(format="jpg"))
    info = SourceInfo(format="jpg", size=Size(width=8, height=6))
    assert geometry.changes_nothing(recipe, info)
    turned = SourceInfo(format="jpg", size=Size(width=8, height=6), orientation=6)
    assert not geometry.changes_nothing(recipe, turned)
    smaller = Recipe(source="a.jpg", output=Output(format="jpg"), bounds=(4, 0))
    assert not geometry.changes_nothing(smaller, info)
    for output in (Output(format="png"), Output(format="jpg", dpi=(72, 72)),
                   Output(format="jpg", options=Options({"quality": 5}))):  # fmt: skip
        other = Recipe(source="a.jpg", output=output)
        assert not geometry.changes_nothing(other, info)


def test_an_operation_that_is_gone_is_named() -> None:
    recipe = Recipe(source="a.jpg", output=Output(format="jpg"), steps=(Step(operation="trim", options=Options({})),))
    with pytest.raises(UnsupportedFeature, match="'trim'"):
        geometry.plan(recipe, SourceInfo(format="jpg", size=Size(width=8, height=6)), {}, Limits())
