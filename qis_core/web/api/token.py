"""``POST /api/v1/token/``: a user name and password for a token."""

from __future__ import annotations

from pyramid.httpexceptions import HTTPFound
from pyramid.response import Response

from qis_core.api import BadOption, UserLoggedIn
from qis_core.services.logins import REFUSAL, LoginRefused
from qis_core.web import own
from qis_core.web.api.endpoints import Call, Endpoints
from qis_core.web.api.fields import Secret, Text
from qis_core.web.api.objects import record
from qis_core.web.clients import throttle_key
from qis_core.web.log_in import begin_session
from qis_core.web.security import basic_credentials

endpoints = Endpoints("Logging in")

_FIELDS = (
    Text("username", minimum=1, maximum=1024, lines=True, help="Or by HTTP Basic"),
    Secret("password", minimum=1, maximum=1024, help="Or by HTTP Basic"),
)


@endpoints.post(
    "token",
    "A token for an account that may use the API",
    body=_FIELDS,
    login=False,
    gives=record(token={"type": "string"}),
    statuses=(403,),
)
def issue_token(call: Call) -> object:
    """A token for the account, where it may use the API."""
    username, password = _credentials(call)
    client = throttle_key(call.site.proxies.client(call.request))
    identity = call.site.logins.login(username, password, client=client, for_api=True).identity
    assert identity.id is not None
    return {"token": call.site.tokens.issue(identity.id)}


@endpoints.get(
    "tokenlogin",
    "Log a browser in with a token, and send it on",
    query=[
        Secret("token", required=True, minimum=1, maximum=1024, help="What `/token/` gave; a named token will not do"),
        Text("next", default="/", maximum=4096, help="A path of this site, or a URL of a host that logins may lead to"),
    ],
    login=False,
    redirects=True,
    statuses=(403,),
)
def token_login(call: Call) -> Response:
    """The browser gets a session, and goes on to ``next``."""
    place = own.place(call.request, call.query["next"])
    if not place:
        raise BadOption("next", call.query["next"], "a path of this site, or a URL of a host of qis.logins.return_to")
    identity = call.site.tokens.read(call.query["token"])
    if identity is None:
        raise LoginRefused(REFUSAL)
    response = HTTPFound(place)
    begin_session(call.request, response, UserLoggedIn(identity=identity, method="token"))
    # The token in this address is nobody else's business.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _credentials(call: Call) -> tuple[str, str]:
    basic = basic_credentials(call.request.environ.get("HTTP_AUTHORIZATION", ""))
    if basic is not None and "username" not in call.body:
        return basic
    for field in _FIELDS:
        if field.name not in call.body:
            raise BadOption(field.name, "", f"{field.allowed}: it is missing")
    return call.body["username"], call.body["password"]
