"""Every option by its URL name and its template key, what it takes and what it refuses."""

from __future__ import annotations

import pytest

from qis_core.testing.galleries import Gallery, MakeGallery

PAIRS = [
    # template key, template value, the same in a URL, what else both need
    ("page", 2, "page=2", ""),
    ("format", "gif", "format=gif", ""),
    ("quality", 35, "quality=35", "format=jpg"),
    ("width", 120, "width=120", ""),
    ("height", 120, "height=120", ""),
    ("size_fit", True, "autosizefit=1", "width=90&height=90"),
    ("align_h", "R1", "halign=R1", "width=60&height=72"),
    ("align_v", "T0.2", "valign=T0.2", "width=90&height=90"),
    ("rotation", 12.5, "angle=12.5", ""),
    ("flip", "v", "flip=v", ""),
    ("left", 0.25, "left=0.25", ""),
    ("top", 0.25, "top=0.25", ""),
    ("right", 0.5, "right=0.5", ""),
    ("bottom", 0.5, "bottom=0.5", ""),
    ("crop_fit", True, "autocropfit=1", "right=0.5&width=50&height=50"),
    ("fill", "ff0000", "fill=ff0000", "angle=10"),
    ("sharpen", -200, "sharpen=-200", ""),
    ("overlay_src", "small.png", "overlay=small.png", ""),
    ("overlay_size", 0.5, "ovsize=0.5", "overlay=small.png"),
    ("overlay_pos", "SE", "ovpos=SE", "overlay=small.png&ovsize=0.5"),
    ("overlay_opacity", 0.5, "ovopacity=0.5", "overlay=small.png"),
    ("icc_profile", "grey", "icc=grey", ""),
    ("icc_intent", "saturation", "intent=saturation", "icc=srgb"),
    ("icc_bpc", True, "bpc=1", "icc=srgb&intent=relative"),
    ("colorspace", "gray", "colorspace=gray", ""),
    ("strip", True, "strip=1", ""),
    ("dpi_x", 72, "dpi=72", ""),
    ("tile", "3:4", "tile=3:4", ""),
    ("fit", "cover", "fit=cover", "width=50&height=50"),
    ("gravity", "ne", "gravity=ne", "width=50&height=50&fit=cover"),
    ("dpr", 2, "dpr=2", "width=30"),
    ("enlarge", True, "enlarge=1", "width=500"),
]


@pytest.fixture(scope="session")
def templated(gallery: Gallery) -> Gallery:
    """The gallery with one template for each key."""
    gallery.add_templates({f"key-{key}": {key: value} for key, value, _, _ in PAIRS})
    return gallery


