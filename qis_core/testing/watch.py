"""Watching a server while it is being ill-treated: does it answer, what does it take, what does it start."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from qis_core.testing.app_fixtures import Server
from qis_core.testing.raw_http import ask

_ASK_EVERY = 0.1
_LOOK_EVERY = 0.05


@dataclass
class Sights:
    """The worst that was seen: seconds until ``/health`` answered, memory of all processes in bytes
    (and of each by its pid), other statuses of ``/health`` than 200, and command lines of processes
    that are none of ours."""

    slowest_health: float = 0.0
    peak_bytes: int = 0
    peak_shares: Mapping[int, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)

    def merge(self, other: Sights) -> None:
        """Takes over what is worse in ``other``."""
        self.slowest_health = max(self.slowest_health, other.slowest_health)
        if other.peak_bytes > self.peak_bytes:
            self.peak_bytes, self.peak_shares = other.peak_bytes, other.peak_shares
        self.failures += other.failures
        self.strangers |= other.strangers


def on_this_machine(seconds: float) -> float:
    """Far more than ``seconds`` of a machine that has nothing else to do last on this one, as busy as it is now."""
    return 3 * seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class Watch:
    """Asks for ``/health`` and looks at the server's processes all the time, on threads of its own.

    Use it as a context manager. ``take`` gives what was seen since the last ``take``.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._sights = Sights()
        self._asked_at = 0.0
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._ask, self._look)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def take(self) -> Sights:
        """What was seen since the last call; a question that has no answer yet counts as long as it lasts."""
        with self._lock:
            found, self._sights = self._sights, Sights()
            if self._asked_at:
                found.slowest_health = max(found.slowest_health, time.monotonic() - self._asked_at)
        return found

    def _ask(self) -> None:
        while not self._ended.wait(_ASK_EVERY):
            self._asked_at = began = time.monotonic()
            try:
                status = str(ask(self._server.url, "/health", seconds=30).status)
            except OSError as error:
                status = repr(error)
            self._asked_at = 0.0
            with self._lock:
                self._sights.slowest_health = max(self._sights.slowest_health, time.monotonic() - began)
                if status != "200":
                    self._sights.failures.append(status)

    def _look(self) -> None:
        server = psutil.Process(self._server.pid)
        while not self._ended.wait(_LOOK_EVERY):
            with contextlib.suppress(psutil.Error):
                family = [server, *server.children(recursive=True)]
                shares = {process.pid: _memory(process) for process in family}
                strangers = {line for process in family if (line := _command_line(process)) and "python" not in line}
                with self._lock:
                    self._sights.merge(Sights(peak_bytes=sum(shares.values()), peak_shares=shares, strangers=strangers))


def _memory(process: psutil.Process) -> int:
    """The process's share of memory in bytes; where the system does not tell it, all that it holds."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    with contextlib.suppress(psutil.Error):
        held: int = process.memory_info().rss
        return held
    return 0


def _command_line(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""
