"""What the help says of each viewer: its purpose, its attributes and its events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Rows = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """One viewer. ``shows`` tells what its demo is given: a ``picture``, ``pictures`` or a ``folder``;
    ``extra`` are further attributes of the demo, ``attributes`` and ``events`` rows of name and meaning."""

    name: str
    title: str
    sentence: str
    shows: str
    function: str
    attributes: Rows
    events: Rows
    extra: Mapping[str, str]
    keys: Rows = ()
    parts: Sequence[str] = ()

    @property
    def tag(self) -> str:
        """The element's name."""
        return f"qis-{self.name}"


SERVER = ("server", "Base URL of the image server; that of the script where it is not said")
OPTIONS = ("options", "Image options that hold for every rendering, such as flip=h&quality=70")
LOADED = ("qis-load", "The picture is to be seen: detail.url")
FAILED = ("qis-error", "It cannot be had: detail.url, detail.message (the server's words)")
CHANGED = ("qis-change", "Another picture is shown: detail.url, detail.index")
LIST = (
    ("folder", "A folder of the library, all of whose pictures are shown"),
    (
        "images",
        "Instead: paths or image URLs one a line, or a JSON list of objects with src, title and image options; "
        "or images and links within the element",
    ),
)

IMAGE = Guide(
    name="image",
    title="Responsive image",
    sentence="A picture in just the size that its place needs, fetched when it comes near. Its box is there at once.",
    shows="picture",
    function="QIS.image(container, src, options)",
    extra={"ratio": "3/2"},
    attributes=(
        ("src", "The picture: its path in the library, or an image URL"),
        ("ratio", "Shape of the box, such as 3/2: the picture fills it, cut around its focal point"),
        ("width, height", "Instead: the picture's size, so that its box is known before it comes"),
        ("alt", "Alternative text; the library's title where it is not said"),
        ("loading", "lazy (the default) or eager"),
        ("sizes", "As of an img; measured where it is not said"),
        OPTIONS,
        SERVER,
    ),
    events=(LOADED, FAILED),
    parts=("image",),
)

ZOOM = Guide(
    name="zoom",
    title="Deep zoom",
    sentence="One picture that can be looked at as closely as it is: only the tiles that one sees are fetched.",
    shows="picture",
    function="QIS.zoom(container, src, options)",
    extra={"controls": "yes"},
    attributes=(
        ("src", "The picture: its path in the library, or an image URL, whose size is ignored"),
        ("caption, description", "Title and text; the library's where they are not said"),
        ("alt", "Alternative text; the title where it is not said"),
        ("controls", "auto (on hover, focus and touch; the default), yes or no"),
        ("buttons", "Those that are shown: title help reset fullscreen zoom-in zoom-out download"),
        ("animation", "linear, in-out-back, in-out-quadratic, in-out-sine, out-back, out-quadratic or out-sine"),
        ("duration", "How long a movement takes, in milliseconds: 300"),
        ("smoothing", "no shows square pixels beyond the picture's own size"),
        ("max-tiles", "Tiles of the largest size: 1, 4, 16, 64 or 256 (the default)"),
        ("double-click-reset", "no zooms in further by a double click instead of showing the whole"),
        ("wheel", "ctrl leaves the wheel to the page unless Ctrl is held"),
        ("fill", "Takes the height of what it stands in, instead of --qis-height"),
        OPTIONS,
        SERVER,
    ),
    events=(
        LOADED,
        FAILED,
        ("qis-view", "The view moves: detail.x, detail.y (middle, in pixels of the picture), detail.scale"),
        ("qis-info", "Title and description are opened: detail.url"),
        ("qis-download", "The original is downloaded: detail.url"),
        ("qis-fullscreen", "It fills the screen, or no longer: detail.url, detail.on"),
    ),
    keys=(
        ("+ −", "zoom"),
        ("arrows", "move"),
        ("0", "the whole picture"),
        ("F", "full screen"),
        ("I", "about the picture"),
        ("?", "help"),
    ),
    parts=("stage", "canvas", "controls", "button", "panel", "problem"),
)

