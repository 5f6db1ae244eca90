"""The colour that fills the rest where the fill is ``auto``."""

from __future__ import annotations

from PIL import Image, ImageDraw

from qis_core.api import rgb
from qis_core.api.edges import edge_colour
from qis_core.testing import pictures


def test_a_flat_edge_gives_its_own_colour() -> None:
    picture = Image.new("RGBA", (100, 80), "#336699")
    ImageDraw.Draw(picture).ellipse((20, 20, 80, 60), fill="red")
    assert edge_colour(picture) == "#336699"


def test_objects_that_touch_the_edge_do_not_change_it() -> None:
    picture = Image.new("RGBA", (100, 80), "#336699")
    ImageDraw.Draw(picture).rectangle((0, 0, 60, 30), fill="black")
    assert edge_colour(picture) == "#336699"


def test_noise_is_averaged() -> None:
    grain = Image.effect_noise((200, 160), 12).convert("RGBA")
    assert all(abs(part - 128) <= 4 for part in rgb(edge_colour(grain)))


def test_a_transparent_edge_stays_transparent() -> None:
    picture = Image.new("RGBA", (100, 80), (0, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (20, 20, 80, 60))
    assert edge_colour(picture) == "none"


def test_the_smallest_picture_has_an_edge() -> None:
    assert edge_colour(Image.new("RGBA", (1, 1), "#102030")) == "#102030"
    assert edge_colour(pictures.photo((2, 1)).convert("RGBA")).startswith("#")
