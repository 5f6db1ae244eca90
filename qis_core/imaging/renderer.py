"""An order in the hands of a render worker, as the server sees it."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence

from qis_core.api import BrokenImage, Limits, QisError, TookTooLong, Unavailable
from qis_core.imaging import wire
from qis_core.imaging.answers import BadAnswer, Done
from qis_core.imaging.faults import too_much_memory
from qis_core.imaging.forking import ENDED_STATUS
from qis_core.imaging.nursery import Ending, Nursery

_NEAR_LIMIT = 0.8


class Lost(Exception):
    """The worker ended, or did something else than its job.

    ``error`` is what to tell the client; None where the job was not begun, or its worker ended for another's sake,
    so that another worker may do it. ``pid`` is the worker's number, 0 where none had taken it.
    """

    def __init__(self, error: QisError | None, pid: int = 0) -> None:
        super().__init__(error)
        self.error = error
        self.pid = pid


def have_done(
    nursery: Nursery, packed: bytes, files: Sequence[int], limits: Limits, *, take_by: float
) -> tuple[float, Done]:
    """When a worker has taken a pickled order, at last by ``take_by`` (of ``time.monotonic``), and what it made of it.

    Raises Unavailable where none takes it. Raises Lost; the worker has been ended then.
    """
    try:
        with nursery.handed(packed, files) as (process, connection):
            try:
                pid = wire.receive_taken(connection, deadline=take_by)
            except TimeoutError:
                # They are busy; or nobody forks them, which asking anything finds out.
                nursery.end(process, 0)
                raise Unavailable("too busy: no renderer became free in time") from None
            taken = time.monotonic()
            try:
                deadline = taken + limits.seconds
                return taken, wire.receive_answer(connection, deadline=deadline, max_body=limits.memory_bytes)
            except TimeoutError:
                nursery.end(process, pid)
                raise Lost(_too_long(limits), pid) from None
            except wire.Gone:
                raise Lost(_told(nursery.end(process, pid, gently=True), limits), pid) from None
            except BadAnswer as error:
                nursery.end(process, pid)
                raise Lost(_crashed(), pid) from error
    except wire.Gone:
        raise Lost(None) from None


def _told(ending: Ending | None, limits: Limits) -> QisError | None:
    """What to tell of a job whose worker ended in the middle of it."""
    if ending is not None and ending.status == ENDED_STATUS:
        return None
    if ending is not None and ending.signal and ending.peak_bytes > _NEAR_LIMIT * limits.memory_bytes:
        return too_much_memory(limits.memory_bytes)
    if ending is None or ending.signal == signal.SIGKILL:
        return Unavailable("the renderer of this picture was ended; please try again")
    return _too_long(limits) if ending.signal == signal.SIGALRM else _crashed()


def _too_long(limits: Limits) -> TookTooLong:
    return TookTooLong(f"the rendering did not end within {limits.seconds:g} seconds")


def _crashed() -> BrokenImage:
    return BrokenImage("the file is damaged or hostile: the renderer crashed on it")
