"""Templates as the image path needs them: a table in memory, made of the records."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from qis_core.db.engine import Sessions
from qis_core.db.properties import DEFAULT_TEMPLATE, TEMPLATES_VERSION, Property
from qis_core.db.templates import TemplateRecord
from qis_core.domain.templates import Template, TemplateSet

log = logging.getLogger("qis.templates")


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateTable:
    """All templates at one moment, by name. ``version`` is another whenever anything here is."""

    version: str
    lookup: TemplateSet
    templates: Sequence[Template]


class Templates:
    """Hands out the table; safe to use from many threads.

    At most once in ``seconds`` one caller looks whether another process has changed something,
    by reading one property; the others go on with the table that there is. Where the database is
    away, the old table stays.
    """

    def __init__(
        self, sessions: Sessions, *, seconds: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sessions = sessions
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._looked = clock()
        with sessions() as session:
            self._table = read_table(session)

    def table(self) -> TemplateTable:
        """The templates as they are, or were at most ``seconds`` ago."""
        if self._clock() - self._looked >= self._seconds and self._lock.acquire(blocking=False):
            try:
                self._looked = self._clock()
                self._refresh()
            finally:
                self._lock.release()
        return self._table

    def _refresh(self) -> None:
        try:
            with self._sessions() as session:
                if read_version(session) != self._table.version:
                    self._table = read_table(session)
        except SQLAlchemyError as error:
            log.warning("the templates could not be read again, the old ones stay: %s", error)


def read_table(session: Session) -> TemplateTable:
    """The table as the records have it in this session."""
    records = session.scalars(select(TemplateRecord).order_by(TemplateRecord.name_key)).all()
    templates = [as_template(record) for record in records]
    chosen = session.get(Property, DEFAULT_TEMPLATE)
    return TemplateTable(
        version=read_version(session),
        lookup=TemplateSet(templates, default=chosen.value if chosen else ""),
        templates=templates,
    )


def read_version(session: Session) -> str:
    """The version of all templates, which `touch` changes."""
    # Asked as a column: an object that the session remembers would hide another process's change.
    return session.scalar(select(Property.value).where(Property.name == TEMPLATES_VERSION)) or ""


def as_template(record: TemplateRecord) -> Template:
    """The record as a value; keys that are ``null`` or have no value are left out as not set."""
    values: dict[str, Any] = {}
    for key, entry in (record.template or {}).items():
        if isinstance(entry, Mapping) and entry.get("value") is not None:
            values[key] = entry["value"]
    return Template(name=record.name, values=values, locked=frozenset(record.locked or ()))


def as_record(template: Template, description: str = "") -> TemplateRecord:
    """A new record of a value."""
    return TemplateRecord(
        name=template.name,
        name_key=template.name.casefold(),
        description=description,
        template={key: {"value": value} for key, value in template.values.items()},
        locked=sorted(template.locked),
    )


def touch(session: Session) -> None:
    """Tells every process that a template or the default has changed, once this session commits."""
    version = session.get(Property, TEMPLATES_VERSION, with_for_update=True)
    if version is None:
        session.add(Property(name=TEMPLATES_VERSION, value="1"))
    else:
        version.value = str(int(version.value) + 1)
