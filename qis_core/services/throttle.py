"""Slows down those who fail again and again, on whatever node they try."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from qis_core.db.engine import Sessions
from qis_core.db.logins import LoginFailure

_TIDY_EVERY = 100


class Throttle:
    """Counts failures by key in the records, and says how long a key has to wait for its next try.

    The first ``free`` failures cost nothing; after each further one the pause doubles, from one
    second to ``longest``. A key that does not fail for ``forget`` seconds starts anew. About
    ``keys`` are kept at most, so that inventing new ones fills no disk.
    """

    def __init__(
        self,
        reading: Sessions,
        writing: Sessions,
        *,
        purpose: str,
        free: int,
        longest: float,
        forget: float = 900.0,
        keys: int = 100_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._reading = reading
        self._writing = writing
        self._purpose = purpose
        self._free = free
        self._longest = longest
        self._forget = forget
        self._keys = keys
        self._clock = clock
        self._failures = 0

    def wait(self, key: str) -> float:
        """Seconds until ``key`` may try again; 0 where it may now."""
        with self._reading() as session:
            query = select(LoginFailure.count, LoginFailure.last).where(LoginFailure.key == self._kept(key))
            count, last = session.execute(query).one_or_none() or (0, 0.0)
        gone = self._clock() - last
        if count <= self._free or gone >= self._forget:
            return 0.0
        pause = min(self._longest, 2.0 ** min(count - self._free - 1, 30))
        # The clock of another node may be ahead.
        return max(0.0, pause - max(0.0, gone))

    def failed(self, key: str) -> None:
        """Counts a failure of ``key``."""
        now = self._clock()
        with self._writing.begin() as session:
            self._count(session, self._kept(key), now)
            session.execute(delete(LoginFailure).where(LoginFailure.last < now - self._forget))
            self._failures += 1
            if self._failures % _TIDY_EVERY == 0:
                self._drop_oldest(session)

    def succeeded(self, key: str) -> None:
        """Forgets the failures of ``key``."""
        with self._reading() as session:
            known = session.get(LoginFailure, self._kept(key))
        if known is not None:
            with self._writing.begin() as session:
                session.execute(delete(LoginFailure).where(LoginFailure.key == self._kept(key)))

    def _kept(self, key: str) -> str:
        return hashlib.sha256(f"{self._purpose}\0{key}".encode("utf-8", "backslashreplace")).hexdigest()

    def _count(self, session: Session, kept: str, now: float) -> None:
        dialect = postgresql if session.connection().dialect.name == "postgresql" else sqlite
        new = dialect.insert(LoginFailure).values(key=kept, count=1, last=now)
        counted = case((LoginFailure.last < now - self._forget, 1), else_=LoginFailure.count + 1)
        session.execute(new.on_conflict_do_update(index_elements=["key"], set_={"count": counted, "last": now}))

    def _drop_oldest(self, session: Session) -> None:
        count = session.scalar(select(func.count()).select_from(LoginFailure)) or 0
        if count > self._keys:
            oldest = select(LoginFailure.key).order_by(LoginFailure.last).limit(count - self._keys)
            session.execute(delete(LoginFailure).where(LoginFailure.key.in_(oldest)))
