"""IPTC-IIM records: what agencies write about a picture."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qis_core.builtin.metadata import iptc


def dataset(record: int, number: int, raw: bytes) -> bytes:
    return bytes((0x1C, record, number)) + len(raw).to_bytes(2, "big") + raw


UTF8 = dataset(1, 90, b"\x1b%G")


def test_what_may_come_several_times_is_a_list() -> None:
    block = dataset(2, 25, b"lake") + dataset(2, 25, b"fog") + dataset(2, 105, b"Morning") + dataset(2, 105, b"again")
    assert iptc.values(block) == {"Keywords": ["lake", "fog"], "Headline": "Morning"}


def test_texts_are_utf8_or_latin1() -> None:
    assert iptc.values(UTF8 + dataset(2, 90, "Zürich".encode())) == {"City": "Zürich"}
    assert iptc.values(dataset(2, 90, "Zürich".encode())) == {"City": "Zürich"}
    assert iptc.values(dataset(2, 90, "Zürich".encode("latin-1"))) == {"City": "Zürich"}
    assert iptc.values(UTF8 + dataset(2, 90, b"Z\xfcrich")) == {"City": "Z\ufffdrich"}


def test_dates_are_written_as_everywhere() -> None:
    assert iptc.values(dataset(2, 55, b"20241001")) == {"DateCreated": "2024-10-01"}
    assert iptc.values(dataset(2, 55, b"in 2024")) == {"DateCreated": "in 2024"}


def test_a_long_text_has_a_long_length() -> None:
    long = b"x" * 40_000
    block = bytes((0x1C, 2, 120)) + (0x8004).to_bytes(2, "big") + len(long).to_bytes(4, "big") + long
    assert iptc.values(block) == {"Caption": long.decode()}


def test_reading_ends_where_the_record_makes_no_sense() -> None:
    good = dataset(2, 105, b"Lake")
    for bad in (
        b"\x1c\x02",
        b"junk" + good,
        dataset(2, 25, b"fog")[:-1],
        bytes((0x1C, 2, 120, 0xFF, 0xFF)),
        b"\x1c\x02\x78\x80\x04\xff\xff\xff\xff",
    ):
        assert iptc.values(good + bad) == {"Headline": "Lake"}
    assert iptc.values(dataset(3, 10, b"x") + dataset(2, 200, b"x") + dataset(2, 105, b" \0")) == {}


@given(st.binary() | st.lists(st.tuples(st.integers(1, 3), st.integers(0, 255), st.binary(max_size=20))).map(
    lambda sets: b"".join(dataset(*each) for each in sets)))  # fmt: skip
def test_nothing_is_raised(block: bytes) -> None:
    assert all(value for value in iptc.values(block).values())
