"""``POST /api/v1/token/``: a user name and password for a token."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import BadOption
from qis_core.web.api.envelope import envelope, fields
from qis_core.web.api.routes import add_endpoint
from qis_core.web.clients import throttle_key
from qis_core.web.security import basic_credentials


def includeme(config: Configurator) -> None:
    """Adds the endpoint."""
    add_endpoint(config, "token", "token")
    config.add_view(issue_token, route_name="api.token", request_method="POST")


def issue_token(request: Request) -> Response:
    """A token for the account, where it may use the API."""
    username, password = _credentials(request)
    client = throttle_key(request.qis.proxies.client(request))
    identity = request.qis.logins.login(username, password, client=client, scope="api")
    return envelope({"token": request.qis.tokens.issue(identity.id)})


def _credentials(request: Request) -> tuple[str, str]:
    given = fields(request)
    basic = basic_credentials(request.environ.get("HTTP_AUTHORIZATION", ""))
    if basic is not None and "username" not in given:
        return basic
    for name in ("username", "password"):
        if not given.get(name):
            raise BadOption(name, given.get(name, ""), "a text: it is missing or empty")
    return given["username"], given["password"]
