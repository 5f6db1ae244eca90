"""Processes that are forked from one that has imported for all of them, and is gone then.

What is imported is shared as long as nobody writes to it. Python writes reference counts nearly everywhere, so that
each process soon has a copy of most pages, and the one that they were forked from keeps the first copy, which
nobody needs: 35 MB. So that one, the template, ends as soon as its children are there. The system gives them to the
first process of the server, which has asked for orphans (Linux: ``PR_SET_CHILD_SUBREAPER``).
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import select
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Callable
from functools import cache

_PR_SET_CHILD_SUBREAPER = 36
_REQUEST, _REPLY = struct.Struct("!i"), struct.Struct("!i")


@cache
def can_adopt() -> bool:
    """Whether this system gives orphans to a process that asks for them, and handles of processes."""
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True


def adopt() -> None:
    """Has orphans below this process become its children; it has to `reap` them."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap() -> None:
    """Lets go of all children that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


class Template:
    """A process that has called ``imports``, and starts a process for each number it is told. Ends with `close`."""

    def __init__(self, imports: Callable[[], None], start: Callable[[int], int]) -> None:
        """``start`` is called there: it starts a process for a number, and answers its process number."""
        self._control, theirs = socket.socketpair()
        if os.fork() == 0:
            self._control.close()
            _be_template(theirs, imports, start)
        theirs.close()

    def start(self, number: int) -> int:
        """The process number of a new process. Raises RuntimeError where none could be started."""
        self._control.sendall(_REQUEST.pack(number))
        reply = self._control.recv(_REPLY.size, socket.MSG_WAITALL)
        if len(reply) < _REPLY.size:
            raise RuntimeError("no server process could be started; what is said above tells why")
        pid: int = _REPLY.unpack(reply)[0]
        return pid

    def close(self) -> None:
        """Ends it."""
        self._control.close()


def _be_template(control: socket.socket, imports: Callable[[], None], start: Callable[[int], int]) -> None:
    """Runs in the forked process, which ends here."""
    try:
        # Signals of the terminal's group are for its parent, which ends it.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        imports()
        # What the garbage collector has frozen it does not write to.
        gc.collect()
        gc.freeze()
        while request := control.recv(_REQUEST.size, socket.MSG_WAITALL):
            control.sendall(_REPLY.pack(start(_REQUEST.unpack(request)[0])))
    except BaseException:
        traceback.print_exc()
    finally:
        # Its children go on, so nothing is waited for.
        os._exit(0)


class Adopted:
    """A process that a template has started: what granian asks of a ``multiprocessing.Process``."""

    def __init__(self, template: Template, number: int) -> None:
        self._template = template
        self._number = number
        self._handle = -1
        self.pid = 0

    def start(self) -> None:
        """Starts it. Raises RuntimeError."""
        self.pid = self._template.start(self._number)
        # As long as the template lives, the number cannot become another's: nobody has waited for the process.
        self._handle = os.pidfd_open(self.pid)

    def is_alive(self) -> bool:
        """Whether it runs."""
        return not self._has_ended(0)

    def join(self, timeout: float | None = None) -> None:
        """Back when it has ended, or after so many seconds."""
        self._has_ended(timeout)

    def terminate(self) -> None:
        """Asks it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it at once."""
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, number)

    def _has_ended(self, seconds: float | None) -> bool:
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return bool(poll.poll(None if seconds is None else seconds * 1000))


class Alive:
    """Tells forked processes that the one which made it has ended: nobody else holds the other end of its pipe."""

    def __init__(self) -> None:
        self._ours = os.getpid()
        self._ear, self._held = os.pipe()

    def let_go(self) -> None:
        """To be called in each forked process, or it would keep itself alive."""
        if os.getpid() != self._ours and self._held >= 0:
            os.close(self._held)
            self._held = -1

    def wait(self) -> None:
        """Back when the process that made it has ended."""
        os.read(self._ear, 1)
