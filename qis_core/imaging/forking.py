"""The nursery: a process that has loaded the plugins, reads no file, and forks workers where orders wait for them.

It has one thread and forks within a few milliseconds; what it has loaded is shared with its workers' memory. All
workers read orders from one queue, so that whoever is free takes the next one; the nursery itself has no part in that.

Server processes come to it as connections over a channel. It sends each of them `READY`, once its plugins are loaded,
with the end of the queue that orders are put into; and serves one request at a time:

- ``END`` pid: kills and reaps a worker; answers (wait status, peak memory in KB)
- ``REAP`` pid: the same for a worker that seems to have ended: gives it a moment to do so first

It ends when the last of them has gone.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import select
import signal
import socket
import struct
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from qis_core.imaging import confinement, heap
from qis_core.imaging.setup import READY, WorkerSetup

REQUEST = struct.Struct("!cI")
REPLY = struct.Struct("!qq")
END, REAP = b"E", b"R"
UNKNOWN_STATUS = -1
"""The status of a worker that did not end in time, or that had not ended by itself."""
ENDED_STATUS = -2
"""The status of a worker that somebody had ended, for an order that it had done meanwhile."""

Work = Callable[[socket.socket, Callable[[], None]], None]
"""What a worker does, with the queue it reads from and what to call once it is ready to."""

T = TypeVar("T")

_LONGEST = 1 << 17
_MOMENT = 0.25
_KILL_WAIT = 2.0
_TAKING = 0.005
_FAILED_STARTS = 3
_REMEMBERED = 100


def receive_client(channel: socket.socket) -> tuple[socket.socket, WorkerSetup] | None:
    """A server process that has come, and what it asks for; None where none will come any more."""
    said, files, _, _ = socket.recv_fds(channel, _LONGEST, 1)
    return (socket.socket(fileno=files[0]), pickle.loads(said)) if said else None


def send_client(channel: socket.socket, client: int, setup: WorkerSetup) -> None:
    """Brings a server process to a nursery. Raises OSError where that has ended."""
    socket.send_fds(channel, [pickle.dumps(setup)], [client])


def serve_forks(channel: socket.socket, client: socket.socket, work: Work, most: int) -> None:
    """Serves ``client``, and all who come over ``channel``, until the last has gone; then ends all workers."""
    # Objects made so far live in pages that the workers share as long as nobody touches them.
    gc.collect()
    gc.freeze()
    nursery = _Nursery(channel, work, most)
    nursery.welcome(client)
    try:
        nursery.serve()
    finally:
        nursery.end_all()


class _Nursery:
    def __init__(self, channel: socket.socket, work: Work, most: int) -> None:
        self._channel: socket.socket | None = channel
        self._work = work
        self._most = most
        self._clients: set[socket.socket] = set()
        self._for_orders, self._queue = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # For workers, who want to know that nothing has come for long. Nothing is read from it here.
        self._queue.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(heap.REST_SECONDS), 0))
        # It rings when a child has ended, or is ready.
        self._bell, self._cord = os.pipe()
        for end in (self._bell, self._cord):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._cord, warn_on_full_buffer=False)
        self._workers: set[int] = set()
        self._starting = 0
        self._failed_starts = 0
        self._endings: OrderedDict[int, tuple[int, int]] = OrderedDict()

    def welcome(self, client: socket.socket) -> None:
        """Takes a server process on."""
        self._clients.add(client)
        handle = _own_handle()
        with contextlib.suppress(OSError):
            socket.send_fds(client, [READY], [self._for_orders.fileno(), *handle])
        for each in handle:
            os.close(each)

    def serve(self) -> None:
        """Until all server processes have gone."""
        while self._clients or self._channel is not None:
            for ear in select.select(self._ears(), [], [])[0]:
                if isinstance(ear, int):
                    self._look_after_children()
                elif ear is self._channel:
                    self._open_door()
                elif ear is self._queue:
                    self._help()
                else:
                    self._answer(ear)

    def end_all(self) -> None:
        """Ends all workers at once."""
        for pid in self._workers:
            _kill(pid)

    def _ears(self) -> list[socket.socket | int]:
        ears: list[socket.socket | int] = [self._bell, *self._clients]
        if self._channel is not None:
            ears.append(self._channel)
        if len(self._workers) < self._most and not self._starting:
            ears.append(self._queue)
        return ears

    def _open_door(self) -> None:
        assert self._channel is not None
        if found := receive_client(self._channel):
            self.welcome(found[0])
        else:
            self._channel.close()
            self._channel = None

    def _answer(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            data = client.recv(REQUEST.size, socket.MSG_WAITALL)
            if len(data) == REQUEST.size:
                kind, pid = REQUEST.unpack(data)
                client.sendall(REPLY.pack(*self._end(pid, gently=kind == REAP)))
                return
        client.close()
        self._clients.discard(client)
        if not self._clients and self._channel is not None:
            # From here on others are sent to another nursery. Who has come already is let in still.
            self._channel.shutdown(socket.SHUT_RD)

    def _help(self) -> None:
        """Forks a worker where an order waits that none of those who are there takes."""
        if self._workers:
            time.sleep(_TAKING)
            if not select.select([self._queue], [], [], 0)[0]:
                return
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._be_worker(parent)
        self._workers.add(pid)
        self._starting = pid
        self._endings.pop(pid, None)

    def _be_worker(self, parent: int) -> None:
        """Runs in the forked process, which ends here."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for others in (*self._clients, self._for_orders, *([self._channel] if self._channel else [])):
                others.close()
            os.close(self._bell)
            # Its own group: a kill of it reaches whatever it starts. The session stays the server's: between sessions
            # niceness would count for nothing (Linux: sched_autogroup_enabled).
            os.setpgid(0, 0)
            confinement.die_with(parent)
            self._work(self._queue, self._ring)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)

    def _ring(self) -> None:
        """Runs in the forked process."""
        os.write(self._cord, b"!")
        os.close(self._cord)

    def _look_after_children(self) -> None:
        rung = os.read(self._bell, 1000)
        if b"!" in rung:
            self._starting = self._failed_starts = 0
        with contextlib.suppress(ChildProcessError):
            while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                self._remember(ended.si_pid, self._let_go(ended.si_pid, 0) or (UNKNOWN_STATUS, 0))

    def _remember(self, pid: int, ending: tuple[int, int]) -> None:
        self._workers.discard(pid)
        self._endings[pid] = ending
        if len(self._endings) > _REMEMBERED:
            self._endings.popitem(last=False)
        if pid == self._starting:
            self._starting = 0
            self._failed_starts += 1
            if self._failed_starts == _FAILED_STARTS:
                raise RuntimeError("no render worker can be started")

    def _end(self, pid: int, *, gently: bool) -> tuple[int, int]:
        if pid in self._endings:
            return self._endings.pop(pid)
        if pid not in self._workers:
            return UNKNOWN_STATUS, 0
        ended_by_itself = gently and _has_ended(pid, _MOMENT)
        # Where the kernel holds it (a network file system that hangs), it is reaped later.
        found = self._let_go(pid, _KILL_WAIT)
        # Somebody else may find that it has ended: it may have had a new order already.
        self._remember(pid, (ENDED_STATUS, 0))
        if found is None:
            return UNKNOWN_STATUS, 0
        status, peak = found
        return (UNKNOWN_STATUS if gently and not ended_by_itself else status), peak

    def _let_go(self, pid: int, seconds: float) -> tuple[int, int] | None:
        # Its process group is killed in any case, for the sake of what it may have started; before
        # it is reaped, because from then on the number may be another's.
        _kill(pid)
        return _reap(pid, seconds)


def _own_handle() -> list[int]:
    """A handle of this process, by which who gets it can end it; none where the system has no such thing."""
    try:
        return [os.pidfd_open(os.getpid())]
    except (AttributeError, OSError):
        return []


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
