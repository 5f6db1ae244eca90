"""Tables in memory that follow the records, in all processes of a site.

Each kind of table has a version property in the database (`qis_core.db.versions`). A process looks
at these properties a few times a second, with one small query, and reads a table again when its
version is another. What this process itself commits counts at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from qis_core.db.engine import Sessions
from qis_core.db.properties import (
    ACCESS_VERSION,
    FILES_VERSION,
    LOGINS_VERSION,
    PURGES_VERSION,
    TEMPLATES_VERSION,
    Property,
)

log = logging.getLogger("qis.following")

SECONDS = 0.5
"""How long a version is believed: a change on another node counts within a second, with time to spare to read it."""

_PATIENCE = 1.0
_OF_ANSWERS = (ACCESS_VERSION, FILES_VERSION, PURGES_VERSION, TEMPLATES_VERSION)
_NAMES = (*_OF_ANSWERS, LOGINS_VERSION)

_columns = Property.__table__.c
_VERSIONS = select(_columns.name, _columns.value).where(_columns.name.in_(_NAMES))

T = TypeVar("T")


class Versions:
    """The version properties as they are, or were at most ``seconds`` ago. Safe to use from many threads.

    One caller looks, the others go on with what is known; only after `outdate` all wait for the
    look, for a second at most. Where the database is away, what was known stays.
    """

    def __init__(
        self, sessions: Sessions, *, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sessions = sessions
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._due = clock() + seconds
        # Counted rather than flagged: who comes while a look is under way that began before its own change
        # must look again.
        self._changes = self._seen_changes = 0
        with sessions() as session:
            self._know(read_versions(session))

    def of(self, name: str) -> str:
        """The version of ``name``, '' where it has none."""
        if self._seen_changes != self._changes or self._clock() >= self._due:
            self._look()
        return self._known.get(name, "")

    def all(self) -> Mapping[str, str]:
        """The versions that answers rest on: as long as they are equal, an answer stays right.

        Logins are not among them: who asks is told before.
        """
        self.of("")
        return self._answers

    def outdate(self) -> None:
        """Whatever is known may be wrong now: the next question looks."""
        self._changes += 1

    def _know(self, found: Mapping[str, str]) -> None:
        self._known = found
        self._answers = {name: found[name] for name in _OF_ANSWERS if name in found}

    def _look(self) -> None:
        must = self._seen_changes != self._changes
        if not self._lock.acquire(timeout=_PATIENCE if must else 0):
            return
        try:
            changes = self._changes
            if self._seen_changes == changes and self._clock() < self._due:
                return
            try:
                with self._sessions() as session:
                    self._know(read_versions(session))
            except SQLAlchemyError as error:
                log.warning("the database does not answer; what is followed stays as it was: %s", error)
            self._seen_changes = changes
            self._due = self._clock() + self._seconds
        finally:
            self._lock.release()


class Follower(Generic[T]):
    """A table made of the records by ``read(session, version)``, and made again when the version is another.

    Where it cannot be read, the old one stays and another try is made after ``seconds``.
    """

    def __init__(
        self,
        name: str,
        *,
        sessions: Sessions,
        versions: Versions,
        read: Callable[[Session, str], T],
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._sessions = sessions
        self._versions = versions
        self._read = read
        self._seconds = seconds
        self._clock = clock
        self._not_before = 0.0
        self._lock = threading.Lock()
        self._current = self._fresh()

    def table(self) -> T:
        """The table that counts now."""
        version, table = self._current
        if version != self._versions.of(self._name):
            return self._renewed()
        return table

    def _renewed(self) -> T:
        if self._clock() >= self._not_before and self._lock.acquire(timeout=_PATIENCE):
            try:
                if self._current[0] != self._versions.of(self._name):
                    self._current = self._fresh()
            except SQLAlchemyError as error:
                self._not_before = self._clock() + self._seconds
                log.warning("%s could not be read again, what was known stays: %s", self._name, error)
            finally:
                self._lock.release()
        return self._current[1]

    def _fresh(self) -> tuple[str, T]:
        with self._sessions() as session:
            # The version first: what is committed between the two reads then makes this table read again.
            version = read_versions(session).get(self._name, "")
            return version, self._read(session, version)


def read_versions(session: Session) -> Mapping[str, str]:
    """All version properties."""
    # Past the object mapper, which takes three times as long: this is asked a few times a second.
    return dict(session.connection().execute(_VERSIONS).all())
