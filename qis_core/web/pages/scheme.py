"""Light or dark: a switch that works by a plain form."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response

from qis_core.web.pages.frame import SCHEME_COOKIE

A_YEAR = 365 * 24 * 3600


def includeme(config: Configurator) -> None:
    """Registers ``POST /scheme/``."""
    config.add_route("scheme", "/scheme/")
    config.add_view(choose, route_name="scheme", request_method="POST", require_csrf=False)


def choose(request: Request) -> Response:
    """Keeps ``scheme`` (light, dark; anything else is as the system likes it) and goes on to the page ``next``."""
    response = HTTPSeeOther(location=local_path(request.POST.get("next", "/")))
    wanted = request.POST.get("scheme", "")
    if wanted in ("light", "dark"):
        response.set_cookie(SCHEME_COOKIE, wanted, max_age=A_YEAR, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(SCHEME_COOKIE)
    return response


def local_path(text: str) -> str:
    """``text`` where it is a path of this server, else ``/``: a form must not lead anybody elsewhere."""
    is_path = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isascii() and text.isprintable()
    return text if is_path else "/"
