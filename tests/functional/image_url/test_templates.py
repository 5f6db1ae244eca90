"""Templates: which one applies, what wins over it, what it locks."""

from __future__ import annotations

import io
from http import HTTPStatus

import pytest
from PIL import Image

from qis_core.testing.galleries import Gallery, MakeGallery


@pytest.fixture(scope="session")
def templated(gallery: Gallery) -> Gallery:
    """The gallery with templates to try."""
    gallery.add_templates(
        {
            "Square": {"width": 100, "height": 100, "fill": "red"},
            "Inside": {"width": 100, "height": 100, "size_fit": True},
            "Branded": {"width": 100, "overlay_src": "small.png", "overlay_size": 0.5},
            "Empty": {"width": None},
            "Gone": {"width": 50, "option-of-a-plugin-that-is-gone": 3},
        },
        locked={"Branded": ["overlay_src", "width", "quality"]},
    )
    return gallery


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("tmp=square", (100, 100)),
        ("tmp=SQUARE", (100, 100)),
        # Options of the URL win.
        ("tmp=square&width=50", (50, 100)),
        ("tmp=square&autosizefit=1", (100, 75)),
        ("tmp=inside&autosizefit=0", (100, 100)),
        ("tmp=inside&fit=pad", (100, 100)),
        # An empty one lifts the template's.
        ("tmp=square&width=", (134, 100)),
        ("tmp=square&width=0", (134, 100)),
        ("tmp=square&width=&height=", (800, 600)),
        ("tmp=empty", (800, 600)),
        ("tmp=gone", (50, 38)),
        # What is stock.
        ("tmp=SmallJpeg", (200, 200)),
        ("tmp=precache", (800, 600)),
        ("tmp=Precache&enlarge=1", (800, 600)),
    ],
)
def test_sizes(templated: Gallery, query: str, size: tuple[int, int]) -> None:
    assert templated.size("wide.png", query) == size


def test_precache_fits_inside(templated: Gallery) -> None:
    templated.put("long.png", Image.new("RGB", (2000, 500)))
    assert templated.size("long.png", "tmp=Precache") == (800, 200)


def test_the_named_template_applies_instead_of_the_default(templated: Gallery) -> None:
    # The default template strips; the named one says nothing of it.
    assert templated.image("kinds/profiled.png").info.get("icc_profile") is None
    assert templated.image("kinds/profiled.png", "tmp=plain&width=50").info.get("icc_profile")
    assert templated.image("kinds/profiled.png", "strip=0&width=50").info.get("icc_profile")


def test_small_jpeg_is_a_jpeg(templated: Gallery) -> None:
    assert templated.get("wide.png", "tmp=SmallJpeg").content_type == "image/jpeg"
    assert templated.get("wide.png", "tmp=SmallJpeg&format=").content_type == "image/png"


def test_a_locked_key_cannot_be_overridden(templated: Gallery) -> None:
    locked = templated.get("wide.png", "tmp=branded")
    tried = templated.get("wide.png", "tmp=branded&overlay=&width=500&quality=1&flip=h")
    assert tried.headers["X-Ignored-Options"] == "overlay, width, quality"
    assert Image.open(io.BytesIO(tried.body)).width == 100
    assert templated.etag("wide.png", "tmp=branded&overlay=odd.png") == locked.headers["ETag"]
    # Keys that are not locked still give way.
    assert tried.headers["ETag"] == templated.etag("wide.png", "tmp=branded&flip=h") != locked.headers["ETag"]


@pytest.mark.parametrize("undoing", ["ovopacity=0", "ovsize=0.001", "ovpos=se", "enlarge=1", "dpr=4"])
def test_what_could_undo_a_locked_key_is_locked_with_it(templated: Gallery, undoing: str) -> None:
    answer = templated.get("wide.png", "tmp=branded&" + undoing)
    assert answer.headers["X-Ignored-Options"] == undoing.partition("=")[0]
    assert answer.headers["ETag"] == templated.etag("wide.png", "tmp=branded")


def test_an_unknown_template_is_400(templated: Gallery) -> None:
    assert "nosuch" in templated.refusal("wide.png", "tmp=nosuch")


def test_the_default_template_is_the_sites_choice(new_gallery: MakeGallery) -> None:
    from qis_core.db.properties import DEFAULT_TEMPLATE, Property

    gallery = new_gallery()
    assert gallery.get("wide.png").content_type == "image/png"
    with gallery.site.site.writing.begin() as session:
        chosen = session.get(Property, DEFAULT_TEMPLATE)
        assert chosen is not None
        chosen.value = "SmallJpeg"
    gallery.add_templates({"New": {"width": 70}})
    # What was remembered of before does not count any more.
    assert gallery.get("wide.png").content_type == "image/jpeg"
    assert gallery.size("wide.png", "tmp=new") == (70, 53)
    assert gallery.get("wide.png", "tmp=Default").status_int == HTTPStatus.OK


def test_a_changed_template_counts_at_once_for_pictures_that_were_served(new_gallery: MakeGallery) -> None:
    from qis_core.db.templates import TemplateRecord

    gallery = new_gallery()
    gallery.add_templates({"Thumb": {"width": 40}})
    before = gallery.get("wide.png", "tmp=thumb")
    assert gallery.get("wide.png", "tmp=thumb").headers["X-From-Cache"] == "True"
    with gallery.site.site.writing.begin() as session:
        record = session.query(TemplateRecord).filter_by(name_key="thumb").one()
        record.template = {"width": {"value": 60}}
    gallery.add_templates({"Other": {}})
    after = gallery.get("wide.png", "tmp=thumb")
    assert Image.open(io.BytesIO(after.body)).width == 60
    assert after.headers["ETag"] != before.headers["ETag"]
    # A client that has the old one is sent the new one.
    gallery.get("wide.png", "tmp=thumb", headers={"If-None-Match": before.headers["ETag"]}, status=200)
