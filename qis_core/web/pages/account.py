"""One's own account: name and address, password, the browsers that are logged in, and named tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import BadOption, Scope, UserLoggedIn
from qis_core.db.times import now
from qis_core.db.users import AuthType, User
from qis_core.services.account_changes import AccountChanges
from qis_core.services.accounts import LONGEST_PASSWORD
from qis_core.services.logins import LoginRefused
from qis_core.services.named_tokens import LONGEST_DAYS, TokenChanges
from qis_core.services.startup import password_keepers
from qis_core.web.api.fields import Secret, Text, read_fields
from qis_core.web.clients import throttle_key
from qis_core.web.forms import form_field
from qis_core.web.log_in import actor, begin_session
from qis_core.web.pages.doing import NOTHING_TYPED, Typed, back, do, number, texts, told
from qis_core.web.pages.frame import Frame, framed
from qis_core.web.security import LOGGED_IN

PERSON = (Text("first_name", maximum=120), Text("last_name", maximum=120), Text("email", maximum=320))
"""The fields that everybody may change of their own."""

SCOPES = {
    Scope.READ: "Look at pictures, and download originals",
    Scope.UPLOAD: "Upload",
    Scope.FILES: "Edit, move and delete pictures and folders",
    Scope.FOLIOS: "Work on portfolios",
    Scope.ADMIN: "Administer what the account may",
}
"""What each scope lets a token do; never more than the account itself may."""

_SAID = {
    "profile": "Your name and address are saved.",
    "password": "The password is changed. All other browsers are logged out; named tokens go on working.",
    "ended": "That browser is logged out.",
    "others": "All other browsers are logged out.",
    "revoked": "The token is revoked; programs that use it are refused from now on.",
}
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A browser that is logged in; ``browser`` in words, ``current`` where it is the one that asks."""

    id: int
    browser: str
    address: str
    created: datetime
    seen: datetime
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A named token; ``used`` is None where it never was."""

    id: int
    name: str
    scopes: Sequence[str]
    created: datetime
    expires: datetime
    used: datetime | None
    has_expired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage:
    """What the template shows.

    ``external`` tells that a directory keeps the password, ``may_have_tokens`` that the account may use the API.
    ``new_token`` is the text of a token that was just made, the only time that it can be shown.
    ``scopes`` are pairs of a scope and what it is for.
    """

    frame: Frame
    username: str
    first_name: str
    last_name: str
    email: str
    groups: Sequence[str]
    external: bool
    may_have_tokens: bool
    sessions: Sequence[SessionRow]
    tokens: Sequence[TokenRow]
    scopes: Sequence[tuple[str, str]]
    longest_days: int
    said: str
    typed: Typed
    new_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """The text of a token that was just made."""

    text: str


def includeme(config: Configurator) -> None:
    """Registers the route ``account``."""
    config.add_route("account", "/account/")
    common = {"route_name": "account", "renderer": "account.jinja2", "permission": LOGGED_IN}
    config.add_view(account, request_method="GET", **common)
    config.add_view(change, request_method="POST", **common)


def account(request: Request) -> dict[str, AccountPage]:
    """The page."""
    return {"page": _page(request)}


def change(request: Request) -> Response | dict[str, AccountPage]:
    """Does what one of the forms asks for."""
    done = do(request, _DOING, alone=("password",))
    if isinstance(done, NewToken):
        page = _page(request, new_token=done.text)
        request.response.headers["Cache-Control"] = "no-store"
        return {"page": page}
    return {"page": _page(request, typed=done)} if isinstance(done, Typed) else done


def _profile(request: Request) -> Response:
    _changes(request).change(request.identity.id, read_fields(PERSON, texts(request, *(each.name for each in PERSON))))
    return back(request, "profile")


def _password(request: Request) -> Response:
    old, new = form_field(request, "old"), form_field(request, "password")
    if new != form_field(request, "again"):
        raise BadOption("again", "(another)", "the same as the new password")
    Secret("password", minimum=1, maximum=LONGEST_PASSWORD).read(new)
    site, identity = request.qis, request.identity
    try:
        site.logins.confirm(identity.username, old, client=throttle_key(site.proxies.client(request)))
    except LoginRefused as error:
        raise BadOption("old", "(what was typed)", "the one that you log in with") from error
    had_session = request.session_login is not None
    # In a transaction of its own: the new session needs the account's new stamp.
    with site.writing.begin() as session:
        AccountChanges(session, actor(request), password_keepers(site.kernel)).change(identity.id, {"password": new})
    response = back(request, "password")
    if had_session:
        begin_session(request, response, UserLoggedIn(identity=identity, method="password"))
    return response


def _end_session(request: Request) -> Response:
    which = number(request, "session")
    _changes(request).end_session(request.identity.id, which)
    return HTTPSeeOther("/login/") if which == _current(request) else back(request, "ended")


def _end_others(request: Request) -> Response:
    _changes(request).end_sessions(request.identity.id, but=_current(request))
    return back(request, "others")


def _add_token(request: Request) -> NewToken:
    name, days = form_field(request, "name"), number(request, "days")
    _made, text = _tokens(request).add(request.identity.id, name, request.POST.getall("scopes"), days)
    return NewToken(text=text)


def _revoke(request: Request) -> Response:
    _tokens(request).revoke(request.identity.id, number(request, "token"))
    return back(request, "revoked")


_DOING = {
    "profile": _profile,
    "password": _password,
    "end_session": _end_session,
    "end_others": _end_others,
    "add_token": _add_token,
    "revoke": _revoke,
}


def _page(request: Request, *, typed: Typed = NOTHING_TYPED, new_token: str = "") -> AccountPage:
    user: User = _changes(request).get(request.identity.id)
    return AccountPage(
        frame=framed(request, "Account"),
        username=user.username,
        first_name=user.first_name,
        last_name=user.last_name,
        email=user.email,
        groups=sorted(request.identity.groups),
        external=user.auth_type != AuthType.PASSWORD,
        may_have_tokens=user.allow_api and request.identity.scopes is None,
        sessions=list(_sessions(request)),
        tokens=list(_token_rows(request)) if request.identity.scopes is None else (),
        scopes=[(scope.value, words) for scope, words in SCOPES.items()],
        longest_days=LONGEST_DAYS,
        said=told(request, _SAID),
        typed=typed,
        new_token=new_token,
    )


def _sessions(request: Request) -> Iterator[SessionRow]:
    current = _current(request)
    for found in request.qis.entrance.sessions.current(request.dbsession, request.identity.id):
        yield SessionRow(
            id=found.id,
            browser=browser_words(found.browser),
            address=found.address,
            created=found.created,
            seen=found.seen,
            current=found.id == current,
        )


def _token_rows(request: Request) -> Iterator[TokenRow]:
    moment = now()
    for found in _tokens(request).all(request.identity.id):
        yield TokenRow(
            id=found.id,
            name=found.name,
            scopes=found.scopes.split(),
            created=found.created,
            expires=found.expires,
            used=found.used,
            has_expired=found.expires <= moment,
        )


def browser_words(agent: str) -> str:
    """What a browser says of itself, as people call it: ``Firefox on Linux``."""
    name = next((words for sign, words in _BROWSERS if sign in agent), agent[:60] or "A program")
    system = next((words for sign, words in _SYSTEMS if sign in agent), "")
    return f"{name} on {system}" if system else name


def _current(request: Request) -> int:
    login = request.session_login
    return 0 if login is None else login.number


def _changes(request: Request) -> AccountChanges:
    return AccountChanges(request.dbsession, actor(request), password_keepers(request.qis.kernel))


def _tokens(request: Request) -> TokenChanges:
    return TokenChanges(request.dbsession, actor(request), request.qis.entrance.token_mint)
