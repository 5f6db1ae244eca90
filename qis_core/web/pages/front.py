"""The front door: a start page that shows what this server is, a folder's gallery, or the way on to elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import NotFound, Refused
from qis_core.services.browse import Picture
from qis_core.settings import LookSettings, ServerSettings
from qis_core.web.pages.frame import Frame, Thumbnail, allowed_url, browser, framed, picture_url, thumbnail, url

FACES = 9
"""Pictures that the start page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A rendering: the URL that makes it, and ``src``, the one that the page shows it by."""

    label: str
    url: str
    src: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontPage:
    """What the start page shows: some of the pictures that who asks may view, and what URLs make of one of them.

    ``playground`` is where the public may try options, '' where the operator has not allowed it.
    """

    frame: Frame
    pictures: Sequence[Thumbnail]
    examples: Sequence[Example]
    host: str
    playground: str


def includeme(config: Configurator) -> None:
    """Registers the route ``home``."""
    config.add_route("home", "/")
    config.add_view(front, route_name="home", renderer="front.jinja2", request_method="GET")


def front(request: Request) -> Response | dict[str, FrontPage]:
    """What ``qis.look.front`` says."""
    settings = request.qis.settings(LookSettings)
    if settings.front != "start":
        elsewhere = urlsplit(settings.front).scheme in ("http", "https")
        return HTTPSeeOther(settings.front if elsewhere else url("/list/", path=settings.front.strip("/")))
    shown = some_pictures(request)
    page = FrontPage(
        frame=framed(request, ""),
        pictures=[thumbnail(request, picture, 260, 260) for picture in shown],
        examples=_examples(request, shown[0]) if shown else (),
        host=(request.qis.settings(ServerSettings).public_url or request.host_url).rstrip("/"),
        playground=url("/playground/") if shown and settings.playground else "",
    )
    return {"page": page}


def some_pictures(request: Request) -> list[Picture]:
    """Pictures of the root, then one after the other of its sub-folders."""
    try:
        view = browser(request).folder("", request.identity)
    except (NotFound, Refused):
        return []
    rounds = max((len(shelf.pictures) for shelf in view.shelves), default=0)
    mixed = list(view.pictures)
    mixed += [shelf.pictures[n] for n in range(rounds) for shelf in view.shelves if n < len(shelf.pictures)]
    return mixed[:FACES]


def _examples(request: Request, picture: Picture) -> list[Example]:
    wanted = (
        ("400 pixels wide", {"width": 400}),
        ("A square, cut to fill", {"width": 240, "height": 240, "fit": "cover"}),
        ("The best format for the browser", {"width": 320, "format": "auto", "quality": 60}),
        ("Grey", {"width": 280, "colorspace": "gray"}),
    )
    return [
        Example(
            label=label,
            url=allowed_url(request, "/image", src=picture.path, **options),
            src=picture_url(request, src=picture.path, **options),
        )
        for label, options in wanted
    ]
