"""What the publisher gives to take along: an image URL in the forms that pages need it in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import escape

from qis_core.api import PublisherOutput
from qis_core.web.pages.frame import query

WIDTHS = (320, 480, 640, 800, 960, 1280, 1600, 1920, 2560, 3840)
"""Widths of the renderings in a srcset, in pixels."""

NEWER = (("avif", "image/avif"), ("webp", "image/webp"))
"""Formats that a <picture> offers first, the smaller first."""

OF_THE_VIEWER = frozenset({"src", "width", "height", "tile", "attach", "sig", "expires"})
"""Options that viewers set themselves, or that hold for one URL alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A snippet to copy: ``name`` in URLs and forms, ``label`` for people."""

    name: str
    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What the snippets are made of.

    ``options`` are those of the URL, ``image`` the path and query as they were typed, ``host`` the server's address.
    ``width`` and ``height`` are the rendering's in pixels (0: not known), ``widest`` the original's width (0: not
    known), ``sizes`` how wide the picture stands in its page. ``formats`` are those that can be written,
    ``width_locked`` tells that a template leaves no choice of widths. ``widths`` are those of a srcset, ``public``
    makes a URL one that everybody may ask for, ``zoomed`` one that a viewer may ask for in its sizes, ``most`` is the
    greatest width that the public may have (0: any). ``viewers`` are those that get what they ask for.
    """

    host: str
    image: str
    options: Mapping[str, str]
    title: str
    folder: str
    width: int = 0
    height: int = 0
    widest: int = 0
    sizes: str = "100vw"
    formats: Sequence[str] = ()
    width_locked: bool = False
    widths: Sequence[int] = WIDTHS
    public: Callable[[str], str] = str
    zoomed: Callable[[str], str] = str
    most: int = 0
    viewers: Sequence[str] = ("zoom", "gallery", "slideshow")

    @property
    def url(self) -> str:
        """The whole URL."""
        return self.public(self.host + self.image)

    @property
    def for_viewers(self) -> Mapping[str, str]:
        """The options that viewers are told."""
        return {name: text for name, text in self.options.items() if name not in OF_THE_VIEWER}

    def url_with(self, **changed: object) -> str:
        """The URL with some options set to other values; '' takes one out."""
        options = {**self.options, "sig": "", "expires": "", **changed}
        return self.public(f"{self.host}/image?{query({name: text for name, text in options.items() if text != ''})}")


def outputs(published: Published, added: Iterable[PublisherOutput] = ()) -> list[Output]:
    """The snippets in the order of their tabs, those of plugins last."""
    made = [
        Output(name="url", label="URL", text=published.url),
        Output(name="img", label="Image", text=_img(published)),
        Output(name="srcset", label="srcset", text=_srcset_img(published)),
        Output(name="picture", label="picture", text=_picture(published)),
        Output(name="lazy", label="Lazy image", text=_img(published, loading="lazy", decoding="async")),
        Output(name="css", label="CSS", text=_css(published)),
        *(output for output in _viewers(published) if output.name in published.viewers),
        Output(name="download", label="Download", text=_download(published)),
    ]
    plugins = sorted(added, key=lambda output: (output.order, output.label))
    return made + [
        Output(name=f"added-{n}", label=output.label, text=_filled(output.template, published))
        for n, output in enumerate(plugins)
    ]


def srcset(published: Published, **changed: object) -> str:
    """The renderings of one picture in several widths, in the URL's own shape; '' where only one is possible."""
    if published.width_locked:
        return ""
    found = [(width, published.url_with(**changed, **_box(published, width))) for width in _widths(published)]
    return ", ".join(f"{_listed(url)} {width}w" for width, url in found) if len(found) > 1 else ""


def _widths(published: Published) -> list[int]:
    """Not wider than the original, unless the URL may enlarge it; the URL's own width is among them."""
    own = _number(published.options.get("width", ""))
    widths = published.widths
    limit = published.widest if published.widest and not published.options.get("enlarge") else widths[-1]
    # For two pixels a point at the width that was asked for; no wider one is ever wanted.
    limit = min(limit, 2 * own) if own else limit
    limit = min(limit, published.most) if published.most else limit
    return sorted({width for width in (*widths, own, limit) if 0 < width <= limit})


def _box(published: Published, width: int) -> dict[str, object]:
    own, height = (_number(published.options.get(name, "")) for name in ("width", "height"))
    box: dict[str, object] = {"width": width, "dpr": ""}
    if height:
        box["height"] = max(1, round(height * width / own)) if own else ""
    return box


def _img(published: Published, **more: str) -> str:
    return _tag("img", src=published.url, **_size(published), alt=published.title, **more)


def _srcset_img(published: Published) -> str:
    found = srcset(published)
    sizes = {"srcset": found, "sizes": published.sizes} if found else {}
    return _tag("img", src=published.url, **sizes, **_size(published), alt=published.title, loading="lazy")


def _picture(published: Published) -> str:
    lines = ["<picture>"]
    for name, media_type in NEWER:
        if name in published.formats:
            changed = {"format": name, "quality": ""}
            found = srcset(published, **changed) or _listed(published.url_with(**changed))
            lines.append("  " + _tag("source", type=media_type, srcset=found, sizes=published.sizes))
    fallback = published.url_with(format="jpg") if published.options.get("format") == "auto" else published.url
    lines.append("  " + _tag("img", src=fallback, **_size(published), alt=published.title, loading="lazy"))
    return "\n".join([*lines, "</picture>"])


def _css(published: Published) -> str:
    url = published.url.replace("\\", "%5C").replace('"', "%22")
    shape = f"\n  aspect-ratio: {published.width} / {published.height};" if published.height else ""
    return f'.picture {{\n  background: url("{url}") center / cover no-repeat;{shape}\n}}'


def _viewers(published: Published) -> Iterator[Output]:
    script = _tag("script", src=f"{published.host}/static/js/qis-viewers.js", async_="") + "</script>\n"
    kept = published.for_viewers
    source = published.options.get("src", "")
    plain = f"/image?{query({'src': source, **kept})}"
    whole = published.zoomed(published.host + plain)
    zoomed = whole if whole != published.host + plain else plain if kept else source
    yield Output(
        name="zoom", label="Zoom", text=script + _tag("qis-zoom", src=zoomed, alt=published.title) + "</qis-zoom>"
    )
    options = {"options": query(kept)} if kept else {}
    for name, label in (("gallery", "Gallery"), ("slideshow", "Slideshow")):
        element = f"qis-{name}"
        text = script + _tag(element, folder=published.folder or "/", **options) + f"</{element}>"
        yield Output(name=name, label=label, text=text)


def _download(published: Published) -> str:
    return _tag("a", href=published.url_with(attach=1), download="") + f"{escape(published.title)}</a>"


def _filled(template: str, published: Published) -> str:
    """The plugin's HTML with what is known in place of its names; what is not known is 0."""
    found = {"url": published.url, "width": published.width, "height": published.height, "title": published.title}
    for name, value in found.items():
        template = template.replace("{" + name + "}", str(escape(value)))
    return template


def _size(published: Published) -> dict[str, str]:
    known = published.width and published.height
    return {"width": str(published.width), "height": str(published.height)} if known else {}


def _tag(name: str, **attributes: str) -> str:
    written = "".join(
        f' {key.rstrip("_")}="{escape(value)}"' if value or key == "alt" else f" {key.rstrip('_')}"
        for key, value in attributes.items()
    )
    return f"<{name}{written}>"


def _listed(url: str) -> str:
    """A comma ends an address in a srcset."""
    return url.replace(",", "%2C")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
