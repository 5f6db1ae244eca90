"""Background work: a queue in the records, and workers that take tasks from it.

`Tasks` is what everybody else uses; `Workers` run what it has queued, in this process or another.
"""

from qis_core.services.tasks.tasks import SOON, Tasks, TaskView
from qis_core.services.tasks.workers import Workers

__all__ = ["SOON", "TaskView", "Tasks", "Workers"]
