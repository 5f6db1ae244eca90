"""Help: the viewers, each with a demo on this server's own pictures and the snippet to copy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import chain, islice

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.interfaces import IRoutesMapper
from pyramid.request import Request

from qis_core.api import QisError
from qis_core.services.browse import Picture
from qis_core.settings import ServerSettings
from qis_core.web.pages.frame import UNCOUNTED, Frame, Link, browser, framed, url, viewer_src, viewer_url
from qis_core.web.pages.viewer_guides import GUIDES, VARIABLES, Guide, Rows
from qis_core.web.viewers import script_url

PLACES = (("api-docs", "The REST API, to be tried"), ("library", "The library"))
"""Where else to look: routes, as far as they are there."""

ENOUGH = 3
"""Pictures that a folder must have to be shown in a demo, and that a list of them shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpPage:
    """What the start of the help shows: the viewers' guides, and where else to look."""

    frame: Frame
    guides: Sequence[Guide]
    places: Sequence[Link]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewerPage:
    """What the page of a viewer shows. ``demo`` is the element for this page, '' where the library is empty;
    ``snippet`` is it as HTML for a page elsewhere, ``script`` what makes it work here."""

    frame: Frame
    guide: Guide
    guides: Sequence[Guide]
    variables: Rows
    demo: str
    snippet: str
    script: str


def includeme(config: Configurator) -> None:
    """Registers ``help`` and ``help.viewer``."""
    config.add_route("help", "/help/")
    config.add_route("help.viewers", "/help/viewers/")
    config.add_route("help.viewer", "/help/viewers/{name:[a-z]+}/")
    for route in ("help", "help.viewers"):
        config.add_view(start, route_name=route, renderer="help.jinja2", request_method="GET")
    config.add_view(viewer, route_name="help.viewer", renderer="help_viewer.jinja2", request_method="GET")


def start(request: Request) -> dict[str, HelpPage]:
    """Where the help begins."""
    mapper = request.registry.getUtility(IRoutesMapper)
    places = [
        Link(text=text, href=request.route_path(name, _version="", _slash="/"))
        for name, text in PLACES
        if mapper.get_route(name)
    ]
    return {"page": HelpPage(frame=framed(request, "Help"), guides=list(GUIDES.values()), places=places)}


def viewer(request: Request) -> dict[str, ViewerPage]:
    """One viewer with its demo."""
    guide = GUIDES.get(request.matchdict["name"])
    if guide is None:
        raise HTTPNotFound
    pictures = demo_pictures(request)
    server = request.qis.settings(ServerSettings).public_url or request.host_url
    page = ViewerPage(
        frame=framed(request, guide.title),
        guide=guide,
        guides=list(GUIDES.values()),
        variables=VARIABLES,
        demo=markup(guide, pictures, "", request) if pictures else "",
        snippet=snippet(guide, pictures, server.rstrip("/")),
        script=script_url(),
    )
    return {"page": page}


def demo_pictures(request: Request) -> Sequence[Picture]:
    """Pictures of one folder that whoever asks may see: the first that has a few, else the first that has any."""
    found = list(islice(_folders(request), 12))
    return next((each for each in found if len(each) >= ENOUGH), found[0] if found else [])


def _folders(request: Request) -> Iterator[Sequence[Picture]]:
    look = browser(request)
    try:
        root = look.folder("", request.identity)
    except QisError:
        return
    shelves = (shelf.pictures for shelf in root.shelves)
    deeper = (_pictures_of(request, folder.path) for folder in root.folders if root.pictures)
    yield from (pictures for pictures in chain(shelves, [root.pictures], deeper) if pictures)


def _pictures_of(request: Request, path: str) -> Sequence[Picture]:
    try:
        return browser(request).folder(path, request.identity).pictures
    except QisError:
        return []


def markup(guide: Guide, pictures: Sequence[Picture], server: str, request: Request | None = None) -> str:
    """The element as HTML, everything in it escaped. ``server`` stands before image URLs, '' on this server's pages,
    for which ``request`` tells who sees them."""
    largest = max(pictures, key=lambda each: each.size_bytes)
    src = largest.path if request is None else viewer_src(request, largest.path)
    given = {"picture": {"src": src}, "folder": {"folder": largest.folder or "/"}, "pictures": {}}[guide.shows]
    counted = {} if request is None or guide.shows == "pictures" else {"options": UNCOUNTED}
    tag = f"<{guide.tag}{_attributes({**given, **guide.extra, **counted})}>"
    inner = (
        "".join(_thumbnail(each, server, request) for each in pictures[:ENOUGH]) if guide.shows == "pictures" else ""
    )
    return f"{tag}{inner}{chr(10) if inner else ''}</{guide.tag}>"


def snippet(guide: Guide, pictures: Sequence[Picture], server: str) -> str:
    """What to copy into a page elsewhere: the script, once, and the element."""
    shown = pictures or [Picture(path="folder/picture.jpg", size_bytes=0, version="")]
    return f'<script src="{escape(server)}/static/js/qis-viewers.js" async></script>\n{markup(guide, shown, server)}'


def _thumbnail(picture: Picture, server: str, request: Request | None) -> str:
    asked: dict[str, object] = {"src": picture.path, "width": 320, "height": 240, "autosizefit": 1, "format": "auto"}
    own = url("/image", **asked) if request is None else viewer_url(request, **asked)
    src = server + own
    name = re.sub(r"[_-]+", " ", picture.name.rpartition(".")[0])
    return f"\n  <img{_attributes({'src': src, 'alt': name})}>"


def _attributes(given: Mapping[str, str]) -> str:
    # Names of files may hold bytes that are no text; HTML can only show that something was there.
    return "".join(f' {name}="{escape(text.encode(errors="replace").decode())}"' for name, text in given.items())
