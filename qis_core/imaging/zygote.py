"""The zygote of a node: a process that has loaded the plugins, and that nurseries are forked from.

A node has several nurseries: one that all its server processes share, and for a time those of work in the background.
To load the plugins takes each 24 MB and most of a second; forked from one that has them, it takes 2 MB and no time.
The zygote also knows which nursery serves what setup, and brings server processes to it.

`share` starts it, in the process that server processes are forked from. Where there is none (other servers, commands,
tests), or where it has ended, each nursery is started afresh, and serves one process.
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

from qis_core.imaging.forking import receive_client, send_client
from qis_core.imaging.setup import WorkerSetup, worker_environment
from qis_core.imaging.worker_log import WorkerLog

_LONGEST = 1 << 17


class Zygote:
    """The server's side: starts ``python -m qis_core.worker --zygote``, which ends with the last that has this."""

    def __init__(self, setup: WorkerSetup, arguments: Sequence[str] = ()) -> None:
        """``arguments`` go to its command line."""
        # Each message arrives whole, so that all processes that have inherited this end can send at once.
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._log = WorkerLog()
        with theirs:
            self.process = started(theirs, ["--zygote", str(theirs.fileno()), *arguments], self._log)
        self._requests.sendall(pickle.dumps(setup))

    def fork(self, setup: WorkerSetup, control: int) -> None:
        """Has the descriptor ``control`` served by a new nursery, or the one that is ``shared``. Raises OSError."""
        self._log.forward()
        send_client(self._requests, control, setup)

    def close(self) -> None:
        """Lets go of it."""
        self._requests.close()
        self._log.close()


def started(channel: socket.socket, arguments: Sequence[str], log: WorkerLog) -> subprocess.Popen[bytes]:
    """A new ``python -m qis_core.worker``, which inherits ``channel``, and writes to ``log``."""
    with log.mouth:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "qis_core.worker", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log.mouth.fileno(),
            pass_fds=[channel.fileno()],
            env=worker_environment(os.environ),
            # Signals of the terminal are for the server, which ends it.
            process_group=0,
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
    """Runs in the zygote, and comes back in each nursery only: with its channel, and with a ``load`` that
    remembers what was loaded for the zygote's setup."""
    first = pickle.loads(requests.recv(_LONGEST))
    loaded = load(first)
    # Nobody waits for nurseries.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # What the garbage collector has frozen it does not write to, so that it stays shared.
    gc.collect()
    gc.freeze()
    nurseries: list[tuple[WorkerSetup, socket.socket]] = []
    while (found := receive_client(requests)) is not None:
        client, setup = found
        with client:
            if _is_brought(client, setup, nurseries):
                continue
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            if os.fork() == 0:
                for others in (requests, ours, *(channel for _, channel in nurseries)):
                    others.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.setpgid(0, 0)
                return theirs, lambda setup: loaded if _is_same(setup, first) else load(setup)
            theirs.close()
            send_client(ours, client.fileno(), setup)
            if setup.shared:
                # One that hangs must not hold up all others.
                ours.setblocking(False)
                nurseries.append((setup, ours))
            else:
                ours.close()
    sys.exit()


def _is_brought(client: socket.socket, setup: WorkerSetup, nurseries: list[tuple[WorkerSetup, socket.socket]]) -> bool:
    """Whether ``client`` went to the nursery that serves this setup; it is forgotten where it has ended."""
    for known, channel in list(nurseries):
        if known == setup:
            try:
                send_client(channel, client.fileno(), setup)
                return True
            except OSError:
                nurseries.remove((known, channel))
                channel.close()
    return False


def _is_same(one: WorkerSetup, other: WorkerSetup) -> bool:
    return (one.settings, one.data) == (other.settings, other.data)
