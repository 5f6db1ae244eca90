"""The page that says what went wrong, in the frame of all others."""

from __future__ import annotations

from dataclasses import dataclass

from pyramid.renderers import render
from pyramid.request import Request

from qis_core.web.pages.frame import Frame, framed


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemPage:
    """What the template shows: a heading, and a sentence that is safe for everybody."""

    frame: Frame
    title: str
    sentence: str


def problem_page(request: Request, title: str, sentence: str) -> str:
    """The page's HTML."""
    page = ProblemPage(frame=framed(request, title), title=title, sentence=sentence)
    html: str = render("qis_core.web:templates/problem.jinja2", {"page": page}, request=request)
    return html
