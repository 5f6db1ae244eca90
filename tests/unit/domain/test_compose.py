"""From a query string to a recipe, by the contract of the image URL."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.api import BadOption, NotFound, QisError, UnknownColour
from qis_core.domain.compose import ImageRequest, Policy, compose_original
from qis_core.domain.templates import Template, TemplateSet
from qis_core.domain.vocabulary import Vocabulary

Ask = Callable[..., ImageRequest]


def steps(request: ImageRequest) -> dict[str, str]:
    return {step.operation: step.text for step in request.recipe.steps}


def test_a_request_for_a_picture_as_it_is(ask: Ask) -> None:
    request = ask("src=/shoes/red.jpg")
    assert request.recipe.source == "shoes/red.jpg"
    assert request.recipe.page == 1
    assert request.recipe.steps == ()
    assert request.recipe.output.format == "jpg"
    assert request.recipe.output.dpi is None
    assert request.delivery.attach is False
    assert request.delivery.stats is True
    assert request.delivery.expiry_seconds == 604800
    assert request.ignored == ()
    assert pickle.loads(pickle.dumps(request)) == request


def test_steps_come_in_order_of_work_whatever_the_order_of_the_url(ask: Ask) -> None:
    request = ask("src=a.jpg&strip=1&tile=1:4&sharpen=5&width=5&left=.1&angle=9&flip=h&colorspace=gray&overlay=b.png")
    assert list(steps(request)) == [
        "flip", "rotate", "crop", "resize", "sharpen", "overlay", "tile", "colorspace", "strip",
    ]  # fmt: skip


@pytest.mark.parametrize("query", ["", "src=", "width=100", "src&width=5"])
def test_a_picture_has_to_be_named(ask: Ask, query: str) -> None:
    with pytest.raises(BadOption, match=r"src: .*a path of 1 to 1024 characters"):
        ask(query)


@pytest.mark.parametrize("src", ["../a.jpg", "a/%2e%2e/b.jpg", ".a.jpg", "a%00.jpg", "a%5Cb.jpg", "/"])
def test_hostile_paths_are_not_there(ask: Ask, src: str) -> None:
    with pytest.raises(NotFound):
        ask(f"src={src}")
    with pytest.raises(NotFound):
        ask(f"src=a.jpg&overlay={src}")


@pytest.mark.parametrize(
    ("query", "name", "allowed"),
    [
        ("width=abc", "width", "a whole number from 0 to 15000"),
        ("width=15001", "width", "15000"),
        ("height=-1", "height", "0 to 15000"),
        ("left=nan", "left", "a number from 0 to 1"),
        ("angle=inf", "angle", "from -360 to 360"),
        ("page=1000000", "page", "999999"),
        ("quality=101", "quality", "1 to 100"),
        ("format=bmp", "format", "jpg, pjpg, png"),
        ("tile=5:4", "tile", "n from 1 to grid"),
        ("fit=fill", "fit", "pad, inside, cover, stretch"),
        ("gravity=up", "gravity", "focal"),
        ("dpr=5", "dpr", "0.5 to 4"),
        ("width=8000&dpr=2", "dpr", "at most 1.875 with a width of 8000"),
        ("dpi=32001", "dpi", "32000"),
        ("fill=ab", "fill", "a colour"),
        ("tmp=nobody", "tmp", "the name of a template"),
        ("xref=" + "x" * 1025, "xref", "1024"),
    ],
)  # fmt: skip
def test_bad_values_are_named_with_what_is_allowed(ask: Ask, query: str, name: str, allowed: str) -> None:
    with pytest.raises(BadOption) as caught:
        ask(f"src=a.jpg&{query}")
    assert caught.value.option == name
    assert allowed in str(caught.value)


def test_an_unknown_fill_is_an_error_of_its_own(ask: Ask) -> None:
    with pytest.raises(UnknownColour):
        ask("src=a.jpg&fill=reddish")


def test_unknown_options_are_ignored_and_named_safely(ask: Ask) -> None:
    request = ask("src=a.jpg&_=123&utm%0d%0aX=1&width=9")
    assert request.ignored == ("_", "utm%0D%0AX")
    assert request.recipe == ask("src=a.jpg&width=9").recipe


def test_the_first_of_a_repeated_option_counts(ask: Ask) -> None:
    assert ask("src=a.jpg&width=9&width=8") == ask("src=a.jpg&width=9")


# Formats and their own options.


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.jpg", "jpg"), ("a.JPEG", "jpg"), ("a.jfif", "jpg"), ("a.png", "png"), ("a.tiff", "tif"), ("a.gif", "gif"),
     ("a.bmp", "png"), ("a.raw", "jpg"), ("a.pdf", "jpg"), ("a.xyz", "jpg"), ("folder.png/a", "jpg"), ("a.", "jpg")],
)  # fmt: skip
def test_without_a_format_the_source_decides(ask: Ask, name: str, expected: str) -> None:
    assert ask(f"src={name}").recipe.output.format == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [("jpeg", "jpg"), ("JPG", "jpg"), ("tiff", "tif"), ("pjpeg", "pjpg"), ("Png", "png"), ("pdf", "pdf")],
)
def test_aliases_of_a_format_are_equal(ask: Ask, text: str, name: str) -> None:
    assert ask(f"src=a.webp&format={text}").recipe.output.format == name


def test_a_formats_own_options_are_read_as_it_declares_them(ask: Ask) -> None:
    assert ask("src=a.png&quality=50").recipe.output.text == "quality=50"
    with pytest.raises(BadOption, match="10 to 99"):
        ask("src=a.png&quality=5")
    assert ask("src=a.jpg&quality=5").recipe.output.options.quality == 5


def test_options_of_other_formats_are_known_but_dropped(ask: Ask) -> None:
    request = ask("src=a.gif&quality=50")
    assert request.ignored == ()
    assert request.recipe == ask("src=a.gif").recipe


def test_a_templates_quality_for_another_format_gives_way(ask: Ask) -> None:
    template = Template(name="t", values={"quality": 5})
    assert ask("src=a.png&tmp=t", template).recipe.output.options.quality == 79
    assert ask("src=a.jpg&tmp=t", template).recipe.output.options.quality == 5


def test_dpi_goes_to_the_file_and_to_vector_sources(ask: Ask) -> None:
    recipe = ask("src=a.pdf&dpi=300").recipe
    assert (recipe.output.dpi, recipe.raster_dpi) == ((300, 300), 300)
    recipe = ask("src=a.pdf&dpi=0", Template(name="t", values={"dpi_x": 72, "dpi_y": 36}), default="t").recipe
    assert (recipe.output.dpi, recipe.raster_dpi) == (None, 150)
    recipe = ask("src=a.pdf", Template(name="t", values={"dpi_x": 72, "dpi_y": 36}), default="t").recipe
    assert (recipe.output.dpi, recipe.raster_dpi) == ((72, 36), 72)


# Delivery.


def test_delivery_options_do_not_change_the_recipe(ask: Ask) -> None:
    request = ask("src=a.jpg&attach=1&xref=abc&stats=0&cache=0")
    assert request.recipe == ask("src=a.jpg").recipe
    assert request.delivery.attach
    assert request.delivery.xref == "abc"
    assert not request.delivery.stats


def test_only_users_may_ask_for_a_fresh_rendering(ask: Ask) -> None:
    assert ask("src=a.jpg&cache=0").delivery.cache
    assert not ask("src=a.jpg&cache=0", policy=Policy(anonymous=False)).delivery.cache


@pytest.mark.parametrize(("seconds", "etag"), [(0, True), (60, True), (-1, False)])
def test_expiry_is_for_templates_only(ask: Ask, seconds: int, etag: bool) -> None:
    request = ask("src=a.jpg&expiry_secs=5", Template(name="t", values={"expiry_secs": seconds}), default="t")
    assert request.ignored == ("expiry_secs",)
    assert request.delivery.expiry_seconds == seconds
    assert request.delivery.etag == etag


def test_an_original_knows_four_options(vocabulary: Vocabulary) -> None:
    request = compose_original("src=a.jpg&attach=1&xref=x&stats=0&width=no&cache=0", vocabulary=vocabulary,
                               policy=Policy())  # fmt: skip
    assert request.source == "a.jpg"
    assert (request.delivery.attach, request.delivery.xref, request.delivery.stats) == (True, "x", False)
    assert request.ignored == ("width", "cache")
    with pytest.raises(NotFound):
        compose_original("src=../a.jpg", vocabulary=vocabulary, policy=Policy())


def test_an_original_is_kept_as_long_as_the_default_template_says(vocabulary: Vocabulary) -> None:
    templates = TemplateSet([Template(name="Default", values={"expiry_secs": 5, "attachment": True})])
    request = compose_original("src=a.jpg", vocabulary=vocabulary, policy=Policy(), templates=templates)
    assert request.delivery.expiry_seconds == 5
    assert not request.delivery.attach


# Templates.

CARD = Template(name="Card", values={"width": 200, "height": 100, "size_fit": True, "format": "png"})


def test_the_default_template_applies_where_none_is_named(ask: Ask) -> None:
    assert steps(ask("src=a.jpg", CARD, default="Card")) == {"resize": "fit=inside,height=100,width=200"}
    assert ask("src=a.jpg", CARD, default="Card").template == "Card"


def test_a_named_template_applies_instead_of_the_default(ask: Ask) -> None:
    other = Template(name="Other", values={"strip": True})
    request = ask("src=a.jpg&tmp=OTHER", CARD, other, default="Card")
    assert steps(request) == {"strip": "strip=1"}
    assert request.template == "Other"
    assert ask("src=a.jpg&tmp=", CARD, default="Card").template == "Card"


def test_the_url_wins_over_the_template(ask: Ask) -> None:
    request = ask("src=a.jpg&width=300&autosizefit=0&format=jpg", CARD, default="Card")
    assert steps(request) == {"resize": "height=100,width=300"}
    assert request.recipe.output.format == "jpg"


@pytest.mark.parametrize("empty", ["width=", "width=0", "width=%20"])
def test_an_empty_value_lifts_the_templates(ask: Ask, empty: str) -> None:
    assert steps(ask(f"src=a.jpg&{empty}", CARD, default="Card")) == {"resize": "height=100"}


def test_an_empty_format_lifts_the_templates(ask: Ask) -> None:
    assert ask("src=a.gif&format=", CARD, default="Card").recipe.output.format == "gif"


def test_locked_keys_stay_as_the_template_has_them(ask: Ask) -> None:
    locked = Template(name="L", values={"width": 200, "quality": 40, "dpi_x": 72},
                      locked=frozenset({"width", "quality", "flip", "dpi_x"}))  # fmt: skip
    request = ask("src=a.jpg&width=&quality=90&flip=h&height=50&dpi=300", locked, default="L")
    assert steps(request) == {"resize": "height=50,width=200"}
    assert request.recipe.output.options.quality == 40
    assert request.recipe.output.dpi == (72, 72)
    assert request.ignored == ("width", "quality", "flip", "dpi")


def test_the_nearest_folder_has_its_own_default(ask: Ask) -> None:
    deep = Template(name="Deep", values={"width": 10})
    folders = {"a/b": "Deep", "a": "Card", "": "Gone"}
    assert ask("src=a/b/c/d.jpg", CARD, deep, folders=folders).template == "Deep"
    assert ask("src=a/bc/d.jpg", CARD, deep, folders=folders).template == "Card"
    assert ask("src=x/d.jpg", CARD, deep, folders=folders).template == "Plain"
    assert ask("src=d.jpg", CARD, folders={"": "Card"}).template == "Card"


def test_keys_of_plugins_that_are_gone_are_left_out(ask: Ask) -> None:
    assert steps(ask("src=a.jpg", Template(name="t", values={"sepia": 1, "width": 5}), default="t")) == {
        "resize": "width=5"
    }


def test_the_stock_templates(ask: Ask) -> None:
    assert steps(ask("src=a.gif&tmp=smalljpeg")) == {
        "resize": "height=200,width=200", "colorspace": "colorspace=rgb", "strip": "strip=1",
    }  # fmt: skip
    assert ask("src=a.gif&tmp=smalljpeg").recipe.output.format == "jpg"
    assert steps(ask("src=a.gif&tmp=precache")) == {"resize": "fit=inside,height=600,width=800"}
    assert not ask("src=a.gif&tmp=precache").delivery.stats
    assert steps(ask("src=a.gif&tmp=default")) == {"colorspace": "colorspace=rgb", "strip": "strip=1"}


# Any query at all.

NAMES = ["src", "page", "format", "quality", "width", "height", "autosizefit", "halign", "valign", "angle",
         "flip", "left",
         "top", "right", "bottom", "autocropfit", "fill", "sharpen", "overlay", "ovopacity", "colorspace",
         "strip", "dpi",
         "tile", "tmp", "attach", "xref", "stats", "cache", "fit", "gravity", "dpr", "enlarge", "other"]  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=8),
    st.integers(-400, 16000).map(str),
    st.floats(-2, 5).map(str),
    st.sampled_from(["", "a.jpg", "h", "v", "auto", "jpg", "png", "red", "none", "C0.5", "R1", "T0", "2:9",
                     "cover", "inside",
                     "focal", "ne", "rgb", "0.25,0.5", "SmallJpeg", "1"]),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(NAMES), TEXTS), st.text(max_size=20), st.booleans())
def test_any_query_gives_a_recipe_or_an_error_of_ours(
    ask: Ask, values: dict[str, str], tail: str, anonymous: bool
) -> None:
    query = urlencode({"src": "a.jpg", **values}) + tail
    try:
        request = ask(query, policy=Policy(max_width=500, max_height=400, anonymous=anonymous), accept=tail)
    except QisError:
        return
    hash(request.recipe)
    assert request.recipe.canonical
