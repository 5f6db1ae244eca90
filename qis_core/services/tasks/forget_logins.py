"""Forgetting what logins have left behind: sessions that ended, tokens that expired, failures of long ago."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Delete, delete

from qis_core.api.tasks import NoParameters, Task, TaskContext
from qis_core.db.engine import Sessions
from qis_core.db.logins import ApiToken, LoginFailure, WebSession
from qis_core.db.times import now
from qis_core.services.named_tokens import SHOWN_DAYS

FAILURE_SECONDS = 86_400
"""Failures count for minutes (`qis_core.services.throttle`); after a day nobody has use for them."""


class ForgetLogins(Task):
    """Removes sessions that have ended, named tokens that expired a month ago, and old failures to log in."""

    name = "forget_logins"
    title = "Forget logins that ended long ago"
    parameters = NoParameters
    every_seconds = 3600
    keep_seconds = 3600

    def __init__(self, sessions: Sessions, idle_seconds: int) -> None:
        """``idle_seconds`` without use end a session."""
        self._sessions = sessions
        self._idle = timedelta(seconds=idle_seconds)

    def run(self, parameters: NoParameters, context: TaskContext) -> object:
        """Answers how many sessions, tokens and failures were removed."""
        moment = now()
        return {
            "sessions": self._remove(delete(WebSession).where(self._ended(moment))),
            "tokens": self._remove(delete(ApiToken).where(ApiToken.expires < moment - timedelta(days=SHOWN_DAYS))),
            "failures": self._remove(
                delete(LoginFailure).where(LoginFailure.last < moment.timestamp() - FAILURE_SECONDS)
            ),
        }

    def _ended(self, moment: datetime) -> ColumnElement[bool]:
        # When it was last used may not be written yet: an hour more does no harm, since it counts no longer anyway.
        return (WebSession.expires < moment) | (WebSession.seen < moment - self._idle - timedelta(hours=1))

    def _remove(self, statement: Delete) -> int:
        with self._sessions.begin() as session:
            removed: int = session.connection().execute(statement).rowcount
            return removed
