"""Forgetting how often pictures were asked for long ago."""

from __future__ import annotations

from datetime import timedelta

from qis_core.api.tasks import NoParameters, Task, TaskContext
from qis_core.db.engine import Sessions
from qis_core.db.times import now
from qis_core.services.usage_records import remove_usage


class ForgetUsage(Task):
    """Removes the usage of pictures on days that are longer ago than it is kept; once a day by itself."""

    name = "forget_usage"
    title = "Forget the usage of pictures long ago"
    parameters = NoParameters
    every_seconds = 86400

    def __init__(self, sessions: Sessions, days: int) -> None:
        """``days`` is how long usage is kept, 0 for ever."""
        self._sessions = sessions
        self._days = days

    def run(self, parameters: NoParameters, context: TaskContext) -> object:
        """Answers how many rows (one for each day of a picture) were removed."""
        if not self._days:
            return {"rows": 0}
        with self._sessions.begin() as session:
            return {"rows": remove_usage(session, (now() - timedelta(days=self._days)).date())}
