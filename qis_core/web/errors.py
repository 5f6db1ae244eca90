"""Errors as answers: one table from error to status, and one shape for each kind of client.

Under ``/api/`` an error is the JSON envelope, at an image URL a sentence of plain text, elsewhere
a small page. Nothing of the server's inside ever goes out.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from pyramid.config import Configurator
from pyramid.exceptions import PredicateMismatch, URLDecodeError
from pyramid.httpexceptions import HTTPException, HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from webob.request import DisconnectionError

from qis_core.api import (
    AlreadyExists,
    BadOption,
    BrokenImage,
    NotFound,
    NotThisFormat,
    QisError,
    Refused,
    TookTooLong,
    TooLarge,
    Unavailable,
    UnknownColour,
    UnsupportedFeature,
)
from qis_core.services.logins import LoginRefused
from qis_core.services.refusals import ExplainedRefusal
from qis_core.web.forgery import OtherSession
from qis_core.web.methods import allowed_methods
from qis_core.web.pages.kept import KeptForm, kept_form
from qis_core.web.pages.login import resume, session_over
from qis_core.web.pages.problem import problem_page
from qis_core.web.ready import SHARED
from qis_core.web.security import brings_identity

log = logging.getLogger("qis.web")

IMAGE_PATH = re.compile(r"/(image|original|erez[0-9]?/erez)/?")
"""Where an error is a sentence of text: what asks there is an ``<img>`` or a program."""

STATUSES: Mapping[type[QisError], int] = {
    QisError: 500,
    BadOption: 400,
    UnknownColour: 415,
    NotThisFormat: 415,
    BrokenImage: 415,
    UnsupportedFeature: 415,
    TooLarge: 413,
    TookTooLong: 503,
    NotFound: 404,
    AlreadyExists: 409,
    Refused: 403,
    Unavailable: 503,
}
"""The status of each error; a class that is not here has its nearest parent's."""

