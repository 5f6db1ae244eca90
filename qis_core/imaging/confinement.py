"""What a render worker may still do: the operating system's limits on a process that reads hostile files.

All of it is for the worker itself to call, between its start and the first file. Limits that a
system does not know are left out: the server's own deadline holds everywhere.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import struct
from collections.abc import Sequence
from pathlib import Path

from qis_core.api import Limits
from qis_core.imaging import landlock
from qis_core.imaging.system_calls import refuse_system_calls

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_READ_SEARCH = 2
_OPEN_FILES = 64
_GRACE_SECONDS = 2.0
_STATM = "/proc/self/statm"
_PAGE = resource.getpagesize()


def ignore_signals() -> None:
    """Leaves endings to the server: it closes the connection, or kills."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)


def die_with(parent: int) -> None:
    """Ends this process when process ``parent``, which started it, ends in any way (Linux)."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # It ended before the request was made.
        os._exit(0)


def confine(readable: Sequence[Path] | None = None, *, written_bytes: int = 0) -> None:
    """For good: no core files, no writing to files, few open files, no new privileges, no other processes.

    ``written_bytes`` is how long a file may become that the server has opened for writing; none else can be opened so.

    Where the system can do it nothing but what lies in ``readable`` and the system's own folders
    can be read; None leaves reading alone.
    """
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, written_bytes)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _prctl(_PR_SET_DUMPABLE, 0)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    landlock.restrict_files(None if readable is None else [*landlock.system_folders(), *readable])
    refuse_system_calls()
    _drop_capabilities()


class Allowance:
    """The memory and time of one job, the memory counted from what the idle worker uses; one for a process."""

    def __init__(self) -> None:
        try:
            # It stays open, because a limit of memory must not keep it from being read.
            self._statm = os.open(_STATM, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._statm = -1
        self._idle_bytes = self._memory(0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def begin(self, limits: Limits) -> None:
        """Sets the limits for a job: beyond them an allocation fails, or the process is ended."""
        if self._idle_bytes:
            _soft_limit(resource.RLIMIT_AS, self._idle_bytes + limits.memory_bytes)
        # The server has a worker ended at its deadline; this is for the case that it cannot, or is no more.
        signal.setitimer(signal.ITIMER_REAL, limits.seconds + _GRACE_SECONDS)

    def lift(self) -> None:
        """Lifts the limit of memory, so that the answer can be written."""
        if self._idle_bytes:
            _soft_limit(resource.RLIMIT_AS, resource.RLIM_INFINITY)

    def end(self) -> None:
        """Lifts the limit of time, once the answer is sent."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    @property
    def resident_bytes(self) -> int:
        """The memory this process holds now, 0 where the system does not tell."""
        return self._memory(1)

    def _memory(self, field: int) -> int:
        return int(os.pread(self._statm, 200, 0).split()[field]) * _PAGE if self._statm >= 0 else 0


def _limit(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(which, (value, value))


def _soft_limit(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY and (value == resource.RLIM_INFINITY or value > hard):
        value = hard
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (value, hard))


def _drop_capabilities() -> None:
    """Where the server runs as root: keeps none of root's powers but to read any file (linux/capability.h)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "capset"):
        kept = 1 << _CAP_DAC_READ_SEARCH
        libc.capset(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), struct.pack("=6I", kept, kept, 0, 0, 0, 0))


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "prctl"):
        libc.prctl(option, value, 0, 0, 0)
