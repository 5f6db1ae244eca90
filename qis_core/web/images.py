"""The image URL: ``/image`` and the old ``/erez…`` addresses give renderings."""

from __future__ import annotations

import time
from io import BytesIO

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import CacheEntry
from qis_core.services.images import ImageAnswer, ImageAsk
from qis_core.services.usage import is_use
from qis_core.web.conditions import matches
from qis_core.web.hits import Hit
from qis_core.web.originals import stored_file
from qis_core.web.ready import ReadyHeaders, ReadyResponse, extra_headers, ready_headers
from qis_core.web.replaced import asked_again

PATHS = {"image": "/image", "image/": "/image/", **{f"erez{n}": f"/erez{n}/erez" for n in ("", 1, 2, 3, 4, 5)}}
"""Paths by route: the image URL, and the old eRez addresses /erez/erez, /erez1/erez … /erez5/erez."""


def includeme(config: Configurator) -> None:
    """Adds the routes and the view."""
    for name, path in PATHS.items():
        config.add_route(name, path)
        config.add_view(image, route_name=name, request_method=("GET", "HEAD"))


@asked_again
def image(request: Request) -> Response:
    """A rendering, or 304 where the client has it."""
    site, environ = request.qis, request.environ
    versions = site.hits.versions()
    answer = site.platform.images.rendition(_ask(request))
    site.metrics.served(answer.origin, answer.seconds)
    site.platform.announcer.rendition(
        answer.request, request.identity, answer.size_bytes, answer.origin, answer.seconds
    )
    if is_use(answer.request.delivery, request.method):
        site.usage.rendering(answer.request.recipe.source, answer.size_bytes)
    if answer.original is not None:
        response = stored_file(request, answer.original, answer.request.delivery, is_public=answer.is_public)
        response.headerlist.extend([*extra_headers(answer.request), ("Server-Timing", answer.timing)])
        return response
    headers = ready_headers(answer)
    if answer.entry is not None and answer.request.delivery.cache:
        hit = Hit(
            request=answer.request,
            fingerprint=answer.fingerprint,
            paths=answer.paths,
            headers=headers,
            until=_believed_until(answer),
            versions=versions,
        )
        site.hits.remember(environ, request.identity, hit)
    return _response(request, answer, headers)


def _believed_until(answer: ImageAnswer) -> float:
    """Until when (monotonic clock) the answer may be given again: no longer than its URL is answered."""
    ends = answer.request.delivery.until
    return answer.fresh_until if ends is None else min(answer.fresh_until, time.monotonic() + ends - time.time())


def _ask(request: Request) -> ImageAsk:
    environ = request.environ
    return ImageAsk(
        raw_query=environ["QUERY_STRING"],
        identity=request.identity,
        accept=environ.get("HTTP_ACCEPT", ""),
        client=counted_by(request),
        has=lambda tag: matches(environ.get("HTTP_IF_NONE_MATCH"), tag),
    )


def counted_by(request: Request) -> str:
    """Whose share of the renderers it takes: the user's, or the address's, as a trusted front server tells it."""
    found: str = request.qis.proxies.counted_by(request.identity, request.environ)
    return found


def _response(request: Request, answer: ImageAnswer, headers: ReadyHeaders) -> Response:
    if answer.entry is None:
        return ReadyResponse(304, headers.not_modified)
    about = [("X-From-Cache", str(answer.origin != "rendered")), ("Server-Timing", answer.timing)]
    if request.method == "HEAD":
        return ReadyResponse(200, [*headers.full, *about])
    body = _Body(answer.entry)
    return ReadyResponse(200, [*headers.full, *about], request.qis.slow_clients.sending(body, len(answer.entry.body)))


class _Body(BytesIO):
    """An entry's bytes, without a copy; holds the entry, so that whoever asks for it meanwhile gets the same."""

    def __init__(self, entry: CacheEntry) -> None:
        super().__init__(entry.body)
        self._entry = entry
