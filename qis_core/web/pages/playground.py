"""The playground: the publisher for visitors, with a few of the public's pictures to choose from, where that is wanted.

It can do no more than image URLs themselves: what the public may ask for, and how much at once, is decided for those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response

from qis_core.domain.links import Mode
from qis_core.services.browse import Picture
from qis_core.settings import LookSettings
from qis_core.web.pages.frame import Thumbnail, thumbnail, url
from qis_core.web.pages.front import some_pictures

FIRST_WIDTH = 600
"""The width in pixels that a visitor begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToTry:
    """A picture to try with: the page that shows it with the same options, whether one is on it, and its thumbnail."""

    href: str
    current: bool
    thumbnail: Thumbnail


def includeme(config: Configurator) -> None:
    """Registers the route ``playground``."""
    config.add_route("playground", "/playground/")
    config.add_view(playground, route_name="playground", request_method="GET")


def playground(request: Request) -> Response:
    """To the first picture. Raises HTTPNotFound where the operator wants no playground, or there is nothing to show."""
    pictures = pictures_to_try(request)
    if not pictures:
        raise HTTPNotFound
    return HTTPSeeOther(url("/publish/", src=pictures[0].path, width=FIRST_WIDTH))


def pictures_to_try(request: Request) -> Sequence[Picture]:
    """What a visitor may try options with; nothing where the operator wants no playground."""
    if not request.qis.settings(LookSettings).playground:
        return ()
    links = request.qis.platform.composer.links
    return [each for each in some_pictures(request) if links is None or links.mode_of(each.path) is not Mode.SIGNED]


def strip(request: Request, path: str, options: dict[str, str]) -> Sequence[ToTry]:
    """The pictures beside ``path`` for a visitor who has not logged in."""
    if not request.identity.is_public:
        return ()
    return [
        ToTry(
            href=url("/publish/", **{**options, "src": picture.path}),
            current=picture.path == path,
            thumbnail=thumbnail(request, picture, 96, 72),
        )
        for picture in pictures_to_try(request)
    ]