_TAKES_DETAIL: Mapping[int, str] = {
    400: "Invalid parameter",
    404: "The requested item was not found",
    409: "The specified item already exists",
    413: "The image or request is too large",
    415: "Invalid or unsupported image file",
}
_FIXED: Mapping[int, str] = {
    401: "Not authenticated",
    403: "Unauthorised request",
    405: "Method Not Allowed",
    500: "Internal error",
    503: "The server is too busy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What goes wrong for a client: a status, a sentence (or '') and headers.

    Where the contract's message has no place for the sentence, it has one if it is ``explained``. ``code`` is the
    error's own ('': it is none of ours).
    """

    status: int
    detail: str = ""
    code: str = ""
    explained: bool = False
    headers: Mapping[str, str] | None = None


def includeme(config: Configurator) -> None:
    """Registers the views of exceptions."""
    config.add_exception_view(on_error, context=QisError)
    config.add_exception_view(on_http_exception, context=HTTPException)
    config.add_notfound_view(on_not_found)
    config.add_exception_view(on_undecodable, context=URLDecodeError)
    config.add_exception_view(on_disconnected, context=DisconnectionError)
    config.add_exception_view(on_unexpected, context=Exception)


def status_of(error: QisError) -> int:
    """The status that the table has for the error or its nearest parent."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def api_message(status: int, detail: str, *, explained: bool = False) -> str:
    """The contract's text of a status, with the detail in brackets where that has one or it is ``explained``."""
    if status in _TAKES_DETAIL:
        return f"{_TAKES_DETAIL[status]} ({detail})" if detail else _TAKES_DETAIL[status]
    fixed = _FIXED.get(status) or _phrase(status)
    return f"{fixed} ({detail})" if detail and explained else fixed


def on_error(error: QisError, request: Request) -> Response:
    """An error that was raised on purpose."""
    status = status_of(error)
    if status == 500:
        return on_unexpected(error, request)
    headers = {}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    elif isinstance(error, TookTooLong):
        headers["Retry-After"] = "60"
    elif isinstance(error, OtherSession) and (kept := _kept(request)) is not None:
        return resume(request, kept) if request.session_login is not None else session_over(request, kept)
    elif isinstance(error, Refused) and not isinstance(error, LoginRefused):
        _log_refusal(request, error.message)
    explained = isinstance(error, ExplainedRefusal)
    return answer(
        request, Problem(status=status, detail=error.message, code=error.code, explained=explained, headers=headers)
    )


def _log_refusal(request: Request, reason: str) -> None:
    site, path = request.qis, request.environ.get("PATH_INFO", "")
    address = str(site.proxies.client(request) or "")
    site.audit.refused(request.identity, address, f"{request.method} {path}: {reason}")


def on_http_exception(error: HTTPException, request: Request) -> Response:
    """An error or redirection of Pyramid's own."""
    if error.status_int < 400:
        return error
    headers = {name: value for name, value in error.headers.items() if name.lower() in ("allow", "retry-after")}
    if error.status_int == 405 and request.method == "OPTIONS":
        return Response(status=200, headers=headers)
    if getattr(error, "result", None) is not None and request.identity.is_public:
        # A view's permission was asked for: all such views need a login, so that is what to tell.
        if request.method in ("GET", "HEAD") and not _is_for_programs(request):
            return HTTPSeeOther("/login/?" + urlencode({"next": request.path_qs}))
        if (kept := _kept(request)) is not None:
            return session_over(request, kept)
        return answer(request, Problem(status=401, detail="you need to log in first"))
    if error.status_int == 403:
        _log_refusal(request, "not for this account")
    # Pyramid's own details of these two tell of routes and permissions, which nobody outside needs.
    detail = error.detail if error.status_int not in (403, 404) else ""
    return answer(request, Problem(status=error.status_int, detail=detail or "", headers=headers))


def _kept(request: Request) -> KeptForm | None:
    """What was typed on a page whose session is over; programs are told so by the status alone."""
    if _is_for_programs(request):
        return None
    try:
        return kept_form(request)
    except QisError:
        return None


def on_not_found(error: HTTPException, request: Request) -> Response:
    """No such page; or one that exists, asked with a method that it does not have."""
    methods = allowed_methods(request) if isinstance(error, PredicateMismatch) else frozenset()
    headers = {"Allow": ", ".join(sorted(methods))}
    if methods and request.method == "OPTIONS":
        return Response(status=200, headers=headers)
    if not methods or request.method in methods:
        return answer(request, Problem(status=404))
    return answer(request, Problem(status=405, headers=headers))


def on_undecodable(_error: URLDecodeError, request: Request) -> Response:
    """A path whose bytes are no text: nothing has such a name."""
    return answer(request, Problem(status=404))


def on_disconnected(_error: DisconnectionError, request: Request) -> Response:
    """A client that hung up before all of its request was there; nobody reads this."""
    return answer(request, Problem(status=400, detail="the request ended too early"))


def on_unexpected(error: BaseException, request: Request) -> Response:
    """Everything else: told to the log with the request's id, and to the client by that id alone."""
    log.error(
        "request %s failed: %s %s", request.id, request.method, request.environ.get("PATH_INFO", ""), exc_info=error
    )
    return answer(request, Problem(status=500, headers={"X-Request-Id": request.id}))


def answer(request: Request, problem: Problem) -> Response:
    """The problem in the shape that this request's client reads."""
    path = request.environ.get("PATH_INFO", "")
    if _is_api(path):
        response = Response(
            json_body={
                "status": problem.status,
                "message": api_message(problem.status, problem.detail, explained=problem.explained),
                "data": None,
            }
        )
    elif IMAGE_PATH.fullmatch(path):
        response = Response(_sentence(problem, request) + "\n", content_type="text/plain", charset="utf-8")
        if not brings_identity(request.environ):
            # What the public is told, a page of another origin may tell its visitors.
            response.headers.update(SHARED)
    else:
        response = Response(_page(problem, request), content_type="text/html", charset="utf-8")
    response.status_int = problem.status
    response.headers.update(problem.headers or {})
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_api(path: str) -> bool:
    return path == "/api" or path.startswith("/api/")


def _is_for_programs(request: Request) -> bool:
    """Whether what asks reads a status, and is not shown a page to log in at."""
    path = request.environ.get("PATH_INFO", "")
    return (
        _is_api(path) or IMAGE_PATH.fullmatch(path) is not None or "text/html" not in request.headers.get("Accept", "")
    )


def _sentence(problem: Problem, request: Request) -> str:
    if problem.status == 500:
        return f"Something went wrong on our side. It is in the server's log as {request.id}."
    return problem.detail or _phrase(problem.status)


def _page(problem: Problem, request: Request) -> str:
    return problem_page(request, problem.status, _phrase(problem.status), _sentence(problem, request), problem.code)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"
