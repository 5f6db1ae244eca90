"""Options read what the contract says, refuse the rest by name, and have one spelling for one value."""

from __future__ import annotations

import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.api import (
    Align,
    Angle,
    BadOption,
    Bool,
    Choice,
    Colour,
    Int,
    Option,
    Options,
    Path,
    Place,
    Real,
    Text,
    Tile,
    UnknownColour,
)

EVERY_KIND: list[Option] = [
    Int("page", maximum=999_999),
    Real("opacity"),
    Real("dpr", minimum=0.5, maximum=4),
    Angle("angle"),
    Bool("strip"),
    Choice("intent", choices=("perceptual", "Relative"), aliases={"rel": "Relative"}),
    Text("xref"),
    Path("overlay"),
    Colour("fill", special=("none", "auto")),
    Align("halign"),
    Align("valign", edges="TCB"),
    Tile("tile"),
    Place("gravity", special=("focal",)),
    Place("ovpos", points=False),
]

LIKELY = st.one_of(
    st.text(max_size=20),
    st.integers(-1000, 1_000_000).map(str),
    st.floats(allow_nan=True, allow_infinity=True).map(str),
    st.floats(0, 1).map(str),
    st.tuples(st.sampled_from("LCRTBlcrtb"), st.floats(0, 1)).map(lambda edge: f"{edge[0]}{edge[1]:.7f}"),
    st.tuples(st.integers(0, 260), st.integers(0, 260)).map(lambda tile: f"{tile[0]}:{tile[1]}"),
    st.tuples(st.floats(0, 1), st.floats(0, 1)).map(lambda point: f"{point[0]:.7f},{point[1]:.7f}"),
    st.sampled_from(["n", "NE", "c", "focal", "none", "AUTO", "rel", "perceptual", "red", "#F00", "rgb(1, 2, 3)",
                     "tRue"]),
)  # fmt: skip


@pytest.mark.parametrize("option", EVERY_KIND, ids=lambda option: f"{option.kind}-{option.name}")
@given(text=LIKELY)
def test_any_text_is_read_or_refused_and_a_value_has_one_spelling(option: Option, text: str) -> None:
    try:
        value = option.parse(text)
    except BadOption as error:
        value = error
    hash(value)
    if isinstance(value, BadOption):
        assert option.name in str(value)
        assert value.allowed == option.allowed
    elif value is not None:
        spelled = option.format(value)
        assert option.parse(spelled) == value
        assert option.format(option.parse(spelled)) == spelled
        assert option.validate(value) == value


@pytest.mark.parametrize("option", EVERY_KIND, ids=lambda option: f"{option.kind}-{option.name}")
def test_an_empty_text_is_unset_and_false_for_a_bool(option: Option) -> None:
    assert option.parse("") in (None, False)
    assert option.validate(None) is None


@pytest.mark.parametrize("option", EVERY_KIND, ids=lambda option: f"{option.kind}-{option.name}")
def test_every_kind_describes_itself(option: Option) -> None:
    assert option.schema()["type"] in {"integer", "number", "boolean", "string"}
    assert option.allowed
    assert pickle.loads(pickle.dumps(option)) == option


@pytest.mark.parametrize("text", ["1", "t", "Y", "TRUE", "yes", " Yes "])
def test_true_is_spelled_in_five_ways(text: str) -> None:
    assert Bool("strip").parse(text) is True


@pytest.mark.parametrize("text", ["0", "on", "2", "no", "false", "", "wahr"])
def test_everything_else_is_false(text: str) -> None:
    assert Bool("strip").parse(text) is False


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-inf", "1e999", "0x1", "1_0", "١", "--1", "1.5", "16000", "-1", "9" * 500]
)
def test_bad_whole_numbers_are_refused(text: str) -> None:
    with pytest.raises(BadOption, match=r"width: .* a whole number from 0 to 15000"):
        Int("width", maximum=15000).parse(text)


@pytest.mark.parametrize("text", ["nan", "inf", "infinity", "1e999", "0x1", "1_0", "1,5", "1.1", "-0.1"])
def test_bad_reals_are_refused(text: str) -> None:
    with pytest.raises(BadOption, match=r"left: .* a number from 0 to 1"):
        Real("left").parse(text)


def test_reals_keep_six_digits_and_no_negative_zero() -> None:
    assert Real("left").parse("0.12345678") == 0.123457
    assert math.copysign(1, Real("left", minimum=-1).parse("-0.0000001")) == 1  # type: ignore[arg-type]
    assert Real("left").parse(".5") == Real("left").parse("5e-1") == 0.5


