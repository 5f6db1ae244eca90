"""Tokens: a signed text that stands for a login for a while."""

from __future__ import annotations

from itsdangerous import BadData, URLSafeTimedSerializer

from qis_core.api import Identity
from qis_core.db.engine import Sessions
from qis_core.services.accounts import Accounts, identity_of, password_mark


class Tokens:
    """Gives out and reads tokens; nothing of them is stored.

    A token ends after ``seconds``, with the account, with its ``allow_api``, and with the
    password that it was given out for.
    """

    def __init__(self, *, secret: str, seconds: int, sessions: Sessions) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt="qis-api-token")
        self._seconds = seconds
        self._sessions = sessions

    def issue(self, user_id: int) -> str:
        """A token for an account. The account must exist."""
        with self._sessions() as session:
            user = Accounts(session).active(user_id)
            assert user is not None
            return self._serializer.dumps([user.id, password_mark(user)])

    def read(self, token: str) -> Identity | None:
        """Whom ``token`` stands for, or None where it is nobody's any more."""
        try:
            user_id, mark = self._serializer.loads(token, max_age=self._seconds)
        except (BadData, ValueError, TypeError):
            return None
        with self._sessions() as session:
            user = Accounts(session).active(user_id)
            if user is None or not user.allow_api or password_mark(user) != mark:
                return None
            return identity_of(user)
