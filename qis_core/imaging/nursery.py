"""The server's side of the nursery: starts it or finds it, puts orders into its queue, has workers ended."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qis_core.api import Unavailable
from qis_core.imaging import forking, wire, zygote
from qis_core.imaging.setup import READY, WorkerSetup
from qis_core.imaging.worker_log import WorkerLog

_log = logging.getLogger("qis.worker")
_START_SECONDS = 60.0
_REPLY_SECONDS = 10.0
_PAUSE_SECONDS = 2.0
_QUEUE_SECONDS = 20.0
_STARTS = 2


@dataclass(frozen=True, slots=True)
class Ending:
    """How a worker ended: its wait status (or ``UNKNOWN_STATUS``, ``ENDED_STATUS``), peak memory in bytes."""

    status: int
    peak_bytes: int

    @property
    def signal(self) -> int:
        """The signal that ended it, 0 for none."""
        return os.WTERMSIG(self.status) if self.status >= 0 and os.WIFSIGNALED(self.status) else 0


class Nursery:
    """The workers of a node, or of this process where ``setup`` is not shared; thread-safe.

    The process that forks them is there at once and loads in the background; where it has ended for any reason the
    next order has another one started. Belongs to the process that made it, not to that one's forks.
    """

    def __init__(self, setup: WorkerSetup, arguments: Sequence[str] = ()) -> None:
        self._setup = setup
        self._arguments = arguments
        self._lock = threading.Lock()
        self._closed = False
        self._failed_at = -_PAUSE_SECONDS
        self._running: NurseryProcess | None = None
        self._connections: set[socket.socket] = set()
        with contextlib.suppress(OSError):
            self._process()

    @contextlib.contextmanager
    def handed(self, packed: bytes, files: Sequence[int]) -> Iterator[tuple[NurseryProcess, socket.socket]]:
        """(nursery process, connection) of an order that is in the queue. Raises Unavailable; wire.Gone where all who
        read from the queue have just ended."""
        process = self._ready()
        try:
            connection = wire.send_order(process.queue, packed, files)
        except TimeoutError:
            raise Unavailable("too busy: the queue of the renderers is full") from None
        except OSError as error:
            self._lost(process)
            raise wire.Gone from error
        with connection:
            self._connections.add(connection)
            try:
                if self._closed:
                    raise wire.Gone
                yield process, connection
            finally:
                self._connections.discard(connection)

    def end(self, process: NurseryProcess, pid: int, *, gently: bool = False) -> Ending | None:
        """Ends a worker at once, or ``gently`` where it seems to have ended by itself.

        None where it has ended because its nursery has, or just has been ended.
        """
        with self._lock:
            if process is self._running and not self._closed:
                with contextlib.suppress(wire.Gone, OSError):
                    return process.end(pid, gently=gently)
                self._drop()
            return None

    def close(self) -> None:
        """Ends what is under way, and the workers unless others have them, too."""
        self._closed = True
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        # Whoever holds the lock waits for this process, perhaps for long: its end ends the wait.
        if (running := self._running) is not None:
            running.leave()
        with self._lock:
            if self._running is not None:
                self._running.close()
                self._running = None

    def _ready(self) -> NurseryProcess:
        running = self._running
        if running is not None and running.is_ready and not self._closed:
            return running
        with self._lock:
            for _ in range(_STARTS):
                with contextlib.suppress(wire.Gone, OSError):
                    process = self._process()
                    process.await_ready()
                    return process
                # The second one is for the case that it was just about to end, as all others had left it.
                self._drop()
            self._failed_at = time.monotonic()
            raise self._cannot_start()

    def _process(self) -> NurseryProcess:
        if self._closed:
            raise Unavailable("the server is stopping")
        if self._running is None:
            if time.monotonic() - self._failed_at < _PAUSE_SECONDS:
                raise self._cannot_start()
            self._running = NurseryProcess(self._setup, self._arguments)
        return self._running

    def _cannot_start(self) -> Unavailable:
        if self._closed:
            return Unavailable("the server is stopping")
        _log.error("the render processes cannot be started; what they say of it stands in this log")
        return Unavailable("the render processes cannot be started", retry_after=10)

    def _lost(self, process: NurseryProcess) -> None:
        with self._lock:
            if process is self._running:
                self._drop()

    def _drop(self) -> None:
        """Ends the process, which has ended already or is of no use to anybody."""
        if self._running is not None:
            self._running.kill()
            self._running.close()
            self._running = None


class NurseryProcess:
    """One nursery process: forked or shared by the zygote where there is one, else started afresh."""

    def __init__(self, setup: WorkerSetup, arguments: Sequence[str]) -> None:
        self._control, theirs = socket.socketpair()
        self._ready_by: float | None = time.monotonic() + _START_SECONDS
        self._handle = -1
        self._popen: subprocess.Popen[bytes] | None = None
        with theirs:
            is_of_zygote = _is_of_zygote(setup, theirs, arguments)
            if not is_of_zygote:
                self._popen = _started(setup, theirs, arguments)
        self._is_shared = is_of_zygote and setup.shared

    @property
    def is_ready(self) -> bool:
        """Whether it takes orders."""
        return self._ready_by is None

    def await_ready(self) -> None:
        """Back once it takes orders, in its ``queue``. Raises wire.Gone, TimeoutError."""
        if self._ready_by is None:
            return
        self._control.settimeout(max(self._ready_by - time.monotonic(), 0.01))
        said, files, _, _ = socket.recv_fds(self._control, len(READY), 2, socket.MSG_WAITALL)
        if said != READY:
            raise wire.Gone
        self.queue = socket.socket(fileno=files[0])
        # It is shared with other processes, and so is whether it blocks.
        self.queue.settimeout(_QUEUE_SECONDS)
        self._handle = files[1] if len(files) > 1 else -1
        self._control.settimeout(_REPLY_SECONDS)
        self._ready_by = None

    def end(self, pid: int, *, gently: bool) -> Ending:
        """Has a worker ended. Raises wire.Gone, TimeoutError."""
        self._control.sendall(forking.REQUEST.pack(forking.REAP if gently else forking.END, pid))
        data = self._control.recv(forking.REPLY.size, socket.MSG_WAITALL)
        if len(data) < forking.REPLY.size:
            raise wire.Gone
        status, peak_kilobytes = forking.REPLY.unpack(data)
        return Ending(status, peak_kilobytes * 1024)

    def leave(self) -> None:
        """Needs it no more: it ends, unless others do."""
        # Whoever waits for an answer need not wait for the process to be gone.
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        if not self._is_shared:
            self.kill()

    def kill(self) -> None:
        """Ends it at once."""
        if self._popen is not None:
            self._popen.kill()
        elif self._handle >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def close(self) -> None:
        """Lets go of it, once it has been left or killed."""
        self._control.close()
        if self._popen is not None:
            self._popen.wait()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __del__(self) -> None:
        # Not before: somebody may be just sending an order, to a number that would be another connection's by then.
        if self._ready_by is None:
            self.queue.close()


def _is_of_zygote(setup: WorkerSetup, control: socket.socket, arguments: Sequence[str]) -> bool:
    """Whether the zygote was asked for a nursery; what has arguments of its own is none of its kind."""
    found = zygote.shared()
    if found is None or arguments:
        return False
    try:
        found.fork(setup, control.fileno())
    except OSError:
        return False
    return True


def _started(setup: WorkerSetup, control: socket.socket, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    log = WorkerLog()
    with ours, theirs:
        popen = zygote.started(theirs, [str(theirs.fileno()), *arguments], log)
        log.forward()
        forking.send_client(ours, control.fileno(), setup)
    return popen
