"""What render processes write to stderr, in the server's log."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time

_log = logging.getLogger("qis.worker")
_CHUNK = 1 << 16
_LINE = 8192
_LINES_A_SECOND = 200


class WorkerLog:
    """A connection that render processes have for stderr, at its ``mouth``.

    All processes that have inherited this may `forward` what comes: each line goes into the log of one of them.
    """

    def __init__(self) -> None:
        self._ear, self.mouth = socket.socketpair()
        self._forwarded_in = 0

    def forward(self) -> None:
        """Has this process log what comes, in a thread of its own, until all who write have ended."""
        if self._forwarded_in != os.getpid():
            self._forwarded_in = os.getpid()
            threading.Thread(target=_forward, args=(self._ear,), name="qis-worker-log", daemon=True).start()

    def close(self) -> None:
        """Lets go of it where this process does not log it."""
        if self._forwarded_in != os.getpid():
            self._ear.close()


def _forward(ear: socket.socket) -> None:
    """Logs line by line, without control characters.

    No more than ``_LINES_A_SECOND``: a file must not be able to fill the log's disk.
    """
    began, lines = 0.0, 0
    with ear:
        while said := ear.recv(_CHUNK):
            for line in said.splitlines():
                if time.monotonic() - began >= 1:
                    if lines > _LINES_A_SECOND:
                        _log.warning("(%d more lines were left out)", lines - _LINES_A_SECOND)
                    began, lines = time.monotonic(), 0
                lines += 1
                if lines <= _LINES_A_SECOND:
                    text = line[:_LINE].decode("utf-8", "replace")
                    _log.warning("%s", "".join(c if c.isprintable() else "?" for c in text))
