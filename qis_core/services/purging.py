"""Purging: renderings that were made before are not used any more, in no process and in no cache.

Nothing is looked for and deleted. A purge is a number in the records that goes into the
fingerprints of what it concerns (`qis_core.domain.purging`), so it counts wherever the records
are followed: at once in this process, within a second in the others. Purged entries are never asked for again
and are the first that the caches crowd out; only a purge of everything empties the shared cache, too.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from qis_core.api import Cache
from qis_core.db.engine import Sessions
from qis_core.db.properties import PURGES, PURGES_VERSION, Property
from qis_core.db.versions import touch
from qis_core.domain.purging import Purge, PurgeTable


def read_table(session: Session, version: str = "") -> PurgeTable:
    """The purges as the records have them."""
    # Asked as a column: an object that the session remembers would hide another process's change.
    return PurgeTable.from_text(session.scalar(select(Property.value).where(Property.name == PURGES)) or "")


def record(session: Session, purge: Purge) -> None:
    """Counts from the commit of this session on."""
    # First, as it makes others wait who purge now: none may be lost between reading and writing.
    touch(session, PURGES_VERSION)
    session.merge(Property(name=PURGES, value=read_table(session).after(purge).to_text()))
    session.flush()


class Purging:
    """Purges for commands, the REST API and pages."""

    def __init__(self, sessions: Sessions, cache: Cache, forget: Callable[[Purge], None] = lambda purge: None) -> None:
        """``sessions`` write; ``cache`` is the site's; ``forget`` removes what else was made of originals."""
        self._sessions = sessions
        self._cache = cache
        self._forget = forget

    def purge(self, purge: Purge) -> None:
        """Records the purge; one of everything also frees what the cache holds."""
        with self._sessions.begin() as session:
            record(session, purge)
        self._forget(purge)
        if purge.everything:
            # After the commit: what is made meanwhile has a new name already, and is merely made again.
            self._cache.clear()
