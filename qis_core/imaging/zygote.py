"""The zygote of a node: a process that has loaded the plugins, and that nurseries are forked from.

Each pool of render workers has a nursery of its own, and a node has several: one for each server process, and for a
time those of work in the background. To load the plugins takes each 24 MB and most of a second; forked from one that
has them, it takes 2 MB and no time.

`share` starts it, in the process that server processes are forked from. Where there is none (other servers, commands,
tests), or where it has ended, each nursery is started afresh.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from qis_core.imaging.setup import WorkerSetup, worker_environment

_LONGEST = 1 << 17


class Zygote:
    """The server's side: starts ``python -m qis_core.worker --zygote``, which ends with the last that has this."""

    def __init__(self, setup: WorkerSetup) -> None:
        # Each message arrives whole, so that all processes that have inherited this end can send at once.
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = started(theirs, ["--zygote", str(theirs.fileno())])
        self._requests.sendall(pickle.dumps(setup))

    def fork(self, control: int, log: int) -> None:
        """Has a nursery forked that serves the descriptor ``control``, with ``log`` for its stderr. Raises OSError."""
        socket.send_fds(self._requests, [b"N"], [control, log])

    def close(self) -> None:
        """Lets go of it."""
        self._requests.close()


def started(control: socket.socket, arguments: Sequence[str], log: int | None = None) -> subprocess.Popen[bytes]:
    """A new ``python -m qis_core.worker``, which inherits ``control``; ``log`` takes its stderr (None: ours)."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "qis_core.worker", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=log,
        pass_fds=[control.fileno()],
        env=worker_environment(os.environ),
        start_new_session=True,
    )


_shared: Zygote | None = None


def share(setup: WorkerSetup) -> None:
    """Starts the zygote of this process and of all that will be forked from it, in place of the one before."""
    global _shared
    before, _shared = _shared, Zygote(setup)
    if before is not None:
        before.close()


def shared() -> Zygote | None:
    """The zygote of this process, where there is one."""
    return _shared


Registries = TypeVar("Registries")


def serve_nurseries(
    requests: socket.socket, load: Callable[[WorkerSetup], Registries]
) -> tuple[socket.socket, Callable[[WorkerSetup], Registries]]:
    """Runs in the zygote, and comes back in each nursery only: with its connection, and with a ``load`` that
    remembers what was loaded for the zygote's setup."""
    first = pickle.loads(requests.recv(_LONGEST))
    loaded = load(first)
    # Nobody waits for nurseries.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # What the garbage collector has frozen it does not write to, so that it stays shared.
    gc.collect()
    gc.freeze()
    while True:
        message, files, _, _ = socket.recv_fds(requests, 1, 2)
        if not message:
            sys.exit()
        if os.fork() == 0:
            requests.close()
            return _be_nursery(*files), lambda setup: loaded if _is_same(setup, first) else load(setup)
        for file in files:
            os.close(file)


def _be_nursery(control: int, log: int) -> socket.socket:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.dup2(log, sys.stderr.fileno())
    os.close(log)
    return socket.socket(fileno=control)


def _is_same(one: WorkerSetup, other: WorkerSetup) -> bool:
    return (one.settings, one.data) == (other.settings, other.data)
