"""Tokens: a signed text that stands for a login for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

from qis_core.api import Identity
from qis_core.db.engine import Sessions
from qis_core.services.accounts import Accounts
from qis_core.services.remembering import Remembered


@dataclass(frozen=True, slots=True)
class _Known:
    """Whom a token stood for (None: nobody any more) when the records had this version, and when it ends."""

    identity: Identity | None
    version: str
    until: float


class Tokens:
    """Gives out and reads tokens; nothing of them is stored.

    A token ends after ``seconds``, with the account, with its ``allow_api``, and when the account's
    logins are ended, as with a new password. Whom it stands for is remembered as long as ``version``,
    which changes with accounts and groups, stays the same.
    """

    def __init__(
        self, *, secret: str, seconds: int, sessions: Sessions, version: Callable[[], str], remembered: int = 10_000
    ) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt="qis-api-token")
        self._seconds = seconds
        self._sessions = sessions
        self._version = version
        self._known: Remembered[str, _Known] = Remembered(remembered)

    def issue(self, user_id: int) -> str:
        """A token for an account. The account must exist."""
        with self._sessions() as session:
            user = Accounts(session).active(user_id)
            assert user is not None
            return self._serializer.dumps([user.id, user.login_stamp])

    def read(self, token: str) -> Identity | None:
        """Whom ``token`` stands for, or None where it is nobody's any more."""
        version = self._version()
        known = self._known.get(token)
        if known is None or known.version != version or known.until <= time.time():
            known = self._look(token, version)
            if known is None:
                return None
            self._known.keep(token, known)
        return known.identity

    def _look(self, token: str, version: str) -> _Known | None:
        """What the records say; None for what is no token of ours, which is not worth remembering."""
        try:
            (user_id, stamp), signed = self._serializer.loads(token, max_age=self._seconds, return_timestamp=True)
        except (BadData, ValueError, TypeError):
            return None
        with self._sessions() as session:
            accounts = Accounts(session)
            user = accounts.active(user_id)
            is_valid = user is not None and user.allow_api and user.login_stamp == stamp
            identity = accounts.identity(user) if user is not None and is_valid else None
        return _Known(identity, version, signed.timestamp() + self._seconds)
