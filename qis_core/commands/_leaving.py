"""How a server process that is to be replaced parts with its clients."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable
from typing import Any

LEAVE_SECONDS = 1.0
"""How long clients are asked to close their connections before the process does so itself."""

_LEAVE = signal.SIGUSR1
_CLOSE = ("Connection", "close")

Application = Callable[..., Iterable[bytes]]


def prepare() -> None:
    """For the first process: those that it forks must not die of being asked to leave while they still start."""
    signal.signal(_LEAVE, signal.SIG_IGN)


def ask_to_leave(process: int) -> None:
    """Has a server process say good-bye, and gives it the time for that."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, _LEAVE)
        time.sleep(LEAVE_SECONDS)


class Polite:
    """The application in a server process, which tells clients in time that the process leaves.

    A connection that is kept for further requests may be closed by the server just when the client sends the next
    one, which is lost then. Whoever was told by ``Connection: close`` sends it on a new connection.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._leaves = False
        signal.signal(_LEAVE, self._leave)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers."""

        def begin(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            # Asked now: what was begun before may take long.
            return start_response(status, [*headers, _CLOSE] if self._leaves else headers, *error)

        return self._application(environ, begin)

    def _leave(self, *_: object) -> None:
        self._leaves = True
