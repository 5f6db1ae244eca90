"""One render worker as the server sees it."""

from __future__ import annotations

import select
import signal
import time
from collections.abc import Sequence

from qis_core.api import BrokenImage, Limits, QisError, TookTooLong, Unavailable
from qis_core.imaging import wire
from qis_core.imaging.answers import Answer, BadAnswer
from qis_core.imaging.faults import too_much_memory
from qis_core.imaging.nursery import Ending, Nursery

_NEAR_LIMIT = 0.8


class Lost(Exception):
    """The worker is of no more use: it had ended before the job, or did something else than its job.

    ``error`` is what to tell the client; None where the job was not begun, so that another
    worker may do it.
    """

    def __init__(self, error: QisError | None) -> None:
        super().__init__(error)
        self.error = error


class Renderer:
    """A worker and the connection to it; used by one thread at a time.

    ``jobs`` counts the orders it has done, ``resident_bytes`` the memory it held after the last.
    """

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self._process, self.pid, self._connection = nursery.fork()
        self.jobs = 0
        self.resident_bytes = 0

    @property
    def is_sound(self) -> bool:
        """False once it has ended, or speaks without being asked."""
        poll = select.poll()
        poll.register(self._connection, select.POLLIN)
        return not poll.poll(0)

    def do(self, packed: bytes, files: Sequence[int], limits: Limits) -> Answer:
        """Sends a pickled order and waits for its answer, at most as long as the limits say.

        Raises Lost; the worker has been ended then.
        """
        deadline = time.monotonic() + limits.seconds
        try:
            self._send(packed, files, limits)
            answer = wire.receive_answer(self._connection, deadline=deadline, max_body=limits.memory_bytes)
        except TimeoutError:
            self.end()
            raise Lost(_too_long(limits)) from None
        except wire.Gone:
            raise Lost(_told(self.end(gently=True), limits)) from None
        except BadAnswer as error:
            self.end()
            raise Lost(_crashed()) from error
        except BaseException:
            self.end()
            raise
        self.jobs += 1
        self.resident_bytes = answer.resident_bytes
        return answer

    def end(self, *, gently: bool = False) -> Ending | None:
        """Ends the worker; ``gently`` finds out how it ended where it seems to have done so by itself."""
        self._connection.close()
        return self._nursery.end(self._process, self.pid, gently=gently)

    def _send(self, packed: bytes, files: Sequence[int], limits: Limits) -> None:
        self._connection.settimeout(limits.seconds)
        try:
            wire.send_packed(self._connection, packed, files)
        except wire.Gone:
            self.end()
            raise Lost(None) from None


def _told(ending: Ending | None, limits: Limits) -> QisError:
    """What to tell of a job whose worker ended in the middle of it."""
    if ending is not None and ending.signal and ending.peak_bytes > _NEAR_LIMIT * limits.memory_bytes:
        return too_much_memory(limits.memory_bytes)
    if ending is None or ending.signal == signal.SIGKILL:
        return Unavailable("the renderer of this picture was ended; please try again")
    return _too_long(limits) if ending.signal == signal.SIGXCPU else _crashed()


def _too_long(limits: Limits) -> TookTooLong:
    return TookTooLong(f"the rendering did not end within {limits.seconds:g} seconds")


def _crashed() -> BrokenImage:
    return BrokenImage("the file is damaged or hostile: the renderer crashed on it")
