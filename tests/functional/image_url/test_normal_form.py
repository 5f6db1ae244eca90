"""Same result, same cache entry: equal requests have one ETag, different pictures have different ones."""

from __future__ import annotations

import itertools

import pytest

from qis_core.testing.galleries import Gallery

SAME = [
    # picture, options, the same options in another spelling
    ("wide.png", "", "angle=0"),
    ("wide.png", "", "angle=360"),
    ("wide.png", "", "angle=-360"),
    ("wide.png", "angle=270", "angle=-90"),
    ("wide.png", "angle=10", "angle=-350"),
    ("wide.png", "angle=10", "angle=10.0000001"),
    ("wide.png", "flip=h", "flip=v&angle=180"),
    ("wide.png", "flip=v", "flip=h&angle=180"),
    ("wide.png", "flip=v&angle=90", "flip=h&angle=270"),
    ("wide.png", "width=200&height=200", "width=200&height=200&halign=C0.5&valign=c0.5"),
    ("wide.png", "width=200&height=200", "width=200&height=200&fill=white"),
    ("wide.png", "width=200&height=200", "height=200&width=200"),
    ("wide.png", "width=200&height=200", "width=200&height=200&fit=pad"),
    ("wide.png", "width=200&height=200&autosizefit=1", "width=200&height=200&fit=inside"),
    ("wide.png", "width=200&height=200&autosizefit=1", "width=200&height=200&autosizefit=1&halign=L0&fill=red"),
    ("wide.png", "width=200&height=200&fill=red", "width=200&height=200&fill=ff0000"),
    ("wide.png", "width=200&height=200&fill=red", "width=200&height=200&fill=%23f00"),
    ("wide.png", "width=200&height=200&fill=red", "width=200&height=200&fill=RGB(255, 0, 0)"),
    ("wide.png", "width=200&height=200&fill=none", "width=200&height=200&fill=transparent"),
    ("wide.png", "width=200", "width=200&height=0"),
    ("wide.png", "width=200", "width=200&halign=L0&valign=T0"),
    ("wide.png", "width=200", "width=200&autosizefit=1&autocropfit=1"),
    ("wide.png", "width=200", "width=100&dpr=2"),
    ("wide.png", "width=200", "width=200&gravity=ne&fit=cover"),
    ("wide.png", "width=200", "width=200&page=1"),
    ("wide.png", "width=200", "width=200&page=0"),
    ("wide.png", "width=200", "width=200&left=0&right=1&top=0&bottom=1"),
    ("wide.png", "width=200", "width=200&left=1&right=0"),
    ("wide.png", "width=200", "width=200&left=0.5&right=0.5"),
    ("wide.png", "width=200", "width=200&intent=absolute&bpc=1"),
    ("wide.png", "width=200", "width=200&ovsize=0.3&ovpos=ne&ovopacity=0.5"),
    ("wide.png", "width=200", "width=200&overlay=small.png&ovopacity=0"),
    ("wide.png", "width=200&overlay=small.png", "width=200&overlay=/small.png&ovpos=c&ovsize=1&ovopacity=1.0"),
    ("wide.png", "width=200", "width=200&sharpen=0"),
    ("wide.png", "width=200", "width=200&tile=1:1"),
    ("wide.png", "width=200", "width=200&tile="),
    ("wide.png", "width=200", "width=200&format=png"),
    ("wide.png", "width=200", "width=200&xref=spring&stats=0&attach=1"),
    ("wide.png", "width=200", "width=200&tmp=default"),
    ("wide.png", "width=200", "width=200&cache=0"),
    ("photo.jpg", "width=200", "width=200&quality=80"),
    ("photo.jpg", "width=200", "width=200&format=jpeg"),
    ("photo.jpg", "width=200&format=tif", "width=200&format=TIFF"),
    ("photo.jpg", "width=200&format=pjpg", "width=200&format=pjpeg"),
    ("photo.jpg", "width=200&height=200", "width=200&height=200&fill=none"),
    ("photo.jpg", "width=200&format=gif", "width=200&format=gif&quality=50"),
    ("photo.jpg", "colorspace=gray", "colorspace=grey"),
    ("photo.jpg", "colorspace=rgb", "colorspace=srgb"),
    ("photo.jpg", "icc=srgb", "icc=SRGB&intent=perceptual&bpc=1"),
    ("photo.jpg", "dpi=72", "dpi=072"),
]


@pytest.mark.parametrize(("name", "one", "other"), SAME, ids=[f"{name} {a or '-'} = {b}" for name, a, b in SAME])
def test_spellings_of_one_picture(gallery: Gallery, name: str, one: str, other: str) -> None:
    first = gallery.get(name, one)
    second = gallery.get(name, other)
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["X-From-Cache"] == "True"


DIFFERENT = [
    "", "width=200", "height=200", "width=201", "width=200&height=200", "width=200&height=200&fill=red",
    "width=200&height=200&fill=auto", "width=200&height=200&fill=none", "width=200&height=200&valign=T0",
    "width=200&height=200&valign=B1", "width=200&height=200&autosizefit=1", "width=200&height=200&fit=cover",
    "width=200&height=200&fit=cover&gravity=w", "width=200&height=200&fit=stretch", "width=900&enlarge=1",
    "angle=90", "angle=10", "angle=350", "flip=h", "flip=v", "angle=180", "flip=h&angle=90", "flip=v&angle=90",
    "left=0.1", "top=0.1", "right=0.9", "bottom=0.9", "left=0.2&right=0.5&width=60&height=60",
    "left=0.2&right=0.5&width=60&height=60&autocropfit=1", "sharpen=100", "sharpen=-100", "overlay=small.png",
    "overlay=odd.png", "overlay=small.png&ovsize=0.2", "overlay=small.png&ovpos=n", "overlay=small.png&ovopacity=0.2",
    "tile=1:4", "tile=2:4", "tile=1:9", "icc=srgb", "icc=srgb&intent=relative", "icc=srgb&intent=relative&bpc=1",
    "icc=grey", "colorspace=gray", "colorspace=", "strip=0", "dpi=72", "format=jpg", "format=pjpg",
    "format=jpg&quality=50", "format=gif", "format=webp", "format=tif", "quality=11", "tmp=SmallJpeg",
]  # fmt: skip


def test_different_pictures_have_different_entries(gallery: Gallery) -> None:
    tags = {query: gallery.etag("wide.png", query) for query in DIFFERENT}
    for one, other in itertools.combinations(DIFFERENT, 2):
        assert tags[one] != tags[other], (one, other)


def test_equal_originals_of_two_names_are_two_entries(gallery: Gallery) -> None:
    gallery.put("twin.png", gallery.site.library.joinpath("wide.png").read_bytes())
    assert gallery.etag("twin.png") != gallery.etag("wide.png")
