"""What operators and their tools ask: is it alive, what has it done, what may robots read."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from qis_core import __version__
from qis_core.api import Refused, Right
from qis_core.settings import WebSettings

ROBOTS = "User-agent: *\nDisallow: /api/\nDisallow: /admin/\nDisallow: /login\n"


def includeme(config: Configurator) -> None:
    """Adds ``/health``, ``/robots.txt``, and ``/metrics`` where the site wants it."""
    config.add_route("health", "/health")
    config.add_view(health, route_name="health")
    config.add_route("robots", "/robots.txt")
    config.add_view(robots, route_name="robots")
    if config.registry["qis"].settings(WebSettings).metrics:
        config.add_route("metrics", "/metrics")
        config.add_view(metrics, route_name="metrics")


def health(request: Request) -> Response:
    """Alive: this process answers. Nothing else is asked, so that a slow disk never looks like a dead server."""
    response = Response(json_body={"status": "ok", "version": __version__})
    response.headers["Cache-Control"] = "no-store"
    return response


def robots(request: Request) -> Response:
    """Pictures may be found; what is behind a login need not be tried."""
    return Response(ROBOTS, content_type="text/plain")


def metrics(request: Request) -> Response:
    """Counters, for administrators and for this machine."""
    client = request.qis.proxies.client(request)
    if not (client is not None and client.is_loopback) and Right.ADMIN_ALL not in request.identity.rights:
        raise Refused("the counters are for administrators and for the server's own machine")
    return Response(request.qis.metrics.text(), headerlist=[("Content-Type", CONTENT_TYPE_LATEST)])
