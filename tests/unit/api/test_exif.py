"""The orientation is found and reset without touching anything else of an EXIF block."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from qis_core.api import exif
from qis_core.testing import pictures


@pytest.mark.parametrize("value", range(1, 9))
def test_finds_and_resets(value: int) -> None:
    block = pictures.exif_block(value)
    assert exif.orientation(block) == value
    reset = exif.upright(block)
    assert reset is not None
    assert exif.orientation(reset) == 1
    assert sum(a != b for a, b in zip(block, reset, strict=True)) <= 1
    parsed = Image.Exif()
    parsed.load(reset)
    assert parsed[0x010F] == "QIS test camera"


@pytest.mark.parametrize(
    "block", [None, b"", b"Exif\0\0", b"II*\0", b"no EXIF at all", b"Exif\0\0II*\0\xff\xff\xff\xff"]
)
def test_what_makes_no_sense_is_dropped(block: bytes | None) -> None:
    assert exif.orientation(block) == 1
    assert exif.upright(block) is None


@given(st.sampled_from([b"II*\0", b"MM\0*", b"Exif\0\0MM\0*"]), st.binary(max_size=200))
def test_no_block_is_too_odd(start: bytes, rest: bytes) -> None:
    block = start + rest
    assert 1 <= exif.orientation(block) <= 8
    reset = exif.upright(block)
    assert reset is None or exif.orientation(reset) == 1
