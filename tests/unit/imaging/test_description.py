"""What files say of themselves is cut to what a record can hold."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from qis_core.imaging import description
from qis_core.imaging.description import bounded

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_plain_values_stay_as_they_are() -> None:
    metadata = {"exif": {"Make": "Maker", "FNumber": 2.8, "ISO": 100, "Flash": False, "Keywords": ["a", "b"]}}
    assert bounded([metadata]) == metadata


def test_the_first_reader_counts() -> None:
    assert bounded([{"a": {"x": 1}}, {"a": {"x": 2, "y": 3}, "b": {"z": 4}}]) == {"a": {"x": 1, "y": 3}, "b": {"z": 4}}


def test_lines_stay_lines_and_all_else_is_printable() -> None:
    assert bounded([{"a": {"x\0": "one\ntwo\x1b[31m\udcff"}}]) == {"a": {"x?": "one\ntwo?[31m?"}}


def test_what_is_no_plain_value_is_left_out() -> None:
    odd = {"bytes": b"x", "object": object(), "none": None, "map": {"x": 1}, "nan": float("nan"), "huge": 10**40}
    assert bounded([{"a": {**odd, "list": [1, b"x", [2], None]}, "empty": {}}]) == {"a": {"list": [1]}}


@given(st.dictionaries(st.text(), st.dictionaries(st.text(), VALUES)))
def test_twice_is_once(metadata: dict[str, dict[str, object]]) -> None:
    once = bounded([metadata])
    assert bounded([json.loads(json.dumps(once))]) == once


def test_there_is_an_end_to_everything() -> None:
    # One long text for all of them: a million of its own would be ten gigabytes.
    long = "x" * 9999
    many = {f"group {group}": {f"name {name}": long for name in range(400)} for group in range(100)}
    found = bounded([many, {"list": {"x": [long] * 9999}}])
    assert len(found) <= description.MOST_GROUPS
    assert len(json.dumps(found)) < 2 * description.MOST_CHARACTERS
