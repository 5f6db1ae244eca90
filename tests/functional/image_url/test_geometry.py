"""Where the pixels go: sizes, fits, crops, turns, padding and alignment, by the contract's own numbers."""

from __future__ import annotations

import pytest
from PIL import Image

from qis_core.testing.galleries import Gallery

RED, LIME, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
WHITE = (255, 255, 255)

SIZES = [
    # picture, options, width × height
    ("wide.png", "", (800, 600)),
    # One size given: the other is the ceiling of the proportional value.
    ("wide.png", "width=400", (400, 300)),
    ("wide.png", "height=300", (400, 300)),
    ("wide.png", "width=401", (401, 301)),
    ("wide.png", "height=301", (402, 301)),
    ("wide.png", "width=1", (1, 1)),
    # Never enlarged.
    ("wide.png", "width=1000", (800, 600)),
    ("wide.png", "height=15000", (800, 600)),
    ("wide.png", "width=1000&height=1000", (800, 600)),
    ("wide.png", "width=1000&height=300", (800, 300)),
    ("wide.png", "width=300&height=1000", (300, 600)),
    ("wide.png", "enlarge=1&width=1000", (1000, 750)),
    ("wide.png", "enlarge=1&width=1000&height=1000", (1000, 1000)),
    # After a crop the limit is the original's size, not the crop's.
    ("wide.png", "left=0.4&right=0.6", (160, 600)),
    ("wide.png", "left=0.4&right=0.6&width=700", (700, 2625)),
    ("wide.png", "left=0.4&right=0.6&width=900", (800, 3000)),
    # Both sizes: exactly them, or with autosizefit at most them.
    ("wide.png", "width=200&height=200", (200, 200)),
    ("wide.png", "width=200&height=200&autosizefit=1", (200, 150)),
    ("wide.png", "width=200&height=100&autosizefit=1", (134, 100)),
    ("wide.png", "width=1000&height=1000&autosizefit=1", (800, 600)),
    ("wide.png", "width=200&autosizefit=1", (200, 150)),
    # Crops begin and end at a ceiling.
    ("odd.png", "left=0.1&right=0.5", (160, 301)),
    ("odd.png", "top=0.5", (401, 150)),
    ("odd.png", "left=0.999", (401, 301)),
    ("odd.png", "left=0.99", (4, 301)),
    # An empty crop leaves the picture as it is; so do 0 for right and bottom, 1 for left and top.
    ("wide.png", "left=0.5&right=0.5", (800, 600)),
    ("wide.png", "left=0.6&right=0.4", (800, 600)),
    ("wide.png", "top=0.7&bottom=0.1", (800, 600)),
    ("wide.png", "right=0&bottom=0", (800, 600)),
    ("wide.png", "left=1&top=1", (800, 600)),
    ("wide.png", "left=0.5&right=0", (400, 600)),
    # Rotation: corners about the centre, ceiling less floor; quarter turns are exact.
    ("small.png", "angle=45", (496, 496)),
    ("small.png", "angle=-45", (496, 496)),
    ("small.png", "angle=90", (300, 400)),
    ("small.png", "angle=180", (400, 300)),
    ("small.png", "angle=-90", (300, 400)),
    ("small.png", "angle=360", (400, 300)),
    ("small.png", "angle=45&width=248", (248, 248)),
    # With rotation sizes are limited to the rotated bounds and 2 more.
    ("small.png", "angle=45&width=1000", (498, 498)),
    ("small.png", "angle=90&width=1000", (302, 403)),
    ("small.png", "angle=45&width=1000&height=1000", (498, 498)),
    # Ours: fit, dpr.
    ("wide.png", "width=200&height=200&fit=pad", (200, 200)),
    ("wide.png", "width=200&height=200&fit=inside", (200, 150)),
    ("wide.png", "width=200&height=200&fit=cover", (200, 200)),
    ("wide.png", "width=200&height=200&fit=stretch", (200, 200)),
    ("wide.png", "width=200&height=200&fit=pad&autosizefit=1", (200, 200)),
    ("wide.png", "width=100&dpr=2", (200, 150)),
    ("wide.png", "width=100&height=100&dpr=1.5", (150, 150)),
    ("wide.png", "width=100&dpr=0.5", (50, 38)),
    ("wide.png", "dpr=2", (800, 600)),
    # The steps in their order: rotated before cropped, cropped before sized.
    ("wide.png", "angle=90&left=0.5", (300, 800)),
    ("wide.png", "angle=90&left=0.5&width=150", (150, 400)),
    ("wide.png", "width=400&left=0.5", (400, 600)),
]


