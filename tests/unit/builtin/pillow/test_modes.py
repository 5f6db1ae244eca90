"""What happens to a picture's colour mode on its way."""

from __future__ import annotations

import pytest
from PIL import Image

from qis_core.api import UnsupportedFeature
from qis_core.builtin.pillow import modes
from qis_core.testing import pictures


def test_sixteen_bit_grey_becomes_eight_bits_by_level_not_by_clipping() -> None:
    source = Image.frombytes("I;16", (4, 1), b"\0\0" + b"\x80\x80" + b"\xff\xff" + b"\x01\x01")
    assert modes.eight_bits(source).tobytes() == bytes([0, 128, 255, 1])


def test_eight_bits_of_sixteen_bits_of_grey_are_the_same_grey() -> None:
    ramp = Image.linear_gradient("L")
    assert modes.eight_bits(modes.sixteen_bits(ramp)).tobytes() == ramp.tobytes()


@pytest.mark.parametrize(
    ("mode", "allowed", "wanted"),
    [
        ("RGBA", ("RGB", "L"), "RGB"),
        ("LA", ("RGB", "RGBA"), "RGBA"),
        ("I;16", ("L", "RGB"), "L"),
        ("CMYK", ("RGB", "RGBA", "L"), "RGB"),
        ("L", ("RGB",), "RGB"),
        ("RGB", ("L", "RGBA"), "RGBA"),
    ],
)
def test_the_nearest_mode_keeps_most_of_the_picture(mode: str, allowed: tuple[str, ...], wanted: str) -> None:
    assert modes.nearest(mode, allowed) == wanted


def test_a_mode_that_nothing_can_become_is_refused() -> None:
    with pytest.raises(UnsupportedFeature):
        modes.nearest("RGB", ("P",))


def test_grey_stays_grey_beside_grey_and_becomes_colour_beside_colour() -> None:
    assert modes.filled_mode("L", "#808080") == "L"
    assert modes.filled_mode("L", "#808081") == "RGB"
    assert modes.filled_mode("I;16", "#ffffff") == "I;16"
    assert modes.filled_mode("LA", "#ff0000") == "RGBA"
    assert modes.filled_mode("RGB", "none") == "RGBA"
    assert modes.filled_mode("I;16", "none") == "LA"


@pytest.mark.parametrize("mode", ["1", "P", "I", "F", "La", "RGBa", "YCbCr", "HSV", "RGBX"])
def test_whatever_mode_a_plugin_answers_is_understood(mode: str) -> None:
    source = pictures.photo()
    made = {"La": source.convert("LA"), "RGBa": source.convert("RGBA"), "I": source.convert("L")}.get(mode, source)
    assert modes.known(made.convert(mode)).mode in modes.MODES
