"""The image URLs: ``/image`` and ``/erez…`` give renderings, ``/original`` the stored bytes."""

from __future__ import annotations

import time
from email.utils import formatdate

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import ImageServed
from qis_core.services.images import ImageAnswer, ImageAsk
from qis_core.web.conditions import matches
from qis_core.web.dispositions import disposition, with_extension
from qis_core.web.hits import Found, Headers, Hit
from qis_core.web.originals import original, original_response

EREZ_NUMBERS = ("", "1", "2", "3", "4", "5")
"""Old eRez addresses: /erez/erez, /erez1/erez … /erez5/erez."""


def includeme(config: Configurator) -> None:
    """Adds the routes and views."""
    config.add_route("image", "/image")
    config.add_route("image_slash", "/image/")
    config.add_route("original", "/original")
    config.add_route("original_slash", "/original/")
    for number in EREZ_NUMBERS:
        config.add_route(f"erez{number}", f"/erez{number}/erez")
    for route in ("image", "image_slash", *(f"erez{number}" for number in EREZ_NUMBERS)):
        config.add_view(image, route_name=route, request_method=("GET", "HEAD"))
    for route in ("original", "original_slash"):
        config.add_view(original, route_name=route, request_method=("GET", "HEAD"))


def image(request: Request) -> Response:
    """A rendering, or 304 where the client has it."""
    site, environ = request.qis, request.environ
    found = site.hits.find(environ)
    if found is not None:
        return _hit_response(request, found)
    versions = site.hits.versions()
    answer = site.images.rendition(
        ImageAsk(
            raw_query=environ["QUERY_STRING"],
            identity=request.identity,
            accept=environ.get("HTTP_ACCEPT", ""),
            client=request.client_addr or "",
            has=lambda tag: matches(environ.get("HTTP_IF_NONE_MATCH"), tag),
        )
    )
    _announce(request, answer)
    if answer.is_original:
        return original_response(request, site.originals.describe(answer.request.recipe.source), answer.request.delivery)
    hit = _as_hit(answer, versions)
    if answer.is_public and answer.entry is not None and answer.request.delivery.cache:
        site.hits.remember(environ, hit)
    return _response(request, answer, hit)


def _hit_response(request: Request, found: Found) -> Response:
    site = request.qis
    if found.entry is None:
        site.metrics.image_from("client")
        return _bare(304, found.hit.not_modified, b"")
    site.metrics.image_from("memory")
    if site.announcer.wanted:
        event = found.hit.event(request.identity, found.entry)
        site.announcer.announce(event)
    return _bare(200, [*found.hit.headers, ("X-From-Cache", "True")], found.entry.body)
