"""One resampling, from a box of real numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from qis_core.api import Box, Quality, Size
from qis_core.builtin.pillow.resample import resampled, reserve
from qis_core.testing import pictures
from qis_core.testing.suites.operations import MODES, drawn


def whole(image: Image.Image) -> Box:
    return Box(left=0, top=0, right=image.width, bottom=image.height)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("gamma_correct", [False, True])
@pytest.mark.parametrize("size", [(96, 72), (50, 31), (7, 5), (1, 1), (150, 200)])
def test_every_mode_in_every_size(mode: str, gamma_correct: bool, size: tuple[int, int]) -> None:
    image = drawn(mode, pictures.SIZE)
    target = Size(width=size[0], height=size[1])
    result = resampled(image, whole(image), target, whole(image), gamma_correct=gamma_correct)
    assert (result.mode, result.size) == (mode, size)


@given(
    left=st.floats(0, 90), top=st.floats(0, 66), width=st.floats(0.5, 96), height=st.floats(0.5, 72),
    across=st.integers(1, 40), down=st.integers(1, 40),
)  # fmt: skip
def test_any_box_gives_the_size_asked_for(
    left: float, top: float, width: float, height: float, across: int, down: int
) -> None:
    image = pictures.corners()
    box = Box(left=left, top=top, right=min(96, left + width), bottom=min(72, top + height))
    result = resampled(image, box, Size(width=across, height=down), whole(image))
    assert result.size == (across, down)


def test_a_part_is_the_same_as_that_part_of_the_whole() -> None:
    image = pictures.photo((400, 300))
    for mode in ("RGB", "RGBA", "L", "CMYK"):
        source = image.convert(mode)
        full = resampled(source, whole(source), Size(width=40, height=30), whole(source))
        box = Box(left=100, top=100, right=300, bottom=200)
        part = resampled(source, box, Size(width=20, height=10), whole(source))
        difference = ImageChops.difference(full.crop((10, 10, 30, 20)).convert("RGB"), part.convert("RGB"))
        assert max(high for _, high in difference.getextrema()) <= 1, mode  # type: ignore[misc]


def test_a_box_of_whole_pixels_in_its_own_size_is_cut_out_as_it_stands() -> None:
    image = pictures.photo()
    result = resampled(image, Box(left=3, top=4, right=33, bottom=24), Size(width=30, height=20), whole(image))
    assert result.tobytes() == image.crop((3, 4, 33, 24)).tobytes()


def test_white_stays_white_in_sixteen_bits() -> None:
    edge = Image.new("I;16", (60, 40), 65535)
    edge.paste(0, (0, 0, 30, 40))
    for gamma_correct in (False, True):
        result = resampled(edge, whole(edge), Size(width=25, height=17), whole(edge), gamma_correct=gamma_correct)
        dark, light = result.crop((0, 0, 11, 17)), result.crop((14, 0, 25, 17))
        # Lanczos overshoots on both sides of an edge: that is cut off, and does not wrap around.
        assert dark.getextrema()[1] < 12_000  # type: ignore[operator]
        assert light.getextrema()[0] > 60_000  # type: ignore[operator]
        assert light.getextrema()[1] == 65535


def test_linear_light_keeps_the_light_of_a_fine_pattern() -> None:
    rows = bytes(255 if (x + y) % 2 else 0 for y in range(100) for x in range(100))
    pattern = Image.frombytes("L", (100, 100), rows)
    target = Size(width=10, height=10)
    assert resampled(pattern, whole(pattern), target, whole(pattern)).getpixel((5, 5)) in (127, 128)
    assert resampled(pattern, whole(pattern), target, whole(pattern), gamma_correct=True).getpixel((5, 5)) == 188


def test_linear_light_keeps_every_level_of_a_smooth_ramp() -> None:
    ramp = Image.linear_gradient("L").resize((512, 1024), Image.Resampling.BICUBIC)
    result = resampled(ramp, whole(ramp), Size(width=256, height=512), whole(ramp), gamma_correct=True)
    assert len(set(result.tobytes())) == 256


def test_decoders_are_asked_for_less_when_speed_counts() -> None:
    assert reserve(Quality(fast=True)) < reserve(Quality()) < reserve(Quality(gamma_correct=True))
