"""Any query string is names and values; the first of a repeated name counts."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.domain.query import parse_query, readable


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        ("", ()),
        ("a=1&b=2&a=3", (("a", "1"), ("b", "2"))),
        ("a=1&amp;b=2", (("a", "1"), ("b", "2"))),
        ("src=a+b%2Bc.jpg", (("src", "a b+c.jpg"),)),
        ("src=gr%C3%B6%C3%9Fe.jpg", (("src", "größe.jpg"),)),
        ("width=&strip&&=3", (("width", ""), ("strip", ""))),
        ("a=b=c", (("a", "b=c"),)),
        ("a=%26amp%3B", (("a", "&amp;"),)),
        ("a=%zz%", (("a", "%zz%"),)),
        ("a=%ff&%ff=b", (("a", "\udcff"), ("\ufffd", "b"))),
        ("a=\udcff", (("a", "\udcff"),)),
        ("a=\udcc3%a4", (("a", "ä"),)),
        ("a=\ud800", (("a", "?"),)),
    ],
)
def test_examples(raw: str, pairs: tuple[tuple[str, str], ...]) -> None:
    assert parse_query(raw) == pairs


@given(st.text())
def test_nothing_raises_and_everything_can_be_written_as_utf8(raw: str) -> None:
    for name, value in parse_query(raw):
        assert name
        (name + readable(value)).encode()
        value.encode("utf-8", "surrogateescape")


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8"))))
def test_what_was_encoded_comes_back(values: dict[str, str]) -> None:
    assert dict(parse_query(urlencode(values))) == values
    assert dict(parse_query(urlencode(values, quote_via=quote))) == values
