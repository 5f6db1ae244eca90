"""Version properties: texts that are another whenever the records that they stand for have changed.

Processes keep tables in memory and read them again when the version is another. A record names
its property in ``version_property``, and every flush that changes such a record changes the
property in the same transaction, so that nobody has to remember it. What is changed past the
session's objects (bulk updates) calls `touch`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable

from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, SessionTransaction

from qis_core.db.properties import ACCESS_VERSION, TEMPLATES_VERSION, Property

__all__ = ["ACCESS_VERSION", "TEMPLATES_VERSION", "Changes", "RecordSession", "touch"]

_TOLD = "qis_changes"


class Changes:
    """Tells this process's own tables that something was committed, so that it counts at once."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Calls ``listener`` after each transaction that may have changed a version."""
        self._listeners.append(listener)

    def tell(self) -> None:
        """Calls the listeners."""
        for listener in self._listeners:
            listener()


class RecordSession(Session):
    """A session that keeps versions; ``info["changes"]`` (a `Changes`) hears of them after the commit."""


def touch(session: Session, name: str) -> None:
    """Gives the version property ``name`` a new value in this transaction.

    Its row stays locked until the transaction ends (PostgreSQL; SQLite has one writer anyway): who
    changes the same kind of record meanwhile waits, and then sees what was done.
    """
    value = secrets.token_hex(8)
    connection = session.connection()
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    # In one statement: two who are the first would both find no row.
    new = dialect.insert(Property).values(name=name, value=value)
    connection.execute(new.on_conflict_do_update(index_elements=[Property.name], set_={"value": value}))
    session.info[_TOLD] = True


@event.listens_for(RecordSession, "before_flush")
def _touch_changed(session: Session, _context: object, _instances: object) -> None:
    for name in sorted(_versions_of((*session.new, *session.deleted, *filter(session.is_modified, session.dirty)))):
        touch(session, name)


@event.listens_for(RecordSession, "after_transaction_end")
def _tell(session: Session, transaction: SessionTransaction) -> None:
    # The end of a savepoint is no end: what it changed cannot be seen by others yet.
    if transaction.parent is None and session.info.pop(_TOLD, False):
        changes = session.info.get("changes")
        if changes is not None:
            changes.tell()


def _versions_of(records: Iterable[object]) -> set[str]:
    return {name for record in records if (name := getattr(type(record), "version_property", ""))}
