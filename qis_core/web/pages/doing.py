"""Pages with several small forms: the field ``do`` of each tells what it wants done.

What was done leads back to the page, which then says so. What could not be done shows the form
again, with what was typed and a sentence about what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TypeVar

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response

from qis_core.api import BadOption, QisError
from qis_core.web.errors import status_of
from qis_core.web.forms import form_field
from qis_core.web.pages.frame import asked, url
from qis_core.web.pages.kept import SECRETS

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a form brought that could not be done.

    ``form`` is its field ``do`` ('' where nothing was sent), ``values`` what was typed, secrets left
    out, and ``problem`` a sentence. ``wrong_field`` is the name of the field that is wrong ('' for
    all of it), ``allowed`` what it must be.
    """

    form: str = ""
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problem: str = ""
    wrong_field: str = ""
    allowed: str = ""

    def value(self, form: str, name: str, otherwise: object = "") -> object:
        """What stands in a field: what was typed there, or else ``otherwise``."""
        return self.values[name][-1] if form == self.form and self.values.get(name) else otherwise

    def ticked(self, form: str, name: str, otherwise: bool = False, value: str = "1") -> bool:
        """Whether a box is ticked: as it was sent, or else as ``otherwise`` says."""
        return value in self.values.get(name, ()) if form == self.form else otherwise

    def wrong(self, form: str, name: str) -> str:
        """What is wrong with a field, or ''."""
        return f"It must be {self.allowed}." if form == self.form and name == self.wrong_field else ""


NOTHING_TYPED = Typed()

CALLED = {"old": "The current password", "again": "The repeated password"}
"""Fields whose names say little, as a sentence calls them."""


def do(request: Request, actions: Mapping[str, Callable[[Request], T]], *, alone: Collection[str] = ()) -> T | Typed:
    """Does what the form asks for, as a whole or not at all, and answers what the action does.

    Those that are named in ``alone`` open transactions of their own, and so must not be within the
    request's. Raises BadOption for a form that the page has not.
    """
    wanted = form_field(request, "do")
    if wanted not in actions:
        raise BadOption("do", wanted, "one of " + ", ".join(actions))
    try:
        with nullcontext() if wanted in alone else request.dbsession.begin_nested():
            return actions[wanted](request)
    except QisError as error:
        status = status_of(error)
        if status >= 500:
            raise
        request.response.status_int = status
        return _typed(request, wanted, error)


def back(request: Request, said: str, **kept: object) -> Response:
    """To the page itself, which then says ``said``."""
    return HTTPSeeOther(url(request.path, **kept, said=said))


def told(request: Request, sentences: Mapping[str, str]) -> str:
    """What the page says about what was done before, or ''."""
    return sentences.get(asked(request).get("said", ""), "")


def texts(request: Request, *names: str) -> dict[str, str]:
    """Fields of the form by name, without blanks around them."""
    return {name: form_field(request, name).strip() for name in names}


def number(request: Request, name: str) -> int:
    """A whole number that a form brings. Raises BadOption."""
    text = form_field(request, name).strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadOption(name, text, "a whole number")
    return int(text)


def _typed(request: Request, form: str, error: QisError) -> Typed:
    sent = {name: [text for text in request.POST.getall(name) if isinstance(text, str)] for name in request.POST}
    wrong = error.option if isinstance(error, BadOption) and error.option in sent else ""
    return Typed(
        form=form,
        values={name: values for name, values in sent.items() if name not in SECRETS},
        problem=sentence(error),
        wrong_field=wrong,
        allowed=error.allowed if isinstance(error, BadOption) and wrong else "",
    )


def sentence(error: QisError) -> str:
    """What was wrong, as one would say it: of a field what it must be; with a full stop, and with a capital where it
    does not begin with an option's name."""
    text = error.message
    if isinstance(error, BadOption):
        # What stands in brackets tells of something that is not to be shown, such as a password.
        sent = f", not “{error.sent}”" if error.sent and not error.sent.startswith("(") else ""
        text = f"{CALLED.get(error.option, error.option)} must be {error.allowed}{sent}"
    else:
        text = text[:1].upper() + text[1:]
    return text + ("" if text.endswith((".", "!", "?")) else ".")
