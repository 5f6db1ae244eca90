"""File names in headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.web.dispositions import disposition, with_extension


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("red.jpg", 'inline; filename="red.jpg"'),
        ("два.jpg", "inline; filename=\".jpg\"; filename*=UTF-8''%D0%B4%D0%B2%D0%B0.jpg"),
        ('a"b.jpg', "inline; filename=\"ab.jpg\"; filename*=UTF-8''a%22b.jpg"),
        ("größe.png", "inline; filename=\"groe.png\"; filename*=UTF-8''gr%C3%B6%C3%9Fe.png"),
    ],
)
def test_names_of_any_script_go_out(name: str, expected: str) -> None:
    assert disposition("inline", name) == expected


@given(st.text(min_size=1, max_size=40))
def test_nothing_leaves_the_header(name: str) -> None:
    value = disposition("attachment", name)
    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') == 2


@pytest.mark.parametrize(
    ("name", "expected"), [("a.tif", "a.jpg"), ("a.b.tif", "a.b.jpg"), ("plain", "plain.jpg"), (".x", ".x.jpg")]
)
def test_the_ending_becomes_the_formats(name: str, expected: str) -> None:
    assert with_extension(name, "jpg") == expected
