"""What goes wrong, and what the client is told: a status and one sentence of text."""

from __future__ import annotations

import pytest
from PIL import Image

from qis_core.testing import pictures
from qis_core.testing.galleries import Gallery, MakeGallery


@pytest.mark.parametrize("path", ["/image", "/original", "/erez/erez"])
@pytest.mark.parametrize(
    "name",
    ["nosuch.png", "nosuch/photo.png", "photos", "../photo.png", "photos/../photo.png", ".photo.png", "photo.png/x"],
)
def test_404_is_the_same_for_all_that_is_not_there(open_gallery: Gallery, path: str, name: str) -> None:
    answer = open_gallery.get(name, path=path, status=404)
    assert answer.text == "there is no such image\n"
    assert answer.content_type == "text/plain"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_404_for_a_sibling_of_the_library(gallery: Gallery) -> None:
    root = gallery.site.library
    sibling = root.with_name(root.name + "-private")
    sibling.mkdir(exist_ok=True)
    (sibling / "secret.png").write_bytes(root.joinpath("photo.png").read_bytes())
    (root / "link.png").symlink_to(sibling / "secret.png")
    for name in (f"../{sibling.name}/secret.png", str(sibling / "secret.png"), "link.png", "nosuch.png"):
        assert gallery.get(name, status=404).text == "there is no such image\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.jpg", b""),
        ("text.jpg", b"This is no picture.\n"),
        ("short.png", pictures.encoded(pictures.photo(), "PNG")[:20]),
        ("notes/readme.txt", None),
    ],
)
def test_415_for_what_is_no_picture(gallery: Gallery, name: str, content: bytes | None) -> None:
    if content is not None:
        gallery.put(name, content)
    for query in ("width=20", "tmp=plain"):
        answer = gallery.get(name, query, status=415)
        assert answer.content_type == "text/plain"
        assert str(gallery.site.library) not in answer.text


def test_503_while_somebody_else_is_still_rendering_it(new_gallery: MakeGallery) -> None:
    gallery = new_gallery({"qis.imaging.wait_seconds": "2"})
    key = gallery.etag("wide.png", "width=50").strip('"')
    cache = gallery.site.site.platform.cache
    cache.clear()
    assert cache.add(f"lease:{key}", "another process", 60)
    answer = gallery.get("wide.png", "width=50", status=503)
    assert int(answer.headers["Retry-After"]) > 0
    assert "try again" in answer.text
    cache.release(f"lease:{key}", "another process")
    gallery.get("wide.png", "width=50")


def test_503_where_the_time_for_a_rendering_ran_out(new_gallery: MakeGallery) -> None:
    gallery = new_gallery({"qis.imaging.max_seconds": "0.1"})
    gallery.put("large.png", pictures.encoded(Image.new("RGB", (6000, 6000)), "PNG", compress_level=1))
    answer = gallery.get("large.png", "angle=10&sharpen=-500&format=avif", status=503)
    assert int(answer.headers["Retry-After"]) > 0


LIMITS = [
    ("qis.imaging.max_source_pixels", "100000", "width=100", ["480000", "100000"]),
    ("qis.imaging.max_output_pixels", "100000", "", ["480000", "100000"]),
    ("qis.imaging.max_output_pixels", "600000", "angle=45", ["980100", "600000"]),
]


@pytest.mark.parametrize(("setting", "value", "query", "told"), LIMITS)
def test_413_says_which_limit_and_by_how_much(
    new_gallery: MakeGallery, setting: str, value: str, query: str, told: list[str]
) -> None:
    # What is read in parts has a limit of its own.
    gallery = new_gallery({setting: value, setting.replace("source", "streamed"): value})
    text = gallery.get("wide.png", query, status=413).text
    for number in told:
        assert number in text.replace(",", "").replace(" ", "")


def test_413_for_an_animation_of_many_frames(new_gallery: MakeGallery) -> None:
    gallery = new_gallery({"qis.imaging.max_frames": "3"})
    gallery.put("ball.gif", pictures.FILES["animated.gif"]())
    text = gallery.get("ball.gif", "width=20", status=413).text
    assert "4" in text
    assert "3" in text
    # One of them, or the first in a format that holds one, is no animation.
    gallery.get("ball.gif", "width=20&page=2")
    gallery.get("ball.gif", "width=20&format=png")


def test_the_output_limit_is_of_the_output(new_gallery: MakeGallery) -> None:
    gallery = new_gallery({"qis.imaging.max_output_pixels": "100000"})
    assert gallery.size("wide.png", "width=300") == (300, 225)


def test_errors_are_not_kept(gallery: Gallery) -> None:
    gallery.get("late.png", status=404)
    gallery.put("late.png", pictures.corners((40, 30)))
    assert gallery.size("late.png") == (40, 30)
