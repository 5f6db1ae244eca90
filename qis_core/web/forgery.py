"""Requests that another site makes a browser send: refused, in forms and in the API (CSRF).

What changes something and rests on a session's cookie needs a CSRF token, as the field
``csrf_token`` or the header ``X-CSRF-Token``, and has to come from a page of this site where the
browser says from where. Calls with a token of the API need neither: nobody else's page has it.
"""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from qis_core.services.refusals import ExplainedRefusal
from qis_core.web import own
from qis_core.web.cookies import GUEST, SESSION
from qis_core.web.forms import form_field
from qis_core.web.methods import READING

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
_GUEST_SECONDS = 86400
_SAFE = READING | {"OPTIONS"}


class ForgeryRefused(ExplainedRefusal):
    """The request may have been made by another site."""


class OtherSession(ForgeryRefused):
    """The form is of a page that was shown to a session which is over, or to another one."""


def includeme(config: Configurator) -> None:
    """Gives requests ``csrf_token()``, and checks every view but those with ``require_csrf=False``."""
    config.add_request_method(csrf_token, "csrf_token")
    config.add_view_deriver(_deriver, name="forgery_checked")


def csrf_token(request: Request) -> str:
    """A token for the forms of this answer.

    A browser that has not logged in gets a cookie with it, so that the answer must not be cached.
    """
    return str(request.qis.entrance.form_tokens.make(_anchor(request) or _new_guest(request)))


def check(request: Request) -> None:
    """Raises ForgeryRefused where the request does not come from a page that this browser was given."""
    _check_origin(request)
    anchor = _anchor(request)
    if not anchor:
        raise ForgeryRefused("the browser did not send back this site's cookie; allow cookies here, and try again")
    token = _sent(request)
    if not token:
        raise ForgeryRefused(f"the CSRF token is missing: send it as the field {FIELD} or the header {HEADER}")
    if not request.qis.entrance.form_tokens.fits(token, anchor):
        raise OtherSession("the CSRF token is of another login; load the page again, and send it once more")


def _deriver(view: Any, info: Any) -> Any:
    if info.exception_only or info.options.get("require_csrf") is False:
        return view

    def checked(context: Any, request: Request) -> Any:
        if request.method not in _SAFE:
            check_view(request)
        return view(context, request)

    return checked


_deriver.options = ("require_csrf",)  # type: ignore[attr-defined]


def check_view(request: Request) -> None:
    """What holds for every view that changes something; one that bounds its body by itself calls it.

    Raises ForgeryRefused.
    """
    if request.session_login is not None:
        check(request)
    elif not _is_api(request):
        if request.identity.scopes is not None:
            raise ForgeryRefused("a named token is for the API, not for pages")
        _check_origin(request)
        # Pages that are shown to the public have no token in their forms.
        if request.identity.is_public and request.content_type != "multipart/form-data" and _sent(request):
            raise OtherSession("your session is over; log in, and send it once more")


def _check_origin(request: Request) -> None:
    origin = request.environ.get("HTTP_ORIGIN")
    if origin is None:
        if request.environ.get("HTTP_SEC_FETCH_SITE", "same-origin") in ("cross-site", "same-site"):
            raise ForgeryRefused("the request was made by a page of another site")
        return
    if origin.lower() not in own.origins(request):
        raise ForgeryRefused(
            f"the request was made by a page of {origin!r}, and this site is {request.host_url}; "
            "where it is called otherwise outside, its operator sets qis.server.public_url"
        )


def _sent(request: Request) -> str:
    header: str = request.headers.get(HEADER, "")
    # An upload is read by its endpoint, piece by piece: it brings its token in the header.
    has_files = request.content_type == "multipart/form-data"
    if header or (_is_api(request) and has_files):
        return header
    return form_field(request, FIELD, files=has_files)


def _anchor(request: Request) -> str:
    cookies, environ = request.qis.entrance.cookies, request.environ
    if request.session_login is not None:
        return str(cookies.read(environ, SESSION))
    guest: str = cookies.read(environ, GUEST)
    return guest if request.qis.entrance.guests.is_ours(guest) else ""


def _new_guest(request: Request) -> str:
    made: str | None = getattr(request, "new_guest", None)
    if made is None:
        made = request.new_guest = request.qis.entrance.guests.make()

        def give(request: Request, response: Response) -> None:
            request.qis.entrance.cookies.set(request.environ, response, GUEST, request.new_guest, _GUEST_SECONDS)

        request.add_response_callback(give)
    return made


def _is_api(request: Request) -> bool:
    path: str = request.environ.get("PATH_INFO", "")
    return path == "/api" or path.startswith("/api/")
