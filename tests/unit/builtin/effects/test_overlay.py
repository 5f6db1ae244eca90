"""A second picture on top, as it is seen."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from qis_core.api import Box, Frame
from qis_core.builtin.effects.overlay import Overlay
from qis_core.builtin.pillow.engine import PillowEngine
from qis_core.testing.jobs import job, options_of, step
from qis_core.testing.suites.operations import drawn

LOGO = "logos/mark.png"
OVERLAY = Overlay()


def rendered(
    below: Image.Image, top: Image.Image, window: Box | None = None, output: str = "png", **values: object
) -> Image.Image:
    def reframe(frame: Frame) -> Frame:
        return frame.windowed(window) if window else frame

    steps = [step(OVERLAY, overlay_src=LOGO, **values)]
    made = job(below, reframe, pixel_steps=steps, pictures={LOGO: top}, output=output)
    image = Image.open(io.BytesIO(PillowEngine().render(made).body))
    image.load()
    return image


def box_of(image: Image.Image) -> tuple[int, int, int, int] | None:
    """Where the picture is not white."""
    return image.convert("L").point(lambda value: 255 if value < 250 else 0).getbbox()


def white(size: tuple[int, int] = (200, 100)) -> Image.Image:
    return Image.new("RGB", size, "white")


def red(size: tuple[int, int] = (40, 40), alpha: int = 255) -> Image.Image:
    return Image.new("RGBA", size, (255, 0, 0, alpha))


@pytest.mark.parametrize(
    ("place", "box"),
    [
        ("c", (80, 30, 120, 70)),
        ("nw", (0, 0, 40, 40)),
        ("n", (80, 0, 120, 40)),
        ("ne", (160, 0, 200, 40)),
        ("w", (0, 30, 40, 70)),
        ("e", (160, 30, 200, 70)),
        ("sw", (0, 60, 40, 100)),
        ("s", (80, 60, 120, 100)),
        ("se", (160, 60, 200, 100)),
    ],
)
def test_it_lies_where_the_compass_says(place: str, box: tuple[int, int, int, int]) -> None:
    assert box_of(rendered(white(), red(), overlay_pos=place)) == box


def test_its_size_is_a_fraction_of_the_side_that_it_meets_first() -> None:
    assert box_of(rendered(white(), red((400, 400)), overlay_size=0.5)) == (75, 25, 125, 75)
    assert box_of(rendered(white(), red((800, 100)), overlay_size=0.5)) == (50, 44, 150, 56)


def test_it_is_never_enlarged() -> None:
    assert box_of(rendered(white(), red((10, 10)), overlay_size=1.0)) == (95, 45, 105, 55)


def test_it_is_reduced_to_fit_where_no_size_is_given() -> None:
    assert box_of(rendered(white(), red((400, 400)))) == (50, 0, 150, 100)


def test_its_transparency_and_opacity_count() -> None:
    image = rendered(white(), red(alpha=128), overlay_opacity=0.5)
    assert image.getpixel((100, 50)) == (255, 191, 191)


def test_a_tile_shows_its_part_of_it() -> None:
    full = rendered(white(), red(), overlay_pos="se")
    window = Box(left=150, top=50, right=200, bottom=100)
    part = rendered(white(), red(), window, overlay_pos="se")
    assert part.tobytes() == full.crop((150, 50, 200, 100)).tobytes()


def test_grey_becomes_colour_under_a_coloured_one_only() -> None:
    below = Image.new("L", (50, 50), 100)
    assert rendered(below, red()).getpixel((25, 25)) == (255, 0, 0)
    assert rendered(below, Image.new("L", (10, 10), 30)).mode == "L"


def test_over_a_transparent_picture_it_is_opaque() -> None:
    image = rendered(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), red((20, 20)))
    assert image.getpixel((25, 25)) == (255, 0, 0, 255)
    assert image.getpixel((1, 1)) == (0, 0, 0, 0)


@pytest.mark.parametrize("below", ["L", "LA", "I;16", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize("top", ["L", "LA", "I;16", "RGB", "RGBA", "CMYK"])
def test_every_mode_on_every_mode(below: str, top: str) -> None:
    image = rendered(drawn(below, (96, 72)), drawn(top, (30, 20)), output="tif")
    assert image.size == (96, 72)
    assert (image.mode == "CMYK") == (below == "CMYK")


def test_none_is_laid_on_without_a_path_or_with_no_opacity() -> None:
    assert OVERLAY.is_noop(options_of(OVERLAY, overlay_size=0.5))
    assert OVERLAY.is_noop(options_of(OVERLAY, overlay_src=LOGO, overlay_opacity=0.0))
    assert not OVERLAY.is_noop(options_of(OVERLAY, overlay_src=LOGO))


def test_it_asks_for_permission_to_see_the_picture() -> None:
    (resource,) = OVERLAY.resources(options_of(OVERLAY, overlay_src=LOGO))
    assert (resource.kind, resource.name) == ("picture", LOGO)


def test_a_size_of_0_or_1_is_the_same_as_none() -> None:
    plain = OVERLAY.normalise(options_of(OVERLAY, overlay_src=LOGO))
    assert OVERLAY.normalise(options_of(OVERLAY, overlay_src=LOGO, overlay_size=0.0)) == plain
    assert OVERLAY.normalise(options_of(OVERLAY, overlay_src=LOGO, overlay_size=1.0, overlay_pos="c")) == plain
