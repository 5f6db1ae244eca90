"""Packets of a few properties: read again, they say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.api.xmp import packet
from qis_core.builtin.metadata import xmp


def test_properties_of_every_shape() -> None:
    told = {
        "dc:title": "Höhe <&>", "dc:creator": ["Eva", "Ida"], "dc:subject": ["one", "two"], "xmp:CreateDate": "2024",
        "tiff:Make": "Maker", "pdf:Producer": "Printer",
    }  # fmt: skip
    found = packet(told)
    assert found is not None
    assert xmp.values(found) == told
    assert packet(told) == found


@pytest.mark.parametrize("told", [{}, {"dc:title": ""}, {"dc:creator": []}, {"dc:creator": ["", " \0 "]}])
def test_where_nothing_is_said_there_is_no_packet(told: dict[str, str | list[str]]) -> None:
    assert packet(told) is None


@given(st.text(max_size=50))
def test_any_text_makes_a_packet_that_is_read_again(text: str) -> None:
    found = packet({"dc:title": text, "tiff:Model": "one"})
    assert found is not None
    read = xmp.values(found)
    assert read["tiff:Model"] == "one"
    assert str(read.get("dc:title", "")) == " ".join("".join(c if c.isprintable() else " " for c in text).split())
