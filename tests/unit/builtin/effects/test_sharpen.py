"""Sharpening and blurring as they are seen."""

from __future__ import annotations

import pytest
from PIL import Image, ImageStat

from qis_core.api import Size
from qis_core.builtin.effects.sharpen import Sharpen
from qis_core.testing import pictures
from qis_core.testing.jobs import BareContext, options_of


def changed(image: Image.Image, amount: int) -> Image.Image:
    context = BareContext(canvas=Size(width=image.width, height=image.height))
    return Sharpen().apply(image.copy(), options_of(Sharpen(), sharpen=amount), context)


def spread(image: Image.Image) -> float:
    return ImageStat.Stat(image.convert("L")).stddev[0]


def test_more_is_more() -> None:
    picture = pictures.photo()
    steps = [spread(changed(picture, amount)) for amount in (-500, -200, -50, 0, 50, 200, 500)]
    assert steps == sorted(steps)


@pytest.mark.parametrize("amount", [-500, 500])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK"])
def test_a_flat_picture_stays_as_it_is(mode: str, amount: int) -> None:
    flat = Image.new("RGBA", (30, 20), (90, 120, 200, 255)).convert("RGB" if mode == "CMYK" else mode).convert(mode)
    assert changed(flat, amount).tobytes() == flat.tobytes()


@pytest.mark.parametrize("amount", [-300, 300])
def test_colours_of_transparent_pixels_do_not_bleed(amount: int) -> None:
    picture = Image.new("RGBA", (60, 40), (255, 0, 0, 0))
    picture.paste((0, 0, 200, 255), (30, 0, 60, 40))
    result = changed(picture, amount)
    reds = [result.getpixel((x, 20))[0] for x in range(60) if result.getpixel((x, 20))[3] > 16]  # type: ignore[index]
    assert max(reds) <= 2


def test_sharpening_keeps_the_outline() -> None:
    picture = pictures.glass()
    assert changed(picture, 400).getchannel("A").tobytes() == picture.getchannel("A").tobytes()
