"""Giving a browser its session, and taking it away."""

from __future__ import annotations

from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import UserLoggedIn
from qis_core.services import audit
from qis_core.services.actors import Actor
from qis_core.web.cookies import GUEST, SESSION


def actor(request: Request) -> Actor:
    """Who makes a change, and from where."""
    return Actor(identity=request.identity, address=str(request.qis.proxies.client(request) or ""))


def begin_session(request: Request, response: Response, event: UserLoggedIn) -> str:
    """Logs the browser in with a session of its own, and answers its text; the one that it had before ends."""
    entrance, environ = request.qis.entrance, request.environ
    assert event.identity.id is not None
    text: str = entrance.sessions.start(
        event.identity.id,
        method=event.method,
        address=str(request.qis.proxies.client(request) or ""),
        browser=request.user_agent or "",
        instead_of=entrance.cookies.read(environ, SESSION),
    )
    entrance.cookies.set(environ, response, SESSION, text, entrance.settings.session_seconds)
    entrance.cookies.drop(environ, response, GUEST)
    response.headers["Cache-Control"] = "no-store"
    return text


def end_session(request: Request, response: Response) -> None:
    """Ends the browser's session, if it has one."""
    entrance, environ = request.qis.entrance, request.environ
    login = request.session_login
    if login is not None:
        entrance.sessions.end(entrance.cookies.read(environ, SESSION))
        with request.qis.writing.begin() as session:
            audit.record(session, actor(request), audit.Action.LOGOUT, login.identity.username)
    entrance.cookies.drop(environ, response, SESSION)
    response.headers["Cache-Control"] = "no-store"
