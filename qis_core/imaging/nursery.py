"""The server's side of the nursery: starts it, asks it for workers, has them ended."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from qis_core.api import Unavailable
from qis_core.imaging import forking, wire
from qis_core.imaging.setup import READY, WorkerSetup
from qis_core.imaging.zygote import shared, started

_log = logging.getLogger("qis.worker")
_START_SECONDS = 60.0
_REPLY_SECONDS = 10.0
_PAUSE_SECONDS = 2.0
_LINE = 8192
_LINES_A_SECOND = 200


@dataclass(frozen=True, slots=True)
class Ending:
    """How a worker ended: its wait status (``forking.UNKNOWN_STATUS``: not by itself), peak memory in bytes."""

    status: int
    peak_bytes: int

    @property
    def signal(self) -> int:
        """The signal that ended it, 0 for none."""
        return os.WTERMSIG(self.status) if self.status >= 0 and os.WIFSIGNALED(self.status) else 0


class Nursery:
    """Starts ``python -m qis_core.worker`` and forks workers from it; thread-safe.

    It starts at once and loads in the background; where it has ended for any reason the next
    ``fork`` starts another one. Belongs to the process that made it, not to that one's forks.
    """

    def __init__(self, setup: WorkerSetup, arguments: Sequence[str] = ()) -> None:
        self._setup = setup
        self._arguments = arguments
        self._lock = threading.Lock()
        self._closed = False
        self._failed_at = -_PAUSE_SECONDS
        self._running: _Process | None = None
        with contextlib.suppress(wire.Gone, OSError):
            self._process()

    def fork(self) -> tuple[_Process, int, socket.socket]:
        """(nursery process, pid, connection) of a new worker. Raises Unavailable."""
        with self._lock:
            was_ready = self._running is not None and self._running.is_ready
            try:
                return self._fork()
            except (wire.Gone, OSError):
                # One that did well so far has been ended by somebody; one that never came up has a reason.
                self._drop()
                if was_ready:
                    with contextlib.suppress(wire.Gone, OSError):
                        return self._fork()
                self._drop()
            self._failed_at = time.monotonic()
            raise self._cannot_start()

    def end(self, process: _Process, pid: int, *, gently: bool = False) -> Ending | None:
        """Ends a worker at once, or ``gently`` where it seems to have ended by itself.

        None where it has ended because its nursery has.
        """
        with self._lock:
            if process is not self._running:
                return None
            try:
                return process.end(pid, gently=gently)
            except (wire.Gone, OSError):
                self._drop()
                return None

    def close(self) -> None:
        """Ends the nursery and all its workers."""
        self._closed = True
        # Whoever holds the lock waits for this process, perhaps for long: its end ends the wait.
        if (running := self._running) is not None:
            running.kill()
        with self._lock:
            self._drop()

    def _fork(self) -> tuple[_Process, int, socket.socket]:
        process = self._process()
        pid, connection = process.fork()
        return process, pid, connection

    def _process(self) -> _Process:
        if self._closed:
            raise Unavailable("the server is stopping")
        if self._running is None:
            if time.monotonic() - self._failed_at < _PAUSE_SECONDS:
                raise self._cannot_start()
            self._running = _Process(self._setup, self._arguments)
        return self._running

    def _cannot_start(self) -> Unavailable:
        if self._closed:
            return Unavailable("the server is stopping")
        _log.error("the render processes cannot be started; what they say of it stands in this log")
        return Unavailable("the render processes cannot be started", retry_after=10)

    def _drop(self) -> None:
        if self._running is not None:
            self._running.close()
            self._running = None


class _Process:
    """One nursery process: forked from the zygote where there is one, else started afresh."""

    def __init__(self, setup: WorkerSetup, arguments: Sequence[str]) -> None:
        self._control, theirs = socket.socketpair()
        self._control.settimeout(_REPLY_SECONDS)
        self._ready_by: float | None = time.monotonic() + _START_SECONDS
        self._handle = -1
        log, written = os.pipe()
        with theirs:
            is_forked = _is_forked(theirs, written, arguments)
            self._popen = None if is_forked else started(theirs, [str(theirs.fileno()), *arguments], log=written)
        os.close(written)
        stream = os.fdopen(log, "rb")
        threading.Thread(target=_forward, args=(stream,), name="qis-worker-log", daemon=True).start()
        try:
            wire.send(self._control, setup)
        except (wire.Gone, OSError):
            self.close()
            raise

    @property
    def is_ready(self) -> bool:
        return self._ready_by is None

    def fork(self) -> tuple[int, socket.socket]:
        self._await_ready()
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(self._control, [forking.REQUEST.pack(forking.FORK, 0)], [theirs.fileno()])
            return self._reply()[0], ours
        except BaseException:
            ours.close()
            raise

    def end(self, pid: int, *, gently: bool) -> Ending:
        self._control.sendall(forking.REQUEST.pack(forking.REAP if gently else forking.END, pid))
        status, peak_kilobytes = self._reply()
        return Ending(status, peak_kilobytes * 1024)

    def kill(self) -> None:
        # Whoever waits for an answer need not wait for the process to be gone.
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        if self._popen is not None:
            self._popen.kill()
        elif self._handle >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def close(self) -> None:
        self.kill()
        self._control.close()
        if self._popen is not None:
            self._popen.wait()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _await_ready(self) -> None:
        if self._ready_by is None:
            return
        self._control.settimeout(max(self._ready_by - time.monotonic(), 0.01))
        said, handles, _, _ = socket.recv_fds(self._control, len(READY), 1, socket.MSG_WAITALL)
        self._handle = next(iter(handles), -1)
        if said != READY:
            raise wire.Gone
        self._control.settimeout(_REPLY_SECONDS)
        self._ready_by = None

    def _reply(self) -> tuple[int, int]:
        data = self._control.recv(forking.REPLY.size, socket.MSG_WAITALL)
        if len(data) < forking.REPLY.size:
            raise wire.Gone
        first, second = forking.REPLY.unpack(data)
        return first, second


def _is_forked(control: socket.socket, log: int, arguments: Sequence[str]) -> bool:
    """Whether the zygote was asked for a nursery; what has arguments of its own is none of its kind."""
    zygote = shared()
    if zygote is None or arguments:
        return False
    try:
        zygote.fork(control.fileno(), log)
    except OSError:
        return False
    return True


def _forward(stream: BinaryIO) -> None:
    """Logs what render processes write to stderr, line by line, without control characters.

    No more than ``_LINES_A_SECOND``: a file must not be able to fill the log's disk.
    """
    began, lines = 0.0, 0
    with stream:
        while line := stream.readline(_LINE):
            if time.monotonic() - began >= 1:
                if lines > _LINES_A_SECOND:
                    _log.warning("(%d more lines were left out)", lines - _LINES_A_SECOND)
                began, lines = time.monotonic(), 0
            lines += 1
            if lines <= _LINES_A_SECOND:
                text = line.decode("utf-8", "replace").rstrip()
                _log.warning("%s", "".join(c if c.isprintable() else "?" for c in text))
