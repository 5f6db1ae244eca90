"""Plain copies: what is written is found again, by any reader of TIFF as well, and nothing else is taken for one."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from qis_core.api import Size, plain

SIDES = (7, 5)
SIZE = Size(width=SIDES[0], height=SIDES[1])


def copy_of(mode: str) -> bytes:
    out = io.BytesIO()
    with plain.written(out, mode, SIZE) as pixels:
        for row in range(SIZE.height):
            pixels.write(bytes(range(row, row + SIZE.width * plain.bytes_a_pixel(mode))))
    return out.getvalue()


@pytest.mark.parametrize("mode", plain.modes())
def test_the_head_tells_what_it_is_and_the_pixels_follow(mode: str) -> None:
    data = copy_of(mode)
    assert plain.kind(data) == plain.kind(data[: plain.HEAD_BYTES]) == (mode, SIZE)
    assert len(data) == plain.HEAD_BYTES + SIZE.pixels * plain.bytes_a_pixel(mode)
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.mode, picture.size) == ("TIFF", mode, SIDES)
        assert picture.getpixel((0, 3)) == {"L": 3, "RGB": (3, 4, 5), "RGBA": (3, 4, 5, 6)}[mode]


def test_pieces_larger_than_what_is_gathered_come_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "PIECE_BYTES", 100)
    assert plain.kind(copy_of("RGB")) == ("RGB", SIZE)
    assert len(copy_of("RGB")) == plain.HEAD_BYTES + SIZE.pixels * 4


@pytest.mark.parametrize(("mode", "size"), [("CMYK", SIZE), ("RGB", Size(width=40_000, height=40_000))])
def test_what_none_can_hold_is_refused(mode: str, size: Size) -> None:
    with pytest.raises(ValueError, match=mode), plain.written(io.BytesIO(), mode, size):
        pass


@given(place=st.integers(0, plain.HEAD_BYTES - 1), value=st.integers(0, 255))
def test_another_head_is_no_plain_copy_s(place: int, value: int) -> None:
    data = bytearray(copy_of("RGBA"))
    is_same, data[place] = data[place] == value, value
    found = plain.kind(bytes(data))
    # The sides are told three times over.
    assert found == ("RGBA", SIZE) if is_same else found is None


@given(st.binary(max_size=300))
def test_any_bytes_are_taken_for_none(data: bytes) -> None:
    assert plain.kind(data) is None
