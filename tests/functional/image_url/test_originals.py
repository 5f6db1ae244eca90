"""Originals: the stored bytes, whole and in ranges, with their names."""

from __future__ import annotations

import pytest
from webtest import TestResponse

from qis_core.testing import pictures
from qis_core.testing.galleries import Gallery, MakeGallery


@pytest.fixture
def photo(open_gallery: Gallery) -> bytes:
    """The bytes of ``photo.png``."""
    return open_gallery.site.library.joinpath("photo.png").read_bytes()


def original(gallery: Gallery, name: str = "photo.png", query: str = "", **more: object) -> TestResponse:
    """The answer to /original."""
    return gallery.get(name, query, path="/original", **more)  # type: ignore[arg-type]


def test_it_is_the_stored_file(open_gallery: Gallery, photo: bytes) -> None:
    answer = original(open_gallery)
    assert answer.body == photo
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Length"] == str(len(photo))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Disposition"] == 'inline; filename="photo.png"'
    assert answer.headers["Cache-Control"] == "public, max-age=604800"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    head = original(open_gallery, method="HEAD")
    assert (head.body, head.headers["Content-Length"]) == (b"", str(len(photo)))


def test_other_options_are_ignored_and_named(open_gallery: Gallery, photo: bytes) -> None:
    answer = original(open_gallery, query="width=10&format=nonsense&xref=spring&stats=0&tmp=nosuch")
    assert answer.body == photo
    assert answer.headers["X-Ignored-Options"] == "width, format, tmp"


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("photo.png", '"photo.png"'),
        ("a b'c.png", '"a b\'c.png"'),
        ("früh.png", "\"fruh.png\"; filename*=UTF-8''fr%C3%BCh.png"),
        ("写真.png", "\".png\"; filename*=UTF-8''%E5%86%99%E7%9C%9F.png"),
        ('quote".png', "\"quote.png\"; filename*=UTF-8''quote%22.png"),
    ],
)
def test_file_names_of_any_script(open_gallery: Gallery, photo: bytes, name: str, disposition: str) -> None:
    open_gallery.put(name, photo)
    for query, kind in (("", "inline"), ("attach=1", "attachment")):
        answer = original(open_gallery, name, query)
        assert answer.headers["Content-Disposition"] == f"{kind}; filename={disposition}"


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-99", 0, 99), ("bytes=100-199", 100, 199), ("bytes=500-", 500, None), ("bytes=-100", -100, None),
        ("bytes=0-0", 0, 0), ("bytes=10-99999999", 10, None), ("bytes=-99999999", 0, None), ("BYTES=5-9", 5, 9),
    ],
)  # fmt: skip
def test_ranges(open_gallery: Gallery, photo: bytes, header: str, first: int, last: int | None) -> None:
    first = first if first >= 0 else len(photo) + first
    last = len(photo) - 1 if last is None else last
    answer = original(open_gallery, headers={"Range": header}, status=206)
    assert answer.body == photo[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(photo)}"
    assert answer.headers["Content-Length"] == str(last - first + 1)


@pytest.mark.parametrize("header", ["bytes=1-2,4-5", "bytes=9-2", "bytes=", "bytes=-", "lines=1-2", "nonsense"])
def test_what_is_no_single_range_gives_the_whole(open_gallery: Gallery, photo: bytes, header: str) -> None:
    assert original(open_gallery, headers={"Range": header}).body == photo


@pytest.mark.parametrize("header", ["bytes=99999999-", "bytes=-0"])
def test_a_range_outside_the_file(open_gallery: Gallery, photo: bytes, header: str) -> None:
    answer = original(open_gallery, headers={"Range": header}, status=416)
    assert answer.headers["Content-Range"] == f"bytes */{len(photo)}"
    assert answer.body == b""


def test_a_range_of_the_version_that_the_client_has(open_gallery: Gallery, photo: bytes) -> None:
    first = original(open_gallery)
    tag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    for condition, status in (
        (tag, 206), (modified, 206), ('"other"', 200), (f"W/{tag}", 200), ("Sat, 01 Jan 2000 00:00:00 GMT", 200),
    ):  # fmt: skip
        answer = original(open_gallery, headers={"Range": "bytes=0-9", "If-Range": condition}, status=status)
        assert len(answer.body) == (10 if status == 206 else len(photo))


def test_304_comes_before_a_range(open_gallery: Gallery) -> None:
    tag = original(open_gallery).headers["ETag"]
    original(open_gallery, headers={"If-None-Match": tag, "Range": "bytes=0-9"}, status=304)


def test_what_is_no_picture_is_415_and_what_is_not_there_404(open_gallery: Gallery) -> None:
    open_gallery.put("notes.txt", b"text")
    for name, status in (("notes.txt", 415), ("nosuch.png", 404), ("photos", 404), ("", 400)):
        original(open_gallery, name, status=status)


def test_how_long_clients_keep_it_is_what_the_default_template_says(new_gallery: MakeGallery) -> None:
    from qis_core.db.properties import DEFAULT_TEMPLATE, Property

    gallery = new_gallery({"qis.public.level": "download"})
    with gallery.site.site.writing.begin() as session:
        session.merge(Property(name=DEFAULT_TEMPLATE, value="hour"))
    gallery.add_templates({"hour": {"expiry_secs": 3600}})
    assert original(gallery, "wide.png").headers["Cache-Control"] == "public, max-age=3600"


def test_active_content_is_sandboxed(open_gallery: Gallery) -> None:
    """An icon is no format that all browsers show as nothing but a picture."""
    open_gallery.put("icon.ico", pictures.FILES["icon.ico"]())
    answer = original(open_gallery, "icon.ico")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert "Content-Security-Policy" not in original(open_gallery).headers