GALLERY = Guide(
    name="gallery",
    title="Gallery",
    sentence="Thumbnails of many pictures, and one of them large and zoomable.",
    shows="folder",
    function="QIS.gallery(container, options)",
    extra={},
    attributes=(
        *LIST,
        ("start", "The picture to begin with: its number from 0, or its path"),
        ("thumb-width, thumb-height", "Size of the thumbnails in pixels: 96, 72"),
        ("strip", "no hides the thumbnails"),
        ("controls, buttons, animation, wheel", "As of the deep zoom"),
        ("fill", "Takes the height of what it stands in, instead of --qis-height"),
        OPTIONS,
        SERVER,
    ),
    events=(CHANGED, *ZOOM.events),
    keys=(
        ("← →", "the picture before or after, as a swipe does"),
        ("Page Up, Page Down", "the same, also while zoomed in"),
    ),
    parts=("viewer", "strip", "thumbnail", "count", "button", "main", "note", "problem"),
)

SLIDESHOW = Guide(
    name="slideshow",
    title="Slideshow",
    sentence="One picture after another, by itself or by hand. It holds still for people who want no motion.",
    shows="folder",
    function="QIS.slideshow(container, options)",
    extra={"mode": "fade"},
    attributes=(
        *LIST,
        ("mode", "slide (the default), fade or stack"),
        ("delay", "Seconds between pictures: 5; 0 waits for the visitor"),
        ("duration", "How long a change takes, in milliseconds: 1000"),
        ("autoplay", "no begins paused"),
        ("pause-on-hover", "no goes on below the pointer and the focus"),
        ("controls, dots", "no hides the arrows, or the dots"),
        ("start", "The picture to begin with, from 0"),
        ("fill", "Takes the height of what it stands in, instead of the shape --qis-ratio"),
        OPTIONS,
        SERVER,
    ),
    events=(LOADED, CHANGED, FAILED),
    keys=(("← →", "the picture before or after, as a swipe does"), ("Home, End", "the first, the last")),
    parts=("slides", "slide", "foot", "dots", "dot", "button", "note"),
)

LIGHTBOX = Guide(
    name="lightbox",
    title="Lightbox",
    sentence="A click on a picture that is on the page already opens it large, with the others beside it.",
    shows="pictures",
    function='QIS.lightbox("main img", options)',
    extra={},
    attributes=(
        ("for", "A CSS selector of pictures anywhere on the page; without it those within the element"),
        ("strip", "no hides the thumbnails"),
        ("data-full", "At a picture: what to show large, where that is another than its src"),
    ),
    events=(("qis-open", "It is opened: detail.index"), ("qis-close", "It is closed"), CHANGED),
    keys=(("Enter", "open"), ("← →", "the picture before or after, as a swipe does"), ("Esc", "close")),
    parts=("dialog", "gallery", "button"),
)

GUIDES: Mapping[str, Guide] = {each.name: each for each in (ZOOM, GALLERY, SLIDESHOW, LIGHTBOX, IMAGE)}

VARIABLES: Rows = (
    ("--qis-accent", "Focus rings, the current thumbnail and dot"),
    ("--qis-ground", "Behind the picture"),
    ("--qis-surface, --qis-line", "Buttons and panels, and their border"),
    ("--qis-text, --qis-text-quiet", "Text and drawings on them"),
    ("--qis-font, --qis-radius", "Type and corners"),
    ("--qis-height", "Height of the deep zoom and the gallery: 420px, 560px"),
    ("--qis-ratio, --qis-fit", "Shape of the slideshow: 3 / 2; contain or cover"),
    ("--qis-dot, --qis-dot-selected", "Dots of the slideshow"),
    ("--qis-placeholder", "Behind an image that is still to come"),
)
"""What a page may set, and what it is for."""