@pytest.mark.parametrize(("name", "query", "size"), SIZES, ids=[f"{name}?{query}" for name, query, _ in SIZES])
def test_size(gallery: Gallery, name: str, query: str, size: tuple[int, int]) -> None:
    assert gallery.size(name, query) == size


def quarters(image: Image.Image) -> list[object]:
    """The colours in the middle of the four quarters, from the top left, row by row."""
    width, height = image.size
    return [image.convert("RGB").getpixel((width * x // 4, height * y // 4)) for y in (1, 3) for x in (1, 3)]


@pytest.mark.parametrize(
    ("query", "colours"),
    [
        ("", [RED, LIME, BLUE, YELLOW]),
        ("flip=h", [LIME, RED, YELLOW, BLUE]),
        ("flip=v", [BLUE, YELLOW, RED, LIME]),
        # Clockwise.
        ("angle=90", [BLUE, RED, YELLOW, LIME]),
        ("angle=180", [YELLOW, BLUE, LIME, RED]),
        ("angle=270", [LIME, YELLOW, RED, BLUE]),
        ("angle=-90", [LIME, YELLOW, RED, BLUE]),
        ("angle=-360", [RED, LIME, BLUE, YELLOW]),
        # Flipped before it is rotated.
        ("flip=h&angle=90", [YELLOW, LIME, BLUE, RED]),
        ("flip=v&angle=90", [RED, BLUE, LIME, YELLOW]),
        # Cropped from the flipped and rotated picture.
        ("flip=h&right=0.5&top=0.5", [YELLOW, YELLOW, YELLOW, YELLOW]),
        ("angle=90&right=0.5&bottom=0.5", [BLUE, BLUE, BLUE, BLUE]),
        ("width=100&height=100&fit=stretch", [RED, LIME, BLUE, YELLOW]),
    ],
)
def test_flip_rotate_crop(gallery: Gallery, query: str, colours: list[tuple[int, int, int]]) -> None:
    assert quarters(gallery.image("wide.png", query)) == colours


def test_the_corners_of_a_rotation_take_the_fill(gallery: Gallery) -> None:
    image = gallery.image("small.png", "angle=45&fill=00aaff").convert("RGB")
    assert [image.getpixel(point) for point in ((0, 0), (495, 0), (0, 495), (495, 495))] == [(0, 0xAA, 0xFF)] * 4
    # Turned clockwise, the red quarter of the top left comes to lie at the left of the top right's green.
    assert [image.getpixel(point) for point in ((220, 130), (390, 270), (105, 230), (275, 365))] == [
        RED,
        LIME,
        BLUE,
        YELLOW,
    ]


def content(image: Image.Image, fill: tuple[int, int, int] = WHITE) -> tuple[int, int, int, int]:
    """The box of what is not the fill."""
    pixels = image.convert("RGB")
    width, height = image.size
    across = [x for x in range(width) if any(pixels.getpixel((x, y)) != fill for y in range(height))]
    down = [y for y in range(height) if any(pixels.getpixel((x, y)) != fill for x in range(width))]
    return across[0], down[0], across[-1] + 1, down[-1] + 1


@pytest.mark.parametrize(
    ("align", "top"),
    # 150 rows of picture on a canvas of 200.
    [
        ("", 25), ("valign=C0.5", 25), ("valign=T0", 0), ("valign=T0.2", 40), ("valign=B1", 50), ("valign=B0.9", 30),
        ("valign=C0.4", 5), ("valign=T", None), ("valign=c0.5", 25),
        # What would be cut off is shifted back.
        ("valign=T1", 50), ("valign=B0", 0), ("valign=C0", 0), ("valign=C1", 50), ("valign=B0.2", 0),
    ],
)  # fmt: skip
def test_vertical_alignment(gallery: Gallery, align: str, top: int | None) -> None:
    if top is None:
        assert "valign" in gallery.refusal("wide.png", f"width=200&height=200&{align}")
    else:
        box = content(gallery.image("wide.png", f"width=200&height=200&{align}"))
        assert box == (0, top, 200, top + 150)


@pytest.mark.parametrize(
    ("align", "left"),
    [("", 25), ("halign=L0", 0), ("halign=L0.2", 40), ("halign=R1", 50), ("halign=R0.8", 10), ("halign=C0.6", 45)],
)
def test_horizontal_alignment(gallery: Gallery, align: str, left: int) -> None:
    box = content(gallery.image("tall.png", f"width=200&height=200&{align}"))
    assert box == (left, 0, left + 150, 200)


@pytest.mark.parametrize("height", [149, 150, 151])
def test_a_border_of_one_pixel_is_swallowed(gallery: Gallery, height: int) -> None:
    image = gallery.image("wide.png", f"width=200&height={height}&fill=ff00ff")
    assert image.size == (200, height)
    assert content(image, (255, 0, 255)) == (0, 0, 200, height)


def test_a_border_of_two_pixels_is_filled(gallery: Gallery) -> None:
    image = gallery.image("wide.png", "width=200&height=152&fill=ff00ff")
    assert content(image, (255, 0, 255)) == (0, 1, 200, 151)


def where(image: Image.Image) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what is seen of ``map.png``, as fractions of it."""
    pixels = image.convert("RGB")
    red_green = [pixels.getpixel((0, 0)), pixels.getpixel((image.width - 1, image.height - 1))]
    (left, top, _), (right, bottom, _) = red_green  # type: ignore[misc]
    return left / 255, top / 255, right / 255, bottom / 255


CROP = "left=0.25&right=0.5&top=0.5&bottom=0.75"
"""200×150 pixels of 800×600."""


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", (0, 0, 1, 1)),
        ("left=0.25&top=0.5&right=0.75&bottom=1", (0.25, 0.5, 0.75, 1)),
        # autocropfit: the crop of 200×150 grows to the target's shape, equally on both sides…
        (f"{CROP}&width=100&height=100&autocropfit=1", (0.25, 275 / 600, 0.5, 475 / 600)),
        (f"{CROP}&width=200&height=75&autocropfit=1", (100 / 800, 0.5, 500 / 800, 0.75)),
        # … the rest on the other side where one has no room…
        ("left=0&right=0.25&top=0.5&bottom=0.75&width=200&height=75&autocropfit=1", (0, 0.5, 0.5, 0.75)),
        ("left=0.75&right=1&top=0.5&bottom=0.75&width=200&height=75&autocropfit=1", (0.5, 0.5, 1, 0.75)),
        # … and at most to the picture's edges.
        ("left=0.25&right=0.5&top=0.75&bottom=1&width=800&height=40&autocropfit=1&fit=stretch", (0, 0.75, 1, 1)),
        # fit=cover keeps the gravity point at its place.
        ("width=150&height=150&fit=cover", (0.125, 0, 0.875, 1)),
        ("width=150&height=150&fit=cover&gravity=w", (0, 0, 0.75, 1)),
        ("width=150&height=150&fit=cover&gravity=ne", (0.25, 0, 1, 1)),
        ("width=150&height=150&fit=cover&gravity=0.2,0.9", (0.05, 0, 0.8, 1)),
        ("width=150&height=150&fit=cover&gravity=focal", (0.125, 0, 0.875, 1)),
        ("width=200&height=75&fit=cover&gravity=s", (0, 0.5, 1, 1)),
    ],
)  # fmt: skip
def test_what_of_the_picture_is_seen(gallery: Gallery, query: str, seen: tuple[float, ...]) -> None:
    assert where(gallery.image("map.png", query)) == pytest.approx(seen, abs=0.012)


def test_autocropfit_without_a_crop_pads(gallery: Gallery) -> None:
    box = content(gallery.image("wide.png", "width=200&height=200&autocropfit=1"))
    assert box == (0, 25, 200, 175)


@pytest.mark.parametrize("name", ["wide.png", "tall.png"])
def test_cover_and_stretch_leave_no_padding(gallery: Gallery, name: str) -> None:
    for fit in ("cover", "stretch"):
        image = gallery.image(name, f"width=120&height=90&fit={fit}&fill=ff00ff")
        assert content(image, (255, 0, 255)) == (0, 0, 120, 90)
