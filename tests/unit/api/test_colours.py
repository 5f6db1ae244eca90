"""Every CSS colour is known, in the same six digits everywhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qis_core.api import CSS_COLOURS, UnknownColour, parse_colour, rgb


def test_all_names_of_css_level_4_are_there() -> None:
    assert len(CSS_COLOURS) == 148
    assert all(parse_colour("fill", name, "") == f"#{digits}" for name, digits in CSS_COLOURS.items())


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_numbers_and_hex_digits_tell_the_same_colour(parts: tuple[int, int, int]) -> None:
    red, green, blue = parts
    colour = parse_colour("fill", f"rgb({red},{green},{blue})", "")
    assert colour == parse_colour("fill", f"{red:02x}{green:02x}{blue:02x}", "")
    assert rgb(colour) == parts


@given(st.text("0123456789abcdefg#(),", max_size=12))
def test_any_text_is_a_colour_or_an_error_that_names_the_option(text: str) -> None:
    try:
        colour: str | UnknownColour = parse_colour("fill", text, "a colour")
    except UnknownColour as error:
        colour = error
    if isinstance(colour, UnknownColour):
        assert colour.option == "fill"
        assert "a colour" in str(colour)
    else:
        assert len(rgb(colour)) == 3
