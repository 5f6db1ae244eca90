"""What changes the pixels: sharpening, blurring, and a second picture on top."""

from __future__ import annotations

import pytest
from PIL import Image, ImageFilter, ImageStat

from qis_core.testing.galleries import Gallery

GREEN, MAGENTA = (0, 128, 0), (255, 0, 255)


@pytest.fixture(scope="module")
def marked(gallery: Gallery) -> Gallery:
    """The gallery with plain grounds and overlays."""
    gallery.put("ground.png", Image.new("RGB", (400, 200), GREEN))
    gallery.put("mark.png", Image.new("RGB", (100, 100), MAGENTA))
    gallery.put("huge.png", Image.new("RGB", (1000, 500), MAGENTA))
    half = Image.new("RGBA", (100, 100), (*MAGENTA, 255))
    half.paste((*MAGENTA, 0), (50, 0, 100, 100))
    gallery.put("half.png", half)
    gallery.put("grey.png", Image.new("L", (400, 200), 90))
    return gallery


def box(image: Image.Image) -> tuple[int, int, int, int] | None:
    """Where the picture is magenta."""
    pixels = image.convert("RGB")
    data = pixels.tobytes()
    mask = bytes(255 * (data[at : at + 3] == bytes(MAGENTA)) for at in range(0, len(data), 3))
    return Image.frombytes("L", pixels.size, mask).getbbox()


@pytest.mark.parametrize(
    ("query", "where"),
    [
        # As large as it is, in the middle.
        ("overlay=mark.png", (150, 50, 250, 150)),
        ("overlay=mark.png&ovpos=N", (150, 0, 250, 100)),
        ("overlay=mark.png&ovpos=S", (150, 100, 250, 200)),
        ("overlay=mark.png&ovpos=E", (300, 50, 400, 150)),
        ("overlay=mark.png&ovpos=W", (0, 50, 100, 150)),
        ("overlay=mark.png&ovpos=NE", (300, 0, 400, 100)),
        ("overlay=mark.png&ovpos=SE", (300, 100, 400, 200)),
        ("overlay=mark.png&ovpos=SW", (0, 100, 100, 200)),
        ("overlay=mark.png&ovpos=NW", (0, 0, 100, 100)),
        ("overlay=mark.png&ovpos=c", (150, 50, 250, 150)),
        # A fraction of the picture's width or height, whichever it meets first.
        ("overlay=mark.png&ovsize=0.25", (175, 75, 225, 125)),
        ("overlay=huge.png&ovsize=0.5", (100, 50, 300, 150)),
        ("overlay=huge.png&ovsize=1", (0, 0, 400, 200)),
        ("overlay=huge.png", (0, 0, 400, 200)),
        # Never enlarged.
        ("overlay=mark.png&ovsize=1", (150, 50, 250, 150)),
        ("overlay=mark.png&ovopacity=0", None),
        # On the resized picture, before the tile.
        ("width=100&overlay=mark.png&ovsize=0.5", (38, 13, 63, 38)),
        ("overlay=mark.png&tile=1:4", (150, 50, 200, 100)),
        # Padding is part of the picture.
        ("width=200&height=200&overlay=mark.png&ovsize=0.25&ovpos=nw", (0, 0, 50, 50)),
    ],
)
def test_where_an_overlay_lies(marked: Gallery, query: str, where: tuple[int, int, int, int] | None) -> None:
    found = box(marked.image("ground.png", query))
    assert found == where or (found and where and all(abs(a - b) <= 1 for a, b in zip(found, where, strict=True)))


def test_opacity(marked: Gallery) -> None:
    for opacity in (0.25, 0.5, 1):
        pixel = marked.image("ground.png", f"overlay=mark.png&ovopacity={opacity}").convert("RGB").getpixel((200, 100))
        wanted = tuple(round(m * opacity + g * (1 - opacity)) for m, g in zip(MAGENTA, GREEN, strict=True))
        assert pixel == pytest.approx(wanted, abs=2)


def test_transparent_parts_of_an_overlay(marked: Gallery) -> None:
    image = marked.image("ground.png", "overlay=half.png")
    assert image.convert("RGB").getpixel((170, 100)) == MAGENTA
    assert image.convert("RGB").getpixel((230, 100)) == GREEN
    faint = marked.image("ground.png", "overlay=half.png&ovopacity=0.5").convert("RGB")
    assert faint.getpixel((170, 100)) == pytest.approx((128, 64, 128), abs=2)
    assert faint.getpixel((230, 100)) == GREEN


def test_an_overlay_on_other_kinds_of_picture(marked: Gallery) -> None:
    assert box(marked.image("grey.png", "overlay=mark.png")) == (150, 50, 250, 150)
    glass = marked.image("kinds/glass.png", "overlay=mark.png&ovsize=0.5").convert("RGBA")
    assert glass.getpixel((48, 36)) == (*MAGENTA, 255)
    assert glass.getchannel("A").tobytes()[0] < 20
    inks = marked.image("kinds/cmyk.tif", "overlay=mark.png&ovsize=0.5&format=png").convert("RGB")
    assert inks.getpixel((48, 36)) == pytest.approx(MAGENTA, abs=30)


def test_an_overlay_that_is_not_there(marked: Gallery) -> None:
    for name in ("nosuch.png", "../secret.png", ".hidden.png"):
        marked.get("ground.png", f"overlay={name}", status=404)


def test_a_replaced_overlay_is_seen(marked: Gallery) -> None:
    marked.put("changing.png", Image.new("RGB", (9, 9)))
    first = marked.etag("ground.png", "overlay=changing.png")
    marked.put("changing.png", Image.new("RGB", (19, 19), MAGENTA))
    marked.site.site.platform.library.forget("changing.png")
    # Asked in another spelling, for what was just served is believed for the freshness time.
    assert marked.etag("ground.png", "overlay=changing.png&v=2") != first


def sharpness(image: Image.Image) -> float:
    """How much there is of edges."""
    return float(ImageStat.Stat(image.convert("L").filter(ImageFilter.FIND_EDGES)).mean[0])


def test_sharpen_and_blur_in_order(gallery: Gallery) -> None:
    found = [
        sharpness(gallery.image("photo.png", f"sharpen={amount}")) for amount in (-500, -200, -50, 0, 50, 200, 500)
    ]
    assert found == sorted(found)
    assert len(set(found)) == len(found)


def test_flat_colours_stay_as_they_are(marked: Gallery) -> None:
    for amount in (-300, 300):
        image = marked.image("ground.png", f"sharpen={amount}").convert("RGB")
        assert image.tobytes() == bytes(GREEN) * (400 * 200)


def test_sharpening_is_of_the_rendering(gallery: Gallery) -> None:
    """Sharpened after the resize: a strength means the same at every size."""
    small = gallery.image("photo.png", "width=100")
    wanted = small.filter(ImageFilter.UnsharpMask(1.0, percent=100, threshold=0))
    found = gallery.image("photo.png", "width=100&sharpen=100")
    assert max(abs(a - b) for a, b in zip(found.tobytes(), wanted.tobytes(), strict=True)) <= 3
