"""Web sessions: browsers that are logged in."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from qis_core.api import NotFound
from qis_core.db.engine import Sessions
from qis_core.db.logins import WebSession
from qis_core.db.properties import LOGINS_VERSION
from qis_core.db.versions import touch
from qis_core.services.accounts import Accounts
from qis_core.services.known_logins import KnownLogins, Login, Version
from qis_core.services.mint import Mint, digest
from qis_core.services.sightings import Sightings

MOST = 50
"""Sessions of one account; the one that was longest away ends when there is one more."""


class WebSessions:
    """The sessions of this site. Safe to use from many threads.

    A session ends ``seconds`` after it began, when it was not used for ``idle_seconds``, when it is
    ended, and with the account or its password.
    """

    def __init__(
        self,
        *,
        secret: str,
        reading: Sessions,
        writing: Sessions,
        version: Callable[[], Version],
        seconds: int,
        idle_seconds: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._reading = reading
        self._writing = writing
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._mint = Mint(secret, "web session")
        self._sightings = Sightings(writing, _write_seen)
        self.read = KnownLogins(
            mint=self._mint,
            look=self._look,
            version=version,
            sightings=self._sightings,
            note_seconds=min(60.0, idle_seconds / 10),
            clock=clock,
        ).read

    def start(self, user_id: int, *, method: str, address: str, browser: str, instead_of: str = "") -> str:
        """A new session of an account that exists; answers the text for its cookie.

        ``instead_of`` is the text of the session that the browser had before, which ends.
        """
        text, moment = self._mint.make(), datetime.fromtimestamp(self._clock(), UTC)
        with self._writing.begin() as session:
            user = Accounts(session).active(user_id)
            if user is None:
                raise NotFound(f"there is no user {user_id}")
            session.execute(delete(WebSession).where(WebSession.expires < moment))
            if instead_of:
                _end(session, WebSession.digest == digest(instead_of))
            made = WebSession(
                digest=digest(text),
                user_id=user.id,
                stamp=user.login_stamp,
                created=moment,
                seen=moment,
                expires=moment + timedelta(seconds=self._seconds),
                method=method[:60],
                address=address[:60],
                browser=_storable(browser)[:255],
            )
            session.add(made)
            session.flush()
            _end_oldest(session, user.id)
        return text

    def end(self, text: str) -> None:
        """Ends the session of a cookie, if there is one."""
        if self._mint.is_ours(text):
            with self._writing.begin() as session:
                _end(session, WebSession.digest == digest(text))

    def close(self) -> None:
        """Writes what is left to write."""
        self._sightings.close()

    def current(self, session: Session, user_id: int) -> Sequence[WebSession]:
        """The sessions of an account that have not ended, the newest first."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        found = select(WebSession).where(
            WebSession.user_id == user_id,
            WebSession.expires > now,
            WebSession.seen > now - timedelta(seconds=self._idle_seconds),
        )
        return session.scalars(found.order_by(WebSession.id.desc())).all()

    def _look(self, kept: str, now: float, noted: float) -> Login | None:
        with self._reading() as session:
            found = session.scalars(select(WebSession).where(WebSession.digest == kept)).one_or_none()
            if found is None:
                return None
            until = min(found.expires.timestamp(), max(found.seen.timestamp(), noted) + self._idle_seconds)
            accounts = Accounts(session)
            user = accounts.active(found.user_id)
            if user is None or user.login_stamp != found.stamp or until <= now:
                return None
            return Login(number=found.id, identity=accounts.identity(user), until=until)


def end_session(session: Session, user_id: int, number: int) -> None:
    """Ends one session of an account. Raises NotFound."""
    if not _end(session, WebSession.user_id == user_id, WebSession.id == number):
        raise NotFound(f"there is no session {number}")


def end_sessions(session: Session, user_id: int, *, but: int = 0) -> int:
    """Ends all sessions of an account, but one; answers how many there were."""
    return _end(session, WebSession.user_id == user_id, WebSession.id != but)


def _end(session: Session, *which: object) -> int:
    ended: int = session.connection().execute(delete(WebSession.__table__).where(*which)).rowcount  # type: ignore[arg-type]
    if ended:
        touch(session, LOGINS_VERSION)
    return ended


def _end_oldest(session: Session, user_id: int) -> None:
    newest = select(WebSession.id).where(WebSession.user_id == user_id)
    kept = session.scalars(newest.order_by(WebSession.seen.desc(), WebSession.id.desc()).limit(MOST)).all()
    if len(kept) == MOST:
        _end(session, WebSession.user_id == user_id, WebSession.id.not_in(kept))


def _write_seen(session: Session, moments: Mapping[int, datetime]) -> None:
    for number, moment in sorted(moments.items()):
        # Another node may have seen it later.
        session.execute(update(WebSession).where(WebSession.id == number, WebSession.seen < moment).values(seen=moment))


def _storable(text: str) -> str:
    """Printable characters only: what a browser says of itself is anybody's text."""
    return "".join(letter for letter in text if letter.isprintable()).encode("utf-8", "replace").decode()
