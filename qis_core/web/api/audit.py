"""The audit log: who did what, when and from where."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from qis_core.api import BadOption, Right
from qis_core.db.audit import AuditEntry
from qis_core.services.audit import Action, Wanted, entries
from qis_core.web.api import objects
from qis_core.web.api.account import MOMENT
from qis_core.web.api.endpoints import Call, Endpoints
from qis_core.web.api.fields import Choice, Number, Text

endpoints = Endpoints("Audit log")

ENTRY = objects.record(
    id=objects.INTEGER,
    at=MOMENT,
    action=objects.TEXT,
    user_id=objects.or_null(objects.INTEGER),
    username=objects.TEXT,
    address=objects.TEXT,
    subject=objects.TEXT,
    details={"type": "object"},
)
PAGE = objects.record(entries=objects.many(ENTRY), before=objects.or_null(objects.INTEGER))


@endpoints.get(
    "admin/audit",
    "The audit log, the latest entries first",
    query=[
        Choice("action", choices=tuple(action.value for action in Action), help="Only entries of this kind"),
        Number("user_id", help="Only what this user did"),
        Text("username", maximum=120, lines=True, help="Only what was done or tried by this name"),
        Text("address", maximum=60, help="Only from this address"),
        Text("subject", lines=True, help="Only about what has this text in it"),
        Text("since", maximum=40, help="Only from this moment on (ISO 8601; without a zone, UTC)"),
        Text("until", maximum=40, help="Only before this moment"),
        Number("before", help="Only entries with a smaller number: the answer's `before` gives the next page"),
        Number("limit", minimum=1, maximum=1000, default=100),
    ],
    gives=PAGE,
)
def list_entries(call: Call) -> object:
    """Needs a super user. ``before`` of the answer is null on the last page."""
    call.actor.require(Right.ADMIN_ALL)
    asked = dict(call.query)
    limit = asked.pop("limit")
    for name in ("since", "until"):
        if name in asked:
            asked[name] = _moment(name, asked[name])
    found = entries(call.session, Wanted(**asked), limit + 1)
    page = found[:limit]
    return {"entries": [_entry(each) for each in page], "before": page[-1].id if len(found) > limit else None}


def _entry(found: AuditEntry) -> dict[str, Any]:
    about = {name: getattr(found, name) for name in ENTRY["properties"]}
    return {**about, "at": found.at.isoformat().replace("+00:00", "Z")}


def _moment(name: str, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip())
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise BadOption(name, text, "a moment such as 2030-01-31T12:00:00Z") from error
