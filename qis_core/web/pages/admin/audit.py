"""``/admin/audit/``: who did what, when and from where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pyramid.config import Configurator
from pyramid.request import Request

from qis_core.api import BadOption, Right
from qis_core.db.audit import AuditEntry
from qis_core.services.audit import Action, Wanted, entries
from qis_core.web.log_in import actor
from qis_core.web.pages.admin.sections import AdminPage, add_page, sections_for
from qis_core.web.pages.doing import NOTHING_TYPED, Typed
from qis_core.web.pages.frame import asked, framed, url

AT_ONCE = 100
"""Entries of one page."""

_FILTERS = ("action", "username", "address", "subject", "since", "until")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """An entry; ``who`` is '' for the server itself, ``details`` are pairs of a name and a text."""

    at: datetime
    action: str
    who: str
    address: str
    subject: str
    details: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage(AdminPage):
    """What the log shows; ``asked`` are the filters as they stand in the form."""

    entries: Sequence[EntryRow]
    actions: Sequence[tuple[str, str]]
    asked: dict[str, str]
    next_href: str


def includeme(config: Configurator) -> None:
    """Registers the route ``admin.audit``."""
    add_page(config, "admin.audit", "/admin/audit/", "admin-audit.jinja2", get=show)


def show(request: Request) -> dict[str, AuditPage]:
    """The latest entries that fit the filters."""
    actor(request).require(Right.ADMIN_ALL)
    given = {name: asked(request).get(name, "").strip()[:200] for name in _FILTERS}
    before, typed = asked(request).get("before", ""), NOTHING_TYPED
    found: Sequence[AuditEntry] = ()
    try:
        found = entries(request.dbsession, _wanted(given, before), AT_ONCE + 1)
    except BadOption as error:
        request.response.status_int = 400
        values = {name: [text] for name, text in given.items()}
        typed = Typed(
            form="show", values=values, problem=error.message, wrong_field=error.option, allowed=error.allowed
        )
    page = found[:AT_ONCE]
    return {
        "page": AuditPage(
            frame=framed(request, "Audit log"),
            sections=sections_for(request),
            said="",
            typed=typed,
            entries=[_row(each) for each in page],
            actions=[("", "All"), *((action.value, action.value.capitalize()) for action in Action)],
            asked=given,
            next_href=url("/admin/audit/", **given, before=page[-1].id) if len(found) > AT_ONCE else "",
        )
    }


def _wanted(given: dict[str, str], before: str) -> Wanted:
    texts = {name: given[name].replace("\0", "") or None for name in _FILTERS}
    return Wanted(
        action=texts["action"],
        username=texts["username"],
        address=texts["address"],
        subject=texts["subject"],
        since=_day("since", given["since"]),
        until=_day("until", given["until"]),
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None,
    )


def _day(name: str, text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) if text else None
    except ValueError as error:
        raise BadOption(name, text, "a day such as 2030-01-31") from error


def _row(found: AuditEntry) -> EntryRow:
    return EntryRow(
        at=found.at,
        action=found.action,
        who=found.username,
        address=found.address,
        subject=found.subject,
        details=[(name.replace("_", " "), str(value)) for name, value in found.details.items()],
    )
