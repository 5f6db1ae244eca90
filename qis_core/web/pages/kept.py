"""What was typed into a form whose session was over by then: kept through the login, and sent when its writer says so.

It travels in the pages themselves: nothing of it is stored, and passwords are left out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pyramid.request import Request

from qis_core.domain.query import readable
from qis_core.web.forgery import FIELD
from qis_core.web.forms import form_field
from qis_core.web.pages.frame import address
from qis_core.web.pages.scheme import local_path

SECRETS = frozenset({"csrf_token", "old", "password", "again"})
"""Fields that are never shown again."""

KEPT = "kept"
"""The field of the login form that carries it."""

_FORM = "application/x-www-form-urlencoded"
_LONGEST_SHOWN = 300
_MOST_SHOWN = 30
_HIDDEN = frozenset({"do", "back", "path", "src"})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptForm:
    """Where the form was sent, and its fields in their order, some maybe more than once."""

    path: str
    fields: Sequence[tuple[str, str]]

    @property
    def text(self) -> str:
        """All of it, for a hidden field."""
        return json.dumps([self.path, self.fields], separators=(",", ":"))

    @property
    def shown(self) -> Sequence[tuple[str, str]]:
        """What people know of it: the fields that they filled in, cut to a readable length."""
        typed = [(name, text) for name, text in self.fields if name not in _HIDDEN and text][:_MOST_SHOWN]
        return [(name.replace("_", " ").capitalize(), readable(text[:_LONGEST_SHOWN])) for name, text in typed]


def kept_form(request: Request) -> KeptForm | None:
    """The form that this request sends; None where it is none of a page that somebody had who was logged in."""
    if request.method != "POST" or request.content_type != _FORM or not form_field(request, FIELD):
        return None
    fields = [(name, text) for name, text in request.POST.items() if isinstance(text, str) and name not in SECRETS]
    return KeptForm(path=address(request), fields=fields)


def read_kept(text: str) -> KeptForm | None:
    """What the field `KEPT` carries; None for nothing, and for what is no such thing."""
    try:
        path, fields = json.loads(text)
        pairs = [(str(name), str(value)) for name, value in fields]
        return KeptForm(path=local_path(path), fields=[pair for pair in pairs if pair[0] not in SECRETS])
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