@pytest.mark.parametrize(("key", "value", "option", "besides"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_a_template_key_means_what_the_option_means(
    templated: Gallery, key: str, value: object, option: str, besides: str
) -> None:
    name = "kinds/pages.tif"
    by_template = templated.get(name, f"tmp=key-{key}&{besides}")
    by_option = templated.get(name, f"tmp=plain&{besides}&{option}")
    assert by_template.headers["ETag"] == by_option.headers["ETag"]
    assert by_template.body == by_option.body
    assert by_option.headers["ETag"] != templated.etag(name, f"tmp=plain&{besides}"), "the option changes something"


def test_attachment_and_statistics_are_keys_too(gallery: Gallery) -> None:
    gallery.add_templates({"key-attachment": {"attachment": True}, "key-record_stats": {"record_stats": False}})
    assert gallery.get("photo.jpg", "tmp=key-attachment").headers["Content-Disposition"].startswith("attachment;")
    gallery.get("photo.jpg", "tmp=key-record_stats")


@pytest.mark.parametrize(
    "query",
    [
        "page=0", "page=1", "width=0", "height=0", "width=15000", "halign=L0", "halign=r1", "halign=C0.25",
        "valign=B.5", "angle=-360", "angle=360", "angle=0.000001", "flip=H", "flip=V", "left=0", "left=1",
        "right=0.123456789", "fill=fff000", "fill=%23fff", "fill=rgb(1,2,3)", "fill=rgb(1, 2, 3)", "fill=RebeccaPurple",
        "fill=none", "fill=transparent", "fill=auto", "fill=%20ff%2000%2000", "sharpen=-500", "sharpen=500", "ovpos=nw",
        "ovpos=C", "ovsize=0", "ovopacity=1", "intent=Perceptual", "bpc=1", "colorspace=SRGB", "colorspace=grey",
        "strip=t",
        "dpi=0", "dpi=32000", "tile=1:4", "tile=256:256", "tile=1:1", "format=JPEG", "quality=1", "quality=100",
        "dpr=0.5", "dpr=4", "fit=pad", "gravity=0,1", "gravity=focal", "tmp=SMALLJPEG", "icc=SRGB",
        # An empty text is the same as unset.
        "width=", "tile=", "fill=", "angle=", "format=", "tmp=", "icc=", "overlay=", "page=", "halign=", "quality=",
    ],
)  # fmt: skip
def test_allowed(gallery: Gallery, query: str) -> None:
    gallery.get("photo.png", query)


REFUSED = [
    # what is sent, and what the text has to say of what is allowed
    ("page=1000000", "999999"),
    ("page=-1", "0 to 999999"),
    ("page=two", "whole number"),
    ("format=bmpx", "jpg"),
    ("quality=0&format=jpg", "1 to 100"),
    ("quality=101&format=jpg", "1 to 100"),
    ("width=15001", "0 to 15000"),
    ("width=-1", "0 to 15000"),
    ("width=1.5", "whole number"),
    ("height=15001", "0 to 15000"),
    ("height=1e3", "whole number"),
    ("halign=X1", "L, C, R"),
    ("halign=L1.1", "0 to 1"),
    ("halign=T0", "L, C, R"),
    ("valign=L0", "T, C, B"),
    ("valign=B-1", "T, C, B"),
    ("angle=360.1", "-360 to 360"),
    ("angle=-361", "-360 to 360"),
    ("angle=nan", "number"),
    ("angle=inf", "number"),
    ("flip=x", "h, v"),
    ("left=1.1", "0 to 1"),
    ("top=-0.1", "0 to 1"),
    ("right=nan", "0 to 1"),
    ("bottom=Infinity", "0 to 1"),
    ("sharpen=501", "-500 to 500"),
    ("sharpen=-501", "-500 to 500"),
    ("ovsize=1.5", "0 to 1"),
    ("ovpos=X", "nw"),
    ("ovopacity=-1", "0 to 1"),
    ("intent=best", "perceptual"),
    ("icc=nosuch", "Grey"),
    ("colorspace=lab", "rgb, cmyk, gray"),
    ("dpi=32001", "0 to 32000"),
    ("tile=0:4", "square"),
    ("tile=5:4", "1 to grid"),
    ("tile=1:5", "4, 9, 16"),
    ("tile=1:289", "256"),
    ("tile=4", "n:grid"),
    ("tmp=nosuch", "name of a template"),
    ("fit=fill", "cover"),
    ("gravity=2,2", "0 to 1"),
    ("gravity=middle", "focal"),
    ("dpr=0.4&width=5", "0.5 to 4"),
    ("dpr=5", "0.5 to 4"),
    ("dpr=4&width=5000", "at most 3"),
    ("fill=ff", "colour"),
]


@pytest.mark.parametrize(("query", "allowed"), REFUSED, ids=[query for query, _ in REFUSED])
def test_refused_with_the_option_what_was_sent_and_what_is_allowed(gallery: Gallery, query: str, allowed: str) -> None:
    name, sent = query.split("&", maxsplit=1)[0].split("=")
    text = gallery.refusal("photo.png", query)
    assert name in text
    assert sent.lower() in text.lower()
    assert allowed in text


def test_an_unknown_fill_is_415(gallery: Gallery) -> None:
    text = gallery.get("photo.png", "width=50&height=50&fill=mauvish", status=415).text
    assert "fill" in text
    assert "mauvish" in text


def test_a_text_can_be_too_long(gallery: Gallery) -> None:
    assert "xref" in gallery.refusal("photo.png", "xref=" + "x" * 1025)
    gallery.get("photo.png", "xref=" + "x" * 1024)


def test_src_is_needed(gallery: Gallery) -> None:
    for query in ("", "width=100", "src="):
        assert "src" in gallery.site.testapp.get(f"/image?{query}", status=400).text


@pytest.mark.parametrize("word", ["1", "t", "y", "true", "yes", "T", "YES", "True"])
def test_words_that_are_true(gallery: Gallery, word: str) -> None:
    assert gallery.size("wide.png", f"width=200&height=200&autosizefit={word}") == (200, 150)


@pytest.mark.parametrize("word", ["0", "f", "no", "false", "on", "2", "11", ""])
def test_anything_else_is_false(gallery: Gallery, word: str) -> None:
    assert gallery.size("wide.png", f"width=200&height=200&autosizefit={word}") == (200, 200)


@pytest.mark.parametrize(
    ("query", "size"),
    [
        # Of a repeated option the first counts; &amp; is &.
        ("width=100&width=200", (100, 75)),
        ("width=100&amp;height=100", (100, 100)),
        ("width=100&amp;height=100&amp;autosizefit=1", (100, 75)),
        ("width=%31%30%30", (100, 75)),
        ("width=+100+", (100, 75)),
        ("&&width=100&", (100, 75)),
    ],
)
def test_how_a_query_is_read(gallery: Gallery, query: str, size: tuple[int, int]) -> None:
    assert gallery.size("wide.png", query) == size


def test_options_that_nobody_knows_are_ignored_and_named(gallery: Gallery) -> None:
    plain, busted = gallery.get("photo.png", "width=50"), gallery.get("photo.png", "width=50&v=123&t%C3%A9=1")
    assert "X-Ignored-Options" not in plain.headers
    assert busted.headers["X-Ignored-Options"] == "v, t%C3%A9"
    assert busted.headers["ETag"] == plain.headers["ETag"]
    assert busted.headers["X-From-Cache"] == "True"
    # Again, from where hits are answered.
    assert gallery.get("photo.png", "width=50&v=123&t%C3%A9=1").headers["X-Ignored-Options"] == "v, t%C3%A9"


def test_option_names_are_told_apart_by_case(gallery: Gallery) -> None:
    assert gallery.get("photo.png", "WIDTH=50").headers["X-Ignored-Options"] == "WIDTH"


def test_a_leading_slash_of_a_path_is_optional(gallery: Gallery) -> None:
    assert gallery.etag("/photo.png") == gallery.etag("photo.png")


def test_names_of_any_script(gallery: Gallery) -> None:
    gallery.put("früh stück/写真 +&=%.png", gallery.site.library.joinpath("photo.png").read_bytes())
    assert gallery.size("früh stück/写真 +&=%.png", "width=50") == (50, 38)


@pytest.mark.parametrize("number", ["", "1", "2", "3", "4", "5"])
def test_old_erez_addresses_are_the_image_url(gallery: Gallery, number: str) -> None:
    answer = gallery.get("photo.png", "width=50", path=f"/erez{number}/erez")
    assert answer.headers["ETag"] == gallery.etag("photo.png", "width=50")


def test_there_are_no_more_erez_addresses(gallery: Gallery) -> None:
    for path in ("/erez6/erez", "/erez", "/erez1"):
        gallery.get("photo.png", path=path, status=404)


def test_the_largest_size_is_a_setting(new_gallery: MakeGallery) -> None:
    gallery = new_gallery({"qis.geometry.max_size": "500"})
    assert gallery.size("wide.png", "width=500") == (500, 375)
    assert "0 to 500" in gallery.refusal("wide.png", "width=501")
