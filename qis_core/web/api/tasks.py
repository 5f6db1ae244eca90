"""Tasks: starting them, looking at them, cancelling them.

Each installed task has an endpoint of its own, with its parameters as fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qis_core.api import NotFound, Refused, Right
from qis_core.api.tasks import Task
from qis_core.db.tasks import TaskStatus
from qis_core.domain.parameters import Parameter, parameters_of
from qis_core.services import audit
from qis_core.services.tasks import TaskView
from qis_core.web.api import objects
from qis_core.web.api.endpoints import Accepted, Call, Endpoints, View, task_data
from qis_core.web.api.fields import Choice, Field, Number, Text

endpoints = Endpoints("Tasks")

MOST_LISTED = 1000


@endpoints.get(
    "admin/tasks",
    "Tasks, the latest first",
    query=[
        Choice("status", choices=("0", "1", "2", "any"), default="any", help="0 new, 1 running, 2 done"),
        Text("function", minimum=1, maximum=120, help="Only tasks of this name"),
        Number("before", help="Only tasks with numbers below this one"),
        Number("limit", default=100, minimum=1, maximum=MOST_LISTED),
    ],
    gives=objects.many(objects.TASK),
)
def list_tasks(call: Call) -> object:
    """Administrators see all tasks, others their own."""
    asked = call.query
    found = call.site.tasks.list(
        statuses=tuple(TaskStatus) if asked["status"] == "any" else (int(asked["status"]),),
        user_id=None if call.actor.has(Right.ADMIN_ALL) else call.identity.id,
        names=[asked["function"]] if "function" in asked else None,
        before=asked.get("before"),
        limit=asked["limit"],
    )
    return [task_data(call, view) for view in found]


@endpoints.get("admin/tasks/{id}", "One task", gives=objects.TASK)
def show_task(call: Call) -> object:
    """Needs an administrator, but for one's own tasks."""
    return task_data(call, _found(call))


@endpoints.get("admin/tasks/{function}/{id}", "One task, below its function's name", gives=objects.TASK)
def show_task_of(call: Call) -> object:
    """The same for scripts that look where they have started it."""
    found = _found(call)
    if found.funcname != call.request.matchdict["function"]:
        raise NotFound(f"task {found.id} is none of {call.request.matchdict['function']!r}")
    return task_data(call, found)


@endpoints.delete("admin/tasks/{id}", "Cancel a task", gives=objects.TASK)
def cancel_task(call: Call) -> object:
    """As to look at it. One that waits ends at once, one that runs within moments; others stay as they are."""
    found = _found(call)
    if not found.is_done:
        found = call.site.tasks.cancel(found.id)
        audit.record(call.session, call.actor, audit.Action.TASK_CANCELLED, found.funcname, task=found.id)
    return task_data(call, found)


def task_endpoints(tasks: Mapping[str, Task]) -> Endpoints:
    """An endpoint for each task, by which it is started."""
    made = Endpoints(endpoints.tag)
    for name, task in sorted(tasks.items()):
        made.post(f"admin/tasks/{name}", task.title or name, body=list(task_fields(task)), gives=None)(_starting(task))
    return made


def task_fields(task: Task) -> Iterator[Field]:
    """A task's parameters as fields."""
    for each in parameters_of(task.parameters):
        yield ParameterField(each.name, help=each.help, required=each.required, parameter=each)


@dataclass(frozen=True, kw_only=True)
class ParameterField(Field):
    """A parameter of a task; its value is left as it was sent, to be read once more where the task is queued."""

    parameter: Parameter

    @property
    def allowed(self) -> str:
        return self.parameter.allowed

    def read(self, value: object) -> object:
        self.parameter.read(value)
        return value

    def schema(self) -> dict[str, Any]:
        return self.parameter.schema()


def _starting(task: Task) -> View:
    def start(call: Call) -> object:
        if task.needs is not None:
            call.actor.require(task.needs)
        started = call.site.tasks.start(
            task.name, call.body, user_id=call.identity.id, address=call.actor.address, session=call.session
        )
        audit.record(call.session, call.actor, audit.Action.TASK_STARTED, task.name, task=started.id)
        return Accepted(task=started)

    needs = "Everybody may." if task.needs is None else f"Needs the right {task.needs.value}."
    start.__doc__ = f"{(task.__doc__ or '').strip()} {needs}".strip()
    return start


def _found(call: Call) -> TaskView:
    found = call.site.tasks.get(call.number())
    if found.user_id != call.identity.id and not call.actor.has(Right.ADMIN_ALL):
        raise Refused("this task is somebody else's")
    return found
