"""The page that says what went wrong and what to do next, in the frame of all others."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from pyramid.renderers import render
from pyramid.request import Request

from qis_core.api import PUBLIC
from qis_core.web.pages.frame import Frame, address, make_frame

log = logging.getLogger("qis.web")

HEADINGS = {
    400: "That cannot be done",
    401: "Please log in",
    403: "This is not for you to see",
    404: "There is nothing here",
    405: "That is not how this works",
    409: "There is one already",
    413: "That is too large",
    415: "That is no picture that can be read here",
    500: "Something went wrong on our side",
    503: "A moment, please",
}
"""What a status means to a person; others have the phrase of HTTP."""

ADVICE = {
    401: "Log in, and you come back to this page.",
    403: "If you think that it should be: log in, with another account perhaps, or ask an administrator of this site. "
    "They can see which group and which folder decide.",
    404: "The picture or page may have been moved or renamed. Look for it in the library, or search for its name.",
    413: "Choose a smaller size or file.",
    415: "Open the file in the program that made it, and save it as JPEG, PNG, TIFF or another format of this server.",
    500: "Try again. If it happens once more, tell an administrator the number above: it finds the cause in the log.",
    503: "This passes, and nothing is lost: wait a little, and try again.",
}
"""What to do next."""


BY_CODE = {
    "unwritten-name": (
        "This picture has no page",
        "On the server's disk: mv for one file, convmv for many. Then look again.",
    ),
}
"""Heading and advice for errors that are more particular than their status, by their codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemPage:
    """What the template shows: a heading, a sentence that is safe for everybody, and what to do next.

    ``sentence`` is '' where there is no more to tell than the heading does; ``retry`` is the address to try once more
    ('' where that is of no use).
    """

    frame: Frame
    status: int
    title: str
    sentence: str
    advice: str
    retry: str = ""


def problem_page(request: Request, status: int, title: str, sentence: str, code: str = "") -> str:
    """The page's HTML; ``code`` is the error's."""
    heading, advice = BY_CODE.get(code, (HEADINGS.get(status, title), ADVICE.get(status, "")))
    page = ProblemPage(
        frame=_frame(request, title),
        status=status,
        title=heading,
        sentence=sentence.removeprefix(f"{heading}. ") if sentence != title else "",
        advice=advice,
        retry=address(request) if status == 503 and request.method in ("GET", "HEAD") else "",
    )
    html: str = render("problem.jinja2", {"page": page}, request=request)
    return html


def _frame(request: Request, title: str) -> Frame:
    """The frame as the caller would see it; as everybody does where records or session fail as well."""
    try:
        return make_frame(request, title, identity=request.identity or PUBLIC)
    except Exception:
        log.warning("the frame of an error page could not be made for who asks", exc_info=True)
        return make_frame(request, title)
