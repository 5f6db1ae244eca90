"""The nursery: a process that has loaded the plugins, reads no file, and forks workers on demand.

It has one thread and forks within a few milliseconds; what it has loaded is shared with its
workers' memory. It serves one request at a time on its control connection:

- ``FORK`` with one socket: a new worker that serves this socket; answers (pid, 0)
- ``END`` pid: kills and reaps; answers (wait status, peak memory in KB)
- ``REAP`` pid: the same for a worker that seems to have ended: gives it a moment to do so first

Nobody else reaps its children, so a pid stays that worker's until the server ends it here.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import struct
import time
import traceback
from collections.abc import Callable
from typing import TypeVar

from qis_core.imaging import confinement

REQUEST = struct.Struct("!cI")
REPLY = struct.Struct("!qq")
FORK, END, REAP = b"F", b"E", b"R"
UNKNOWN_STATUS = -1
"""The status of a worker that did not end in time, or that had not ended by itself."""

T = TypeVar("T")

_MOMENT = 0.25
_KILL_WAIT = 2.0


def serve_forks(control: socket.socket, work: Callable[[socket.socket], None]) -> None:
    """Serves requests until the server closes ``control`` or ends; then ends all workers."""
    # Objects made so far live in pages that the workers share as long as nobody touches them.
    gc.collect()
    gc.freeze()
    nursery = _Nursery(control, work)
    try:
        while nursery.serve_one():
            pass
    finally:
        nursery.end_all()


def own_handle() -> list[int]:
    """A handle of this process, by which who gets it can end it; none where the system has no such thing."""
    try:
        return [os.pidfd_open(os.getpid())]
    except (AttributeError, OSError):
        return []


class _Nursery:
    def __init__(self, control: socket.socket, work: Callable[[socket.socket], None]) -> None:
        self._control = control
        self._work = work
        self._children: set[int] = set()
        self._lingering: set[int] = set()

    def serve_one(self) -> bool:
        """One request; False once the server has gone."""
        data, files, _, _ = socket.recv_fds(self._control, REQUEST.size, 1, socket.MSG_WAITALL)
        if len(data) < REQUEST.size:
            return False
        kind, pid = REQUEST.unpack(data)
        reply = (self._fork(files[0]), 0) if kind == FORK else self._end(pid, gently=kind == REAP)
        self._control.sendall(REPLY.pack(*reply))
        return True

    def end_all(self) -> None:
        """Ends all workers at once."""
        for pid in self._children:
            _kill(pid)

    def _fork(self, connection: int) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _be_worker(self._control, connection, parent, self._work)
        os.close(connection)
        self._children.add(pid)
        return pid

    def _end(self, pid: int, *, gently: bool) -> tuple[int, int]:
        self._lingering = {old for old in self._lingering if _reap(old, 0) is None}
        if pid not in self._children:
            return UNKNOWN_STATUS, 0
        self._children.discard(pid)
        ended_by_itself = gently and _has_ended(pid, _MOMENT)
        # Its process group is killed in any case, for the sake of what it may have started; before
        # it is reaped, because from then on the number may be another's.
        _kill(pid)
        found = _reap(pid, _KILL_WAIT)
        if found is None:
            # The kernel holds it (a network file system that hangs); it is reaped later.
            self._lingering.add(pid)
            return UNKNOWN_STATUS, 0
        status, peak = found
        return (UNKNOWN_STATUS if gently and not ended_by_itself else status), peak


def _be_worker(control: socket.socket, connection: int, parent: int, work: Callable[[socket.socket], None]) -> None:
    """Runs in the forked process, which ends here."""
    status = 1
    try:
        control.close()
        # Its own session: a kill of its group reaches whatever it starts.
        os.setsid()
        confinement.die_with(parent)
        with socket.socket(fileno=connection) as served:
            work(served)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _kill(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _has_ended(pid: int, seconds: float) -> bool:
    """Whether a child ends within ``seconds``; it is not reaped."""
    return _soon(lambda: os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT), seconds) is not None


def _reap(pid: int, seconds: float) -> tuple[int, int] | None:
    """(wait status, peak memory in KB) of a child that ends within ``seconds``, else None."""

    def look() -> tuple[int, int] | None:
        found, status, usage = os.wait4(pid, os.WNOHANG)
        return (status, usage.ru_maxrss) if found else None

    return _soon(look, seconds)


def _soon(look: Callable[[], T | None], seconds: float) -> T | None:
    """What ``look`` gives, asked again until it gives something or ``seconds`` have passed."""
    deadline = time.monotonic() + seconds
    pause = 0.0005
    while (found := look()) is None and time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(pause * 2, 0.02)
    return found
