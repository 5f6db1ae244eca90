"""Formats in and out: which one, with what in it."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageSequence

from qis_core.testing import pictures
from qis_core.testing.galleries import Gallery

CORNERS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)]


def quarters(image: Image.Image) -> list[object]:
    """The colours in the middle of the four quarters, from the top left, row by row."""
    width, height = image.size
    return [image.convert("RGB").getpixel((width * x // 4, height * y // 4)) for y in (1, 3) for x in (1, 3)]


def close(found: list[object], wanted: list[tuple[int, int, int]], most: int = 12) -> bool:
    """Whether colours are the same but for what lossy formats change."""
    return all(abs(a - b) <= most for f, w in zip(found, wanted, strict=True) for a, b in zip(f, w, strict=True))  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("name", "media_type", "pillow"),
    [
        ("jpg", "image/jpeg", "JPEG"), ("jpeg", "image/jpeg", "JPEG"), ("pjpg", "image/jpeg", "JPEG"),
        ("pjpeg", "image/jpeg", "JPEG"), ("png", "image/png", "PNG"), ("gif", "image/gif", "GIF"),
        ("tif", "image/tiff", "TIFF"), ("tiff", "image/tiff", "TIFF"), ("webp", "image/webp", "WEBP"),
        ("avif", "image/avif", "AVIF"), ("JPG", "image/jpeg", "JPEG"),
    ],
)  # fmt: skip
def test_formats_out(gallery: Gallery, name: str, media_type: str, pillow: str) -> None:
    answer = gallery.get("small.png", f"width=80&format={name}")
    assert answer.content_type == media_type
    image = Image.open(io.BytesIO(answer.body))
    assert image.format == pillow
    assert image.size == (80, 60)
    assert close(quarters(image), CORNERS)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("photo.jpg", "image/jpeg"), ("photo.png", "image/png"), ("still.gif", "image/gif"),
        ("photo.tif", "image/tiff"), ("photo.webp", "image/webp"), ("photo.avif", "image/avif"), ("progressive.jpg",
        "image/jpeg"),
    ],
)  # fmt: skip
def test_without_a_format_it_is_the_sources_own(gallery: Gallery, name: str, media_type: str) -> None:
    assert gallery.get(f"kinds/{name}", "width=20").content_type == media_type


@pytest.mark.parametrize("name", sorted(pictures.FILES))
def test_every_kind_of_file_can_be_padded_rotated_and_saved(gallery: Gallery, name: str) -> None:
    for query in ("format=jpg", "width=50&height=50&angle=20&fill=0000ff&format=png", "width=30&format=jpg"):
        image = gallery.image(f"kinds/{name}", query)
        assert image.width <= 96
        assert image.mode in ("L", "RGB", "RGBA")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "WEBP", "PNG", "AVIF"])
def test_exif_orientation_is_applied(gallery: Gallery, kind: str, orientation: int) -> None:
    name = f"turned/{orientation}.{kind.lower()}"
    if kind == "AVIF":
        picture = Image.open(io.BytesIO(pictures.oriented(orientation, "PNG")))
        picture.load()
        content = pictures.encoded(picture, kind, exif=pictures.exif_block(orientation), speed=10)
    else:
        content = pictures.oriented(orientation, kind)
    gallery.put(name, content)
    for query, size in (("format=png", (96, 72)), ("format=png&width=48", (48, 36)), ("format=jpg&strip=0", (96, 72))):
        image = gallery.image(name, query)
        assert image.size == size
        assert close(quarters(image), CORNERS)
        # Whoever reads it does not turn it a second time.
        assert image.getexif().get(0x0112, 1) == 1


def test_quality_of_jpeg(gallery: Gallery) -> None:
    sizes = [len(gallery.get("photo.png", f"format=jpg&quality={quality}").body) for quality in (10, 50, 80, 95)]
    assert sizes == sorted(set(sizes))
    assert gallery.etag("photo.jpg", "tmp=plain&width=50") == gallery.etag("photo.jpg", "tmp=plain&width=50&quality=80")


@pytest.mark.parametrize("name", ["webp", "avif"])
def test_quality_of_webp_and_avif(gallery: Gallery, name: str) -> None:
    low, high = (len(gallery.get("photo.png", f"format={name}&quality={quality}").body) for quality in (10, 90))
    assert low < high


def test_quality_of_png_is_level_and_filter(gallery: Gallery) -> None:
    fast, small = (gallery.get("wide.png", f"quality={quality}") for quality in (10, 95))
    assert len(fast.body) > len(small.body)
    images = [Image.open(io.BytesIO(answer.body)).convert("RGB").tobytes() for answer in (fast, small)]
    assert images[0] == images[1]
    assert gallery.etag("photo.png", "tmp=plain&width=9") == gallery.etag("photo.png", "tmp=plain&width=9&quality=79")


def test_progressive(gallery: Gallery) -> None:
    assert gallery.image("photo.png", "format=pjpg").info.get("progressive")
    assert not gallery.image("photo.png", "format=jpg").info.get("progressive")


def test_pages_of_a_tiff(gallery: Gallery) -> None:
    name = "kinds/pages.tif"
    sizes = [gallery.size(name, f"format=png&page={page}") for page in (0, 1, 2, 3)]
    assert sizes == [(96, 72), (96, 72), (40, 30), (30, 50)]
    assert close(quarters(gallery.image(name, "page=2&format=png")), CORNERS)
    text = gallery.get(name, "page=4", status=404).text
    assert "page" in text


def test_frames_of_a_gif_are_pages(gallery: Gallery) -> None:
    frame = gallery.image("kinds/animated.gif", "page=3&format=png")
    assert not getattr(frame, "is_animated", False)
    original = Image.open(io.BytesIO(pictures.FILES["animated.gif"]()))
    original.seek(2)
    assert frame.convert("RGBA").getpixel((30, 14)) == original.convert("RGBA").getpixel((30, 14))


@pytest.mark.parametrize("query", ["", "width=24", "angle=90", "width=24&height=24&fill=none", "format=webp"])
def test_an_animation_stays_one(gallery: Gallery, query: str) -> None:
    image = Image.open(io.BytesIO(gallery.get("kinds/animated.gif", query).body))
    assert image.n_frames == 4  # type: ignore[attr-defined]
    durations, where = [], []
    for frame in ImageSequence.Iterator(image):
        where.append(frame.convert("RGBA").getchannel("A").getbbox())
        durations.append(frame.info["duration"])
    assert durations == [100, 200, 300, 400]
    assert image.info.get("loop") == 0
    assert len(set(where)) == 4, "the ball moves"


def test_other_formats_show_the_first_frame(gallery: Gallery) -> None:
    assert gallery.get("kinds/animated.gif", "format=jpg").content_type == "image/jpeg"


@pytest.mark.parametrize(
    ("fill", "colour"),
    [("", (255, 255, 255)), ("fill=ff0000", (255, 0, 0)), ("fill=none", (255, 255, 255)), ("fill=00f000", (0, 240, 0))],
)
def test_png_with_alpha_to_jpg_is_laid_on_the_fill(gallery: Gallery, fill: str, colour: tuple[int, int, int]) -> None:
    gallery.put("clear.png", Image.new("RGBA", (64, 64), (0, 0, 0, 0)))
    assert close([gallery.image("clear.png", f"format=jpg&{fill}").getpixel((30, 30))], [colour], most=4)


def test_alpha_stays_where_the_format_has_it(gallery: Gallery) -> None:
    for name in ("png", "webp", "avif", "tif"):
        image = gallery.image("kinds/glass.png", f"format={name}&width=48").convert("RGBA")
        alphas = sorted(set(image.getchannel("A").tobytes()))
        assert alphas[0] < 20, name
        assert alphas[-1] > 235, name


def test_the_resolution_is_written(gallery: Gallery) -> None:
    for name in ("jpg", "png", "tif"):
        dpi = gallery.image("photo.png", f"format={name}&dpi=144").info["dpi"]
        assert [round(float(part)) for part in dpi] == [144, 144], name


def test_the_originals_resolution_stays(gallery: Gallery) -> None:
    dpi = gallery.image("kinds/photo.jpg", "width=50").info["dpi"]
    assert [round(float(part)) for part in dpi] == [300, 300]


NEGOTIATED = [
    # picture, Accept, format
    ("photo.jpg", "image/avif,image/webp,image/apng,*/*;q=0.8", "image/avif"),
    ("photo.jpg", "image/webp,*/*;q=0.8", "image/webp"),
    ("photo.jpg", "*/*", "image/jpeg"),
    ("photo.jpg", "", "image/jpeg"),
    ("photo.jpg", "image/webp;q=0,*/*", "image/jpeg"),
    ("photo.jpg", "image/avif;q=0.1,image/webp", "image/webp"),
    ("kinds/glass.png", "*/*", "image/png"),
    ("kinds/glass.png", "image/webp", "image/webp"),
]


@pytest.mark.parametrize(("name", "accept", "media_type"), NEGOTIATED)
def test_format_auto(gallery: Gallery, name: str, accept: str, media_type: str) -> None:
    # A format that was chosen is the same picture as one that was named.
    named = gallery.get(name, f"width=40&format={media_type.removeprefix('image/')}")
    answer = gallery.get(name, "width=40&format=auto", headers={"Accept": accept})
    assert answer.content_type == media_type
    assert answer.headers["Vary"] == "Accept"
    assert named.headers["ETag"] == answer.headers["ETag"]
    assert "Vary" not in named.headers
    again = gallery.get(name, "width=40&format=auto", headers={"Accept": accept, "If-None-Match": "*"}, status=304)
    assert again.headers["Vary"] == "Accept"


@pytest.mark.parametrize(
    ("name", "query", "disposition"),
    [
        ("photo.png", "attach=1", 'attachment; filename="photo.png"'),
        ("photo.png", "attach=1&format=jpeg", 'attachment; filename="photo.jpg"'),
        ("photo.png", "attach=1&format=tiff&width=9", 'attachment; filename="photo.tif"'),
        ("photo.png", "attach=0&width=9", None),
        ("photo.png", "width=9", None),
        ("写真 1.png", "attach=1&format=webp",
         "attachment; filename=\"1.webp\"; filename*=UTF-8''%E5%86%99%E7%9C%9F%201.webp"),
    ],
)  # fmt: skip
def test_attachments_are_named_after_the_output(
    gallery: Gallery, name: str, query: str, disposition: str | None
) -> None:
    gallery.put("写真 1.png", gallery.site.library.joinpath("photo.png").read_bytes())
    assert gallery.get(name, query).headers.get("Content-Disposition") == disposition


UNCHANGED = [
    ("photo.jpg", "tmp=plain"), ("photo.jpg", "strip=0&colorspace="), ("photo.jpg", "tmp=plain&format=jpeg&width=0"),
    ("photo.jpg", "tmp=plain&angle=360&right=1&tile=1:1&fill=red"), ("kinds/animated.gif", "tmp=plain"),
    ("kinds/palette.png", "tmp=plain"), ("kinds/pages.tif", "tmp=plain"), ("kinds/photo.webp", "tmp=plain"),
    ("kinds/rgb16.png", "tmp=plain"), ("kinds/cmyk-adobe.jpg", "tmp=plain"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "query"), UNCHANGED)
def test_what_changes_nothing_is_the_originals_own_bytes(gallery: Gallery, name: str, query: str) -> None:
    stored = gallery.site.library.joinpath(name).read_bytes()
    answer = gallery.get(name, query)
    assert answer.body == stored
    tag = answer.headers["ETag"]
    assert tag.startswith('"')
    assert answer.headers["Cache-Control"] in ("public, max-age=604800",)
    head = gallery.get(name, query, method="HEAD")
    assert (head.body, head.headers["Content-Length"]) == (b"", str(len(stored)))
    assert gallery.get(name, query, headers={"If-None-Match": tag}, status=304).body == b""
    part = gallery.get(name, query, headers={"Range": "bytes=5-9"}, status=206)
    assert part.body == stored[5:10]


def test_the_originals_own_bytes_keep_what_was_asked_beside_the_picture(gallery: Gallery) -> None:
    answer = gallery.get("photo.jpg", "tmp=plain&format=auto&v=2&attach=1", headers={"Accept": "*/*"})
    assert answer.body == gallery.site.library.joinpath("photo.jpg").read_bytes()
    assert answer.headers["Vary"] == "Accept"
    assert answer.headers["X-Ignored-Options"] == "v"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="photo.jpg"'
    assert "Server-Timing" in answer.headers


@pytest.mark.parametrize(
    ("name", "query"),
    [("photo.jpg", "tmp=plain&quality=70"), ("photo.jpg", "tmp=plain&format=pjpg"),
     ("photo.png", "tmp=plain&format=jpg"), ("kinds/turned.jpg", "tmp=plain"), ("photo.jpg", "tmp=plain&dpi=72"),
     ("photo.jpg", "")],
)  # fmt: skip
def test_what_changes_anything_is_rendered(gallery: Gallery, name: str, query: str) -> None:
    assert gallery.get(name, query).body != gallery.site.library.joinpath(name).read_bytes()


def test_a_file_with_a_wrong_ending_is_what_its_bytes_are(gallery: Gallery) -> None:
    stored = gallery.site.library.joinpath("photo.png").read_bytes()
    gallery.put("wrong.jpg", stored)
    answer = gallery.get("wrong.jpg", "tmp=plain&format=png")
    assert (answer.content_type, answer.body) == ("image/png", stored)
    assert gallery.get("wrong.jpg", "tmp=plain").content_type == "image/jpeg"


def test_fill_auto_is_a_colour_of_the_edges(gallery: Gallery) -> None:
    framed = Image.new("RGB", (200, 100), (10, 120, 200))
    framed.paste((250, 240, 10), (60, 30, 140, 70))
    gallery.put("framed.png", framed)
    assert gallery.image("framed.png", "width=100&height=100&fill=auto").convert("RGB").getpixel((50, 2)) == (
        10,
        120,
        200,
    )
    # It is found after the crop.
    cropped = gallery.image("framed.png", "left=0.3&right=0.7&top=0.3&bottom=0.7&width=80&height=80&fill=auto")
    assert cropped.convert("RGB").getpixel((40, 2)) == (250, 240, 10)


@pytest.mark.parametrize("name", ["none", "transparent"])
def test_fill_none(gallery: Gallery, name: str) -> None:
    query = f"width=50&height=50&fill={name}"
    assert gallery.image("wide.png", query).convert("RGBA").getpixel((25, 1))[3] == 0  # type: ignore[index]
    assert close([gallery.image("wide.png", query + "&format=jpg").getpixel((25, 1))], [(255, 255, 255)], most=4)
