"""One's own account: profile, password, sessions and named tokens; and the sessions of others for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from qis_core.api import NotFound, Scope, UserLoggedIn
from qis_core.db.logins import ApiToken, WebSession
from qis_core.services.account_changes import AccountChanges
from qis_core.services.named_tokens import LONGEST_DAYS, TokenChanges
from qis_core.services.startup import password_keepers
from qis_core.web.api import objects
from qis_core.web.api.endpoints import Call, Endpoints
from qis_core.web.api.envelope import envelope
from qis_core.web.api.fields import Number, Secret, Text
from qis_core.web.clients import throttle_key
from qis_core.web.log_in import begin_session

endpoints = Endpoints("Own account")

MOMENT: objects.Schema = {"type": "string", "format": "date-time"}
SESSION = objects.record(
    id=objects.INTEGER,
    created=MOMENT,
    seen=MOMENT,
    expires=MOMENT,
    method=objects.TEXT,
    address=objects.TEXT,
    browser=objects.TEXT,
    current=objects.BOOLEAN,
)
TOKEN = objects.record(
    id=objects.INTEGER,
    name=objects.TEXT,
    scopes=objects.many({"type": "string", "enum": [scope.value for scope in Scope]}),
    created=MOMENT,
    expires=MOMENT,
    used=objects.or_null(MOMENT),
)
NEW_TOKEN = objects.with_more(TOKEN, token=objects.TEXT)
_SCOPES = ", ".join(scope.value for scope in Scope)


@endpoints.get("account", "Who is logged in", gives=objects.USER, scope=Scope.READ)
def show(call: Call) -> object:
    """One's own record."""
    return objects.user(_changes(call).get(_own(call)))


@endpoints.put(
    "account",
    "Change one's own name and address",
    body=[Text("first_name", maximum=120), Text("last_name", maximum=120), Text("email", maximum=320)],
    gives=objects.USER,
    own_login=True,
)
def change(call: Call) -> object:
    """What is not sent stays as it is."""
    return objects.user(_changes(call).change(_own(call), call.body))


@endpoints.post(
    "account/password",
    "Change one's own password",
    body=[
        Secret("old", required=True, minimum=1, maximum=1024, help="The password of now"),
        Secret("new", required=True, minimum=1, maximum=1024, help="8 characters or more"),
    ],
    gives=objects.NOTHING,
    own_login=True,
)
def change_password(call: Call) -> object:
    """All logins of the account end; a browser that asks this gets a new session. Named tokens stay."""
    login, identity = call.request.session_login, call.identity
    client = throttle_key(call.site.proxies.client(call.request))
    call.site.logins.confirm(identity.username, call.body["old"], client=client)
    # In a transaction of its own: the new session needs the account's new stamp.
    with call.site.writing.begin() as session:
        AccountChanges(session, call.actor, password_keepers(call.site.kernel)).change(
            _own(call), {"password": call.body["new"]}
        )
    response = envelope(None)
    if login is not None:
        begin_session(call.request, response, UserLoggedIn(identity=identity, method="password"))
    return response


@endpoints.get("account/sessions", "The browsers that are logged in", gives=objects.many(SESSION), own_login=True)
def list_sessions(call: Call) -> object:
    """The newest first; ``current`` is the one that asks."""
    return _sessions(call, _own(call))


@endpoints.delete("account/sessions", "Log out everywhere else", gives=objects.NOTHING, own_login=True)
def end_other_sessions(call: Call) -> object:
    """All sessions of the account end, but the one that asks."""
    _changes(call).end_sessions(_own(call), but=_current(call))
    return None


@endpoints.delete("account/sessions/{id}", "Log one browser out", gives=objects.NOTHING, own_login=True)
def end_one_session(call: Call) -> object:
    """Also the one that asks."""
    _changes(call).end_session(_own(call), call.number())
    return None


@endpoints.get("account/tokens", "One's named tokens", gives=objects.many(TOKEN), own_login=True)
def list_tokens(call: Call) -> object:
    """By name; what they are good for, and when they were last used. The tokens themselves cannot be shown again."""
    return [_token(found) for found in _tokens(call).all(_own(call))]


@endpoints.post(
    "account/tokens",
    "Make a named token",
    body=[
        Text("name", required=True, minimum=1, maximum=120, help="What it is for"),
        Text("scopes", required=True, minimum=1, maximum=255, help=f"One or more of {_SCOPES}, with blanks between"),
        Number("days", minimum=1, maximum=LONGEST_DAYS, default=90, help="How long it is good for"),
    ],
    gives=NEW_TOKEN,
    own_login=True,
)
def add_token(call: Call) -> object:
    """The answer is the only place where ``token`` is ever told. The account must be one that may use this API."""
    scopes = call.body["scopes"].replace(",", " ").split()
    made, text = _tokens(call).add(_own(call), call.body["name"], scopes, call.body["days"])
    return {**_token(made), "token": text}


@endpoints.delete("account/tokens/{id}", "Revoke a named token", gives=objects.NOTHING, own_login=True)
def revoke_token(call: Call) -> object:
    """It is refused from now on, everywhere within a second."""
    _tokens(call).revoke(_own(call), call.number())
    return None


@endpoints.get("admin/users/{id}/sessions", "The browsers of a user that are logged in", gives=objects.many(SESSION))
def list_user_sessions(call: Call) -> object:
    """Needs user administration."""
    return _sessions(call, _changes(call).get(call.number()).id)


@endpoints.delete("admin/users/{id}/sessions", "Log a user out everywhere", gives=objects.NOTHING)
def end_user_sessions(call: Call) -> object:
    """Needs user administration, and the rights that the user has. Their API tokens that are not named end as well."""
    _changes(call).end_logins(call.number())
    return None


def _own(call: Call) -> int:
    number = call.identity.id
    if number is None:
        raise NotFound("nobody is logged in")
    return number


def _changes(call: Call) -> AccountChanges:
    return AccountChanges(call.session, call.actor, password_keepers(call.site.kernel))


def _tokens(call: Call) -> TokenChanges:
    return TokenChanges(call.session, call.actor, call.site.entrance.token_mint)


def _current(call: Call) -> int:
    login = call.request.session_login
    return 0 if login is None else login.number


def _sessions(call: Call, user_id: int) -> list[Mapping[str, Any]]:
    current = _current(call)
    return [_session(found, current) for found in call.site.entrance.sessions.current(call.session, user_id)]


def _session(found: WebSession, current: int) -> Mapping[str, Any]:
    return {
        "id": found.id,
        "created": _moment(found.created),
        "seen": _moment(found.seen),
        "expires": _moment(found.expires),
        "method": found.method,
        "address": found.address,
        "browser": found.browser,
        "current": found.id == current,
    }


def _token(found: ApiToken) -> Mapping[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "scopes": found.scopes.split(),
        "created": _moment(found.created),
        "expires": _moment(found.expires),
        "used": None if found.used is None else _moment(found.used),
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
