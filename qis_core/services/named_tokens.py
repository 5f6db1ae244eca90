"""Named tokens: long-lived secrets for programs, each with the scopes that its work takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from qis_core.api import BadOption, NotFound, Refused, Scope
from qis_core.db.engine import Sessions
from qis_core.db.logins import ApiToken
from qis_core.db.properties import LOGINS_VERSION
from qis_core.db.times import now as this_moment
from qis_core.db.users import User
from qis_core.db.versions import touch
from qis_core.domain.scopes import narrowed_rights
from qis_core.services import audit
from qis_core.services.accounts import Accounts
from qis_core.services.actors import Actor
from qis_core.services.known_logins import KnownLogins, Login, Version
from qis_core.services.mint import Mint, digest
from qis_core.services.sightings import Sightings

PREFIX = "qis_"
"""What every named token begins with."""

MOST = 50
"""Tokens of one account."""

LONGEST_DAYS = 3650

SHOWN_DAYS = 30
"""So long a token that expired is still listed."""


def token_mint(secret: str) -> Mint:
    """Makes the texts of named tokens."""
    return Mint(secret, "named token", PREFIX)


class NamedTokens:
    """Reads named tokens. Safe to use from many threads.

    A token counts until it expires or is revoked, as long as its account is active and may use
    the API; a new password does not end it.
    """

    def __init__(
        self,
        *,
        mint: Mint,
        reading: Sessions,
        writing: Sessions,
        version: Callable[[], Version],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._reading = reading
        self._sightings = Sightings(writing, _write_used)
        self.read = KnownLogins(
            mint=mint, look=self._look, version=version, sightings=self._sightings, note_seconds=60.0, clock=clock
        ).read

    def close(self) -> None:
        """Writes what is left to write."""
        self._sightings.close()

    def _look(self, kept: str, now: float, _noted: float) -> Login | None:
        with self._reading() as session:
            found = session.scalars(select(ApiToken).where(ApiToken.digest == kept)).one_or_none()
            if found is None or found.expires.timestamp() <= now:
                return None
            accounts = Accounts(session)
            user = accounts.active(found.user_id)
            if user is None or not user.allow_api:
                return None
            identity, scopes = accounts.identity(user), frozenset(found.scopes.split())
            narrowed = replace(identity, scopes=scopes, rights=narrowed_rights(identity.rights, scopes))
            return Login(number=found.id, identity=narrowed, until=found.expires.timestamp())


class TokenChanges:
    """The named tokens of accounts within one session; whoever opened the session commits it.

    Everybody looks after their own tokens, and whoever works on the server itself after all. A
    login by a named token makes and revokes none. Changes are logged.
    """

    def __init__(self, session: Session, actor: Actor, mint: Mint) -> None:
        self._session = session
        self._actor = actor
        self._mint = mint

    def all(self, user_id: int) -> Sequence[ApiToken]:
        """The account's tokens, by name; those that expired stay for a month to be seen. Raises Refused."""
        self._require(user_id)
        found = select(ApiToken).where(ApiToken.user_id == user_id)
        return self._session.scalars(found.order_by(ApiToken.name, ApiToken.id)).all()

    def add(self, user_id: int, name: str, scopes: Iterable[str], days: int) -> tuple[ApiToken, str]:
        """A new token for ``days`` days, and its text, which nobody can show again.

        Raises Refused, NotFound, BadOption.
        """
        self._require(user_id)
        user = self._user(user_id)
        if not user.allow_api:
            raise Refused(f"the account {user.username} may not use the API, so a token would be of no use")
        name, given = name.strip(), sorted(set(scopes))
        if not 1 <= len(name) <= 120 or not name.isprintable():
            raise BadOption("name", name, "1 to 120 printable characters")
        known = [scope.value for scope in Scope]
        if not given or not set(given) <= set(known):
            raise BadOption("scopes", ", ".join(given), "one or more of " + ", ".join(known))
        if not 1 <= days <= LONGEST_DAYS:
            raise BadOption("days", days, f"a whole number from 1 to {LONGEST_DAYS}")
        moment = this_moment()
        self._session.execute(delete(ApiToken).where(ApiToken.expires < moment - timedelta(days=SHOWN_DAYS)))
        count = self._session.scalar(
            select(func.count()).select_from(ApiToken).where(ApiToken.user_id == user_id, ApiToken.expires > moment)
        )
        if count is not None and count >= MOST:
            raise BadOption("name", name, f"left: an account has at most {MOST} tokens; revoke one first")
        text = self._mint.make()
        made = ApiToken(
            digest=digest(text),
            user_id=user_id,
            name=name,
            scopes=" ".join(given),
            created=moment,
            expires=moment + timedelta(days=days),
        )
        self._session.add(made)
        self._session.flush()
        self._log(audit.Action.TOKEN_ADDED, user, made)
        return made, text

    def revoke(self, user_id: int, number: int) -> None:
        """Ends a token at once. Raises Refused, NotFound."""
        self._require(user_id)
        found = self._session.get(ApiToken, number)
        if found is None or found.user_id != user_id:
            raise NotFound(f"there is no token {number}")
        self._log(audit.Action.TOKEN_REVOKED, self._user(user_id), found)
        self._session.delete(found)
        touch(self._session, LOGINS_VERSION)

    def _user(self, user_id: int) -> User:
        user = Accounts(self._session).active(user_id)
        if user is None:
            raise NotFound(f"there is no user {user_id}")
        return user

    def _require(self, user_id: int) -> None:
        who = self._actor.identity
        if who is None:
            return
        if who.id != user_id:
            raise Refused("everybody looks after their own tokens only")
        if who.scopes is not None:
            raise Refused("a named token cannot look after tokens; log in with the password")

    def _log(self, action: audit.Action, user: User, token: ApiToken) -> None:
        details = {"user_id": user.id, "token": token.name, "token_id": token.id, "scopes": token.scopes}
        audit.record(self._session, self._actor, action, user.username, **details)


def _write_used(session: Session, moments: Mapping[int, datetime]) -> None:
    for number, moment in sorted(moments.items()):
        is_older = or_(ApiToken.used.is_(None), ApiToken.used < moment)
        session.execute(update(ApiToken).where(ApiToken.id == number, is_older).values(used=moment))
