"""Logging in and out: with a name and a password, or at an identity provider."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from urllib.parse import urlsplit

from itsdangerous import BadData
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound, HTTPSeeOther
from pyramid.renderers import render
from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import NotFound, QisError, RedirectAuthenticator, Refused, Unavailable, UserLoggedIn
from qis_core.settings import ServerSettings
from qis_core.web import forgery, own
from qis_core.web.clients import throttle_key
from qis_core.web.cookies import GUEST
from qis_core.web.forms import form_field
from qis_core.web.log_in import begin_session, end_session
from qis_core.web.pages.frame import POLICY, Frame, Link, asked, framed, make_frame, url
from qis_core.web.pages.kept import KEPT, KeptForm, read_kept

_STATE_SECONDS = 600
_LONGEST_NEXT = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPage:
    """What the form shows: what was typed (never the password), what went wrong, and other ways to log in.

    ``kept`` is what was typed into another form, whose session is over, and ``shown`` what people know of it.
    """

    frame: Frame
    csrf: str
    next: str
    username: str = ""
    problem: str = ""
    providers: Sequence[Link] = ()
    kept: str = ""
    shown: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumePage:
    """What was typed before: ``action`` is where it goes, ``fields`` are all of it, ``shown`` is what people know
    of it."""

    frame: Frame
    action: str
    fields: Sequence[tuple[str, str]]
    shown: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutPage:
    """The question whether to log out."""

    frame: Frame
    csrf: str
    next: str
    username: str


def includeme(config: Configurator) -> None:
    """Registers ``login``, ``logout`` and the way to and from identity providers."""
    config.add_route("login", "/login/")
    config.add_route("login.begin", "/login/with/{name}/")
    config.add_route("login.finish", "/login/from/{name}/")
    config.add_route("logout", "/logout/")
    config.add_view(show_login, route_name="login", renderer="login.jinja2", request_method="GET")
    config.add_view(do_login, route_name="login", renderer="login.jinja2", request_method="POST", require_csrf=False)
    config.add_view(begin, route_name="login.begin", request_method="GET")
    config.add_view(finish, route_name="login.finish", request_method="GET")
    config.add_view(show_logout, route_name="logout", renderer="logout.jinja2", request_method="GET")
    config.add_view(do_logout, route_name="logout", request_method="POST", require_csrf=False)


def show_login(request: Request) -> Response | dict[str, LoginPage]:
    """The form; who is logged in already goes on at once."""
    place = _next(request, asked(request).get("next", ""))
    if request.session_login is not None:
        return HTTPSeeOther(place)
    return _form(request, place)


def do_login(request: Request) -> Response | dict[str, LoginPage]:
    """Logs in and goes on, or shows the form with what was typed and what is wrong."""
    username, password, place = (form_field(request, name) for name in ("username", "password", "next"))
    place, kept = _next(request, place), read_kept(form_field(request, KEPT))
    if kept is not None and request.session_login is not None:
        # They have logged in elsewhere meanwhile. Nothing is done here but asking.
        return resume(request, kept)
    try:
        forgery.check(request)
        client = throttle_key(request.qis.proxies.client(request))
        event = request.qis.logins.login(username, password, client=client)
    except (Refused, Unavailable) as error:
        request.response.status_int = 503 if isinstance(error, Unavailable) else 403
        if isinstance(error, Unavailable):
            request.response.headers["Retry-After"] = str(error.retry_after)
        return _form(request, place, username=username, problem=error.message, kept=kept)
    if kept is None:
        return _go_on(request, place, event)
    response = Response(content_type="text/html", charset="utf-8")
    csrf = request.qis.entrance.form_tokens.make(begin_session(request, response, event))
    response.text = _resume_page(request, kept, make_frame(request, "Send it", identity=event.identity), str(csrf))
    response.headers["Content-Security-Policy"] = POLICY
    return response


def session_over(request: Request, kept: KeptForm) -> Response:
    """Says that the session is over, and keeps what was typed while its writer logs in again."""
    page = _form(request, "/", kept=kept)
    return _response(request, render("login.jinja2", page, request=request), 403)


def resume(request: Request, kept: KeptForm) -> Response:
    """Asks whether what was typed before is to be sent, for whoever is logged in now."""
    frame = framed(request, "Send it")
    return _response(request, _resume_page(request, kept, frame, request.csrf_token()), 200)


def _resume_page(request: Request, kept: KeptForm, frame: Frame, csrf: str) -> str:
    frame = replace(frame, csrf=csrf)
    page = ResumePage(frame=frame, action=kept.path, fields=kept.fields, shown=kept.shown)
    html: str = render("resume.jinja2", {"page": page}, request=request)
    return html


def _response(request: Request, html: str, status: int) -> Response:
    response = Response(html, content_type="text/html", charset="utf-8", status=status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = POLICY
    return response


def begin(request: Request) -> Response:
    """Sends the browser to an identity provider."""
    provider, place = _provider(request), _next(request, asked(request).get("next", ""))
    request.csrf_token()
    guest = getattr(request, "new_guest", None) or request.qis.entrance.cookies.read(request.environ, GUEST)
    state: str = request.qis.entrance.states.dumps([provider.name, place, _mark(guest)])
    response = HTTPFound(provider.begin(_callback(request, provider), state))
    response.headers["Cache-Control"] = "no-store"
    return response


def finish(request: Request) -> Response | dict[str, LoginPage]:
    """Takes the browser back from an identity provider."""
    provider, parameters = _provider(request), dict(asked(request))
    state = parameters.get("state", "")
    place = _place_of(request, provider, state)
    found = provider.finish(_callback(request, provider), parameters, state)
    client = throttle_key(request.qis.proxies.client(request))
    return _go_on(request, place, request.qis.logins.enter(found, provider.name, client=client))


def show_logout(request: Request) -> Response | dict[str, LogoutPage]:
    """Asks first: anybody's page could lead here."""
    place = _next(request, asked(request).get("next", ""))
    if request.session_login is None:
        return HTTPSeeOther(place)
    frame = framed(request, "Log out")
    return {"page": LogoutPage(frame=frame, csrf=request.csrf_token(), next=place, username=request.identity.username)}


