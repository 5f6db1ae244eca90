"""The drawn pictures and files are what they say they are."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from qis_core.testing import pictures
from qis_core.testing.sources import MemorySource


@pytest.mark.parametrize("name", pictures.FILES)
def test_files_are_the_same_every_time(name: str) -> None:
    assert pictures.FILES[name]() == pictures.FILES[name]()


def test_bombs_are_small() -> None:
    assert all(len(make()) < 500_000 for make in pictures.BOMBS.values())


def test_oriented_files_show_the_same_picture_when_turned() -> None:
    turns = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90,
    }  # fmt: skip
    for orientation, turn in turns.items():
        stored = Image.open(io.BytesIO(pictures.oriented(orientation, "PNG")))
        upright = stored.transpose(turn) if turn is not None else stored
        assert upright.tobytes() == pictures.corners().tobytes(), orientation


def test_damage_is_the_same_every_time_and_never_none() -> None:
    data = pictures.FILES["photo.png"]()
    first = list(pictures.damaged(data))
    assert first == list(pictures.damaged(data))
    assert len(first) == 40
    assert all(changed != data for _, changed in first)


def test_a_memory_source_can_be_read_in_every_way() -> None:
    source = MemorySource(b"0123456789", name="digits.bin")
    with source.open() as stream:
        assert stream.read(3) == b"012"
    assert source.head(4) == b"0123"
    assert source.path.read_bytes() == b"0123456789"
    assert (source.name, source.size_bytes) == ("digits.bin", 10)