@pytest.mark.parametrize(
    ("text", "angle"), [("360", 0), ("-90", 270), ("-360", 0), ("359.99999999", 0), ("45.5", 45.5)]
)
def test_angles_lie_below_a_full_turn(text: str, angle: float) -> None:
    assert Angle("angle").parse(text) == angle


@pytest.mark.parametrize(
    ("text", "colour"),
    [("ff0000", "#ff0000"), ("#F00", "#ff0000"), ("rgb(255, 0, 0)", "#ff0000"), (" Red ", "#ff0000"),
     ("rebecca purple", "#663399"), ("NONE", "none"), ("#FFFFFF", "#ffffff")],
)  # fmt: skip
def test_colours_have_one_spelling(text: str, colour: str) -> None:
    assert Colour("fill", special=("none",)).parse(text) == colour


@pytest.mark.parametrize("text", ["reddish", "f00", "rgb(256,0,0)", "rgb(1,2)", "#ffff"])
def test_an_unknown_colour_is_an_error_of_its_own(text: str) -> None:
    with pytest.raises(UnknownColour, match="fill"):
        Colour("fill").parse(text)


@pytest.mark.parametrize("text", ["ab", "x" * 33])
def test_a_colour_of_another_length_is_malformed(text: str) -> None:
    with pytest.raises(BadOption) as caught:
        Colour("fill").parse(text)
    assert not isinstance(caught.value, UnknownColour)


@pytest.mark.parametrize(("text", "value"), [("r1", "R1"), ("L0.20", "L0.2"), ("c.5", "C0.5"), ("R0", "R0")])
def test_alignments_are_an_edge_and_a_place(text: str, value: str) -> None:
    assert Align("halign").parse(text) == value


@pytest.mark.parametrize("text", ["R", "R.", "T0.5", "R1.1", "R-1", "0.5", "Rnan", "R1e-1"])
def test_bad_alignments_are_refused(text: str) -> None:
    with pytest.raises(BadOption, match="halign"):
        Align("halign").parse(text)


@pytest.mark.parametrize("text", ["0:4", "5:4", "1:5", "1:1024", "1", "1:", "a:4", "1:2:4", "-1:4"])
def test_bad_tiles_are_refused(text: str) -> None:
    with pytest.raises(BadOption, match="tile"):
        Tile("tile").parse(text)


def test_one_tile_of_one_is_no_tile() -> None:
    assert Tile("tile").parse("1:1") is None
    assert Tile("tile").parse("256:256") == "256:256"


@pytest.mark.parametrize(
    ("text", "value"), [("NE", "ne"), ("0.5,0", "n"), ("0.25, .75", "0.25,0.75"), ("focal", "focal")]
)
def test_places_are_compass_points_or_fractions(text: str, value: str) -> None:
    assert Place("gravity", special=("focal",)).parse(text) == value


@pytest.mark.parametrize("text", ["nne", "1.5,0", "0.5", "0,0,0", "nan,0"])
def test_bad_places_are_refused(text: str) -> None:
    with pytest.raises(BadOption, match="gravity"):
        Place("gravity").parse(text)


def test_a_path_keeps_its_blanks_and_loses_leading_slashes() -> None:
    assert Path("overlay").parse("//a/ b.png ") == "a/ b.png "
    with pytest.raises(BadOption, match="1 to 1024"):
        Path("overlay").parse("x" * 1025)


def test_a_long_value_is_shortened_in_the_message() -> None:
    with pytest.raises(BadOption) as caught:
        Int("width").parse("x" * 5000)
    assert len(str(caught.value)) < 200


@given(st.dictionaries(st.text("abc", min_size=1), st.one_of(st.none(), st.integers(), st.text())))
def test_options_are_equal_whatever_the_order_and_survive_pickling(values: dict[str, object]) -> None:
    options = Options(values)
    backwards = Options(dict(reversed(values.items())))
    assert options == backwards
    assert hash(options) == hash(backwards)
    assert pickle.loads(pickle.dumps(options)) == options
    assert None not in options.values()


def test_unset_options_read_as_their_defaults() -> None:
    options = Options({"sepia": None, "tone": 3}, {"sepia": 0.5, "tone": 1})
    assert (options.sepia, options.tone) == (0.5, 3)
    assert "sepia" not in options
    assert options.replace(tone=None).tone == 1
    assert options.without("tone") == Options({})
    with pytest.raises(AttributeError, match="tint"):
        _ = options.tint