def do_logout(request: Request) -> Response:
    """Ends the session; where there is none any more, there is nothing to refuse."""
    if request.session_login is not None:
        forgery.check(request)
    response = HTTPSeeOther(_next(request, form_field(request, "next")))
    end_session(request, response)
    return response


def _form(
    request: Request, place: str, *, username: str = "", problem: str = "", kept: KeptForm | None = None
) -> dict[str, LoginPage]:
    frame = framed(request, "Log in")
    request.response.headers["Cache-Control"] = "no-store"
    request.response.headers["Content-Security-Policy"] = _policy(place)
    ways = request.qis.entrance.providers.values()
    return {
        "page": LoginPage(
            frame=frame,
            csrf=request.csrf_token(),
            next=place,
            username=username[:120],
            problem=problem,
            providers=[Link(text=way.label, href=url(f"/login/with/{way.name}/", next=place)) for way in ways],
            kept=kept.text if kept else "",
            shown=kept.shown if kept else (),
        )
    }


def _go_on(request: Request, place: str, event: UserLoggedIn) -> Response:
    response = HTTPSeeOther(place)
    begin_session(request, response, event)
    return response


def _policy(place: str) -> str:
    """The pages' policy; a form whose answer leads to another host must be allowed to."""
    parts = urlsplit(place)
    further = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return POLICY.replace("form-action 'self'", f"form-action 'self'{further}")


def _next(request: Request, text: str) -> str:
    return own.place(request, text[:_LONGEST_NEXT]) or "/"


def _provider(request: Request) -> RedirectAuthenticator:
    found: RedirectAuthenticator | None = request.qis.entrance.providers.get(request.matchdict["name"])
    if found is None:
        raise NotFound("there is no such way to log in")
    return found


def _callback(request: Request, provider: RedirectAuthenticator) -> str:
    host: str = request.qis.settings(ServerSettings).public_url or request.host_url
    return f"{host.rstrip('/')}/login/from/{provider.name}/"


def _place_of(request: Request, provider: RedirectAuthenticator, state: str) -> str:
    """Where a state leads to that was made for this browser and provider. Raises Refused."""
    guest = request.qis.entrance.cookies.read(request.environ, GUEST)
    try:
        name, place, mark = request.qis.entrance.states.loads(state, max_age=_STATE_SECONDS)
    except (BadData, ValueError, TypeError) as error:
        raise _lost() from error
    if name != provider.name or not guest or not hmac.compare_digest(mark, _mark(guest)):
        raise _lost()
    return str(place)


def _lost() -> QisError:
    return Refused("this login was begun by another browser, or more than ten minutes ago; please begin again")


def _mark(guest: str) -> str:
    return sha256(f"login state\0{guest}".encode()).hexdigest()[:32]
