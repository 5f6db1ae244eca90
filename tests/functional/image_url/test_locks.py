"""No query string takes off what the template of a picture's folder, or of the site, locks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from qis_core.api import BadOption, QisError, Refused
from qis_core.domain.compose import ImageRequest, Policy, compose
from qis_core.domain.templates import STOCK, Template, TemplateSet
from qis_core.domain.vocabulary import Vocabulary
from qis_core.plugins import load
from qis_core.testing.galleries import Gallery

MARK = "logos/mark.png"
ESCAPES = (
    Template(name="Other", values={"width": 50, "overlay_src": None, "format": "png"}),
    Template(
        name="Undoing",
        values={"overlay_src": "logos/dot.png", "overlay_opacity": 0.0, "dpr": 4.0, "fit": "stretch", "left": 0.9,
                "right": 0.1, "crop_fit": True, "icc_profile": "srgb", "enlarge": True, "quality": 5, "dpi_x": 9,
                "strip": False, "attachment": False, "record_stats": True, "expiry_secs": 0, "page": 9},
        locked=frozenset({"overlay_opacity", "overlay_src", "strip", "left", "quality"}),
    ),
)  # fmt: skip
"""Templates that whoever makes a URL may name, to get around the default template."""


def options_of(request: ImageRequest, operation: str) -> Mapping[str, Any]:
    """What an operation of the recipe does; nothing where it is not in it."""
    return next((dict(step.options) for step in request.recipe.steps if step.operation == operation), {})


LOCKS: dict[str, tuple[dict[str, object], set[str], Callable[[ImageRequest], bool]]] = {
    "watermark": (
        {"overlay_src": MARK, "overlay_size": 0.5, "overlay_opacity": 0.7, "overlay_pos": "se"}, {"overlay_src"},
        lambda asked: options_of(asked, "overlay")
        == {"overlay_src": MARK, "overlay_size": 0.5, "overlay_opacity": 0.7, "overlay_pos": "se"},
    ),
    "no overlay": ({}, {"overlay_src"}, lambda asked: not options_of(asked, "overlay")),
    "size": (
        {"width": 300, "height": 200}, {"width", "height"},
        lambda asked: (options_of(asked, "resize")["width"], options_of(asked, "resize")["height"]) == (300, 200),
    ),
    "fit": (
        {"width": 300, "height": 200, "size_fit": True}, {"width", "height", "size_fit"},
        lambda asked: options_of(asked, "resize")["fit"] == "inside",
    ),
    "no size": ({}, {"width", "height"}, lambda asked: not options_of(asked, "resize")),
    "crop": (
        {"left": 0.25, "bottom": 0.5}, {"left", "bottom"},
        lambda asked: options_of(asked, "crop") == {"left": 0.25, "bottom": 0.5}
        and "crop_fit" not in options_of(asked, "resize"),
    ),
    "one edge": ({"left": 0.25}, {"left"}, lambda asked: options_of(asked, "crop") == {"left": 0.25}),
    "no crop": ({}, {"top"}, lambda asked: not options_of(asked, "crop")),
    "blur": ({"sharpen": -300}, {"sharpen"}, lambda asked: options_of(asked, "sharpen") == {"sharpen": -300}),
    "grey": ({"colorspace": "gray"}, {"colorspace"}, lambda asked: options_of(asked, "colorspace") != {}),
    "profile": (
        {"icc_profile": "srgb"}, {"icc_profile"},
        lambda asked: options_of(asked, "icc")["icc_profile"] == "srgb" and not options_of(asked, "colorspace"),
    ),
    "stripped": ({"strip": True}, {"strip"}, lambda asked: options_of(asked, "strip")["strip"] is True),
    "stripped of all": (
        {"strip": True}, {"strip", "strip_profile"}, lambda asked: options_of(asked, "strip") == {"strip": True},
    ),
    "format and quality": (
        {"format": "jpg", "quality": 31}, {"format", "quality"},
        lambda asked: asked.recipe.output.format == "jpg" and asked.recipe.output.options["quality"] == 31,
    ),
    "page": ({"page": 2}, {"page"}, lambda asked: asked.recipe.page == 2),
    "resolution": ({"dpi_x": 72, "dpi_y": 72}, {"dpi_x", "dpi_y"}, lambda asked: asked.recipe.output.dpi == (72, 72)),
    "no tiles": ({}, {"tile"}, lambda asked: not options_of(asked, "tile")),
    "delivery": (
        {"attachment": True, "record_stats": False, "expiry_secs": 77}, {"attachment", "record_stats", "expiry_secs"},
        lambda asked: (asked.delivery.attach, asked.delivery.stats, asked.delivery.expiry_seconds) == (True, False, 77),
    ),
}  # fmt: skip
"""What is locked: the values of the default template, its locked keys, and how the recipe shows that they hold."""


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    """Every option that is installed."""
    registries = load({}, environ={}).registries
    return Vocabulary(registries.operations, registries.encoders, registries.decoders)


NAMES = [
    "width", "height", "autosizefit", "halign", "angle", "flip", "left", "top", "right", "bottom", "autocropfit",
    "fill", "sharpen", "overlay", "ovsize", "ovpos", "ovopacity", "icc", "intent", "bpc", "colorspace", "strip", "dpi",
    "tile", "attach", "stats", "cache", "xref", "fit", "gravity", "dpr", "enlarge", "page", "format", "quality",
    "expiry_secs", "overlay_src", "overlay_opacity", "icc_profile", "strip_profile", "size_fit", "dpi_x", "stats",
    "locked", "OVERLAY", "amp;overlay", "overlay[]", " overlay",
]  # fmt: skip
VALUES = [
    "", "0", "1", "0.1", "0.9", "2", "90", "180", "-300", "100", "4", "1:4", "3:16", "h", "v", "se", "rgb", "gray",
    "cmyk", "srgb", "relative", "png", "jpg", "webp", "auto", "inside", "pad", "cover", "stretch", "none", "red",
    "false", "null", "logos/dot.png", "L0", "focal", "%00", "\N{SNOWMAN}",
]  # fmt: skip
TEMPLATES = ["", "Default", "other", "OTHER", "Undoing", "SmallJpeg", "precache", "Governing", " other ", "none"]


@st.composite
def queries(draw: st.DrawFn) -> str:
    """Query strings: real options with real values most of all, in any order, some twice, some escaped."""
    pairs = draw(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=8))
    pairs += [("tmp", name) for name in draw(st.lists(st.sampled_from(TEMPLATES), max_size=2))]
    joiner = draw(st.sampled_from(["&", "&amp;"]))
    parts = [quote(name, safe="[];") + "=" + quote(value, safe="%") for name, value in draw(st.permutations(pairs))]
    if parts and draw(st.booleans()):
        parts[0] = "".join(f"%{ord(letter):02x}" for letter in parts[0].split("=")[0]) + "=" + parts[0].split("=")[1]
    return joiner.join(["src=kept/a.jpg", *parts])


@pytest.mark.parametrize("lock", LOCKS)
def test_whatever_a_url_says_what_is_locked_holds(vocabulary: Vocabulary, lock: str) -> None:
    values, locked, holds = LOCKS[lock]
    templates = [*STOCK, *ESCAPES, Template(name="Governing", values=values, locked=frozenset(locked))]
    lookups = TemplateSet(templates, default="governing"), TemplateSet(templates, folders={"kept": "Governing"})
    composed = 0

    @settings(max_examples=100, deadline=None, database=None, derandomize=True)
    @given(query=queries(), lookup=st.sampled_from(lookups), public=st.booleans())
    def ask(query: str, lookup: TemplateSet, *, public: bool) -> None:
        nonlocal composed
        try:
            asked = compose(query, vocabulary=vocabulary, templates=lookup, policy=Policy(anonymous=public))
        except QisError:
            return
        composed += 1
        assert holds(asked), asked

    ask()
    assert composed > 15


@pytest.fixture(scope="module")
def kept(vocabulary: Vocabulary) -> Callable[[str], ImageRequest]:
    """Composes where pictures in ``kept`` have a locked watermark, all else has none."""
    watermark = Template(name="Watermark", values={"overlay_src": MARK}, locked=frozenset({"overlay_src"}))
    laying = Template(name="Laying", values={"overlay_src": "kept/b.jpg"})
    lookup = TemplateSet([*STOCK, watermark, laying], folders={"kept": "Watermark", "kept/open": "Default"})
    return lambda query: compose(query, vocabulary=vocabulary, templates=lookup, policy=Policy())


@pytest.mark.parametrize(
    "query", ["src=free/a.jpg&overlay=kept/b.jpg", "src=a.jpg&overlay=/kept/deep/b.jpg&tmp=default"]
)
def test_a_picture_does_not_lose_its_watermark_by_being_laid_on_another(kept: Any, query: str) -> None:
    with pytest.raises(Refused, match=r"the template of 'kept/.*' locks"):
        kept(query)


def test_what_the_administrator_lays_on_may_come_from_anywhere(kept: Any) -> None:
    assert options_of(kept("src=free/a.jpg&tmp=laying"), "overlay") == {"overlay_src": "kept/b.jpg"}
    # And what is locked is laid on wherever it comes from itself.
    assert options_of(kept("src=kept/a.jpg&overlay=kept/b.jpg"), "overlay") == {"overlay_src": MARK}


def test_the_nearest_folder_decides(kept: Any) -> None:
    assert options_of(kept("src=kept/deep/er/a.jpg&tmp=default"), "overlay") == {"overlay_src": MARK}
    assert options_of(kept("src=kept/open/a.jpg"), "overlay") == {}
    assert options_of(kept("src=keptnot/a.jpg"), "overlay") == {}


def test_an_unknown_template_is_an_error_under_locks_too(kept: Any) -> None:
    with pytest.raises(BadOption, match="tmp"):
        kept("src=kept/a.jpg&tmp=nosuch")


WAYS = [
    "", "format=png", "strip=0&colorspace=", "tmp=plain", "tmp=plain&format=png", "tmp=plain&overlay=",
    "tmp=SmallJpeg&width=&height=",
    "overlay=base.png&ovopacity=0", "cache=0", "tmp=plain&page=1", "tmp=plain&enlarge=1", "tmp=plain&quality=79",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/image", "/image/", "/erez/erez", "/erez3/erez"])
def test_every_way_to_the_bytes_shows_the_watermark(marked: Gallery, path: str) -> None:
    for query in WAYS:
        image = marked.image("kept/blue.png", query, path=path).convert("RGB")
        assert image.getpixel((image.width // 2, image.height // 2)) == pytest.approx((255, 0, 0), abs=30), query


def test_tiles_put_together_show_it_too(marked: Gallery) -> None:
    tiles = [marked.image("kept/blue.png", f"tmp=plain&tile={n}:4").convert("RGB") for n in (1, 2, 3, 4)]
    corners = [(-1, -1), (0, -1), (-1, 0), (0, 0)]
    for tile, (x, y) in zip(tiles, corners, strict=True):
        assert tile.getpixel((x % tile.width, y % tile.height)) == (255, 0, 0)


def test_others_are_as_they_were(marked: Gallery) -> None:
    image = marked.image("free/blue.png", "tmp=plain").convert("RGB")
    assert image.getpixel((image.width // 2, image.height // 2)) == (0, 0, 255)
    assert marked.get("free/blue.png", "overlay=kept/blue.png", status=403)


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A site whose folder ``kept`` has a red watermark in the middle of every picture."""
    from qis_core.services.actors import OPERATOR
    from qis_core.services.folder_templates import FolderTemplates
    from qis_core.testing.app_fixtures import site_in

    with site_in(tmp_path_factory.mktemp("marked"), {}) as made:
        gallery = Gallery(site=made)
        for folder in ("kept", "free"):
            gallery.put(f"{folder}/blue.png", Image.new("RGB", (120, 80), "blue"))
        gallery.put(MARK, Image.new("RGB", (40, 40), "red"))
        gallery.put("base.png", Image.new("RGB", (20, 20), "green"))
        gallery.add_templates({"Plain": {}, "Marked": {"overlay_src": MARK}}, locked={"Marked": ["overlay_src"]})
        with made.site.writing.begin() as session:
            FolderTemplates(session, OPERATOR).set("kept", "Marked")
        yield gallery
