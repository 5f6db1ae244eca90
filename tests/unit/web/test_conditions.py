"""What a client has already."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.web.conditions import ByteRange, Unsatisfiable, byte_range, matches


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('"abc"', True),
        ('W/"abc"', True),
        ("abc", True),
        ("*", True),
        ('"x", W/"abc" , "y"', True),
        ('"x","y"', False),
        ("", False),
        (None, False),
        ('"abcd"', False),
        ('"', False),
    ],
)
def test_a_tag_is_found_in_every_spelling_of_the_header(header: str | None, expected: bool) -> None:
    assert matches(header, "abc") is expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-9", ByteRange(0, 9)),
        ("bytes=10-", ByteRange(10, 99)),
        ("bytes=-5", ByteRange(95, 99)),
        ("bytes=-500", ByteRange(0, 99)),
        ("bytes=90-5000", ByteRange(90, 99)),
        ("BYTES = 0 - 0", ByteRange(0, 0)),
        (None, None),
        ("bytes=9-3", None),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("lines=1-2", None),
        ("bytes=a-b", None),
    ],
)
def test_one_range_is_understood_and_all_else_means_the_whole_file(header: str | None, expected: object) -> None:
    assert byte_range(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_outside_the_file_is_told_apart(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        byte_range(header, 100)


@given(st.text(max_size=60), st.integers(0, 10_000))
def test_no_header_breaks_anything(header: str, size: int) -> None:
    matches(header, "abc")
    try:
        part = byte_range("bytes=" + header, size)
    except Unsatisfiable:
        return
    assert part is None or 0 <= part.first <= part.last < size
