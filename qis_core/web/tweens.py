"""What happens around every request: the last safety net, the headers that all answers carry, the count."""

from __future__ import annotations

import re
from collections.abc import Callable
from secrets import token_hex

from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response
from pyramid.tweens import INGRESS

from qis_core.web.cors import share
from qis_core.web.errors import on_unexpected
from qis_core.web.pages.frame import POLICY
from qis_core.web.ready import ReadyResponse

Handler = Callable[[Request], Response]


def includeme(config: Configurator) -> None:
    """Puts the tween around everything else, and gives every request an ``id``."""
    config.add_request_method(_request_id, "id", reify=True)
    config.add_tween("qis_core.web.tweens.outermost", under=INGRESS)


def outermost(handler: Handler, registry: Registry) -> Handler:
    """The outermost tween. It is on the path of every cache hit: a few dictionary accesses, no more."""
    answered = registry["qis"].metrics.answered

    def handle(request: Request) -> Response:
        try:
            response = handler(request)
        except Exception as error:  # Whatever escapes the views of exceptions, their own faults included.
            response = on_unexpected(error, request)
        if isinstance(response, ReadyResponse):
            # Its headers are complete, and shared between answers.
            answered(request.matched_route.name, int(response.status[:3]))
            return response
        if "HTTP_ORIGIN" in request.environ:
            share(request, response)
        headers = response.headers
        headers["X-Content-Type-Options"] = "nosniff"
        if response.content_type == "text/html":
            headers.setdefault("Content-Security-Policy", POLICY)
            headers.setdefault("Referrer-Policy", "same-origin")
        route = request.matched_route
        answered("" if route is None else route.name, response.status_int)
        return response

    return handle


def _request_id(request: Request) -> str:
    """The front server's id of the request where it sent a sound one, else one of our own."""
    given = request.environ.get("HTTP_X_REQUEST_ID", "")
    return given if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", given) else token_hex(8)
