"""``POST /api/v1/token/``: a user name and password for a token."""

from __future__ import annotations

from qis_core.api import BadOption
from qis_core.web.api.endpoints import Call, Endpoints
from qis_core.web.api.fields import Secret, Text
from qis_core.web.api.objects import record
from qis_core.web.clients import throttle_key
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
    identity = call.site.logins.login(username, password, client=client, scope="api")
    assert identity.id is not None
    return {"token": call.site.tokens.issue(identity.id)}


def _credentials(call: Call) -> tuple[str, str]:
    basic = basic_credentials(call.request.environ.get("HTTP_AUTHORIZATION", ""))
    if basic is not None and "username" not in call.body:
        return basic
    for field in _FIELDS:
        if field.name not in call.body:
            raise BadOption(field.name, "", f"{field.allowed}: it is missing")
    return call.body["username"], call.body["password"]
