"""Whose rights a task has: looked up when they are needed, so that a change counts for tasks that run, too."""

from __future__ import annotations

from collections.abc import Callable

from qis_core.api import Identity
from qis_core.db.engine import Sessions
from qis_core.services.accounts import Accounts
from qis_core.services.remembering import Remembered
from qis_core.services.tasks.library import SYSTEM


class Acting:
    """The identities of users by id. Safe to use from many threads."""

    def __init__(self, sessions: Sessions, version: Callable[[], str]) -> None:
        """``version`` is another whenever accounts or groups have changed."""
        self._sessions = sessions
        self._version = version
        self._known: Remembered[int, tuple[str, Identity | None]] = Remembered(1000)

    def who(self, user_id: int | None) -> Identity | None:
        """The identity of an active user; the system's for None. None where there is no such user (any more)."""
        if user_id is None:
            return SYSTEM
        version = self._version()
        known = self._known.get(user_id)
        if known is None or known[0] != version:
            known = version, self._look(user_id)
            self._known.keep(user_id, known)
        return known[1]

    def _look(self, user_id: int) -> Identity | None:
        with self._sessions() as session:
            accounts = Accounts(session)
            user = accounts.active(user_id)
            return accounts.identity(user) if user is not None else None
