"""What the benchmarks share: a server of our own, its processes' CPU time, and a client."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import psutil

from qis_core.testing.processes import is_render_process

START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A running server: its port, its first process, and the folders of its originals and of its data."""

    port: int
    process: psutil.Process
    library: Path
    data: Path

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[HTTPResponse, bytes]:
        """One request on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    def processes(self) -> list[psutil.Process]:
        """The first process and all below it."""
        return [self.process, *self.process.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """CPU time of all processes so far."""
        return cpu_seconds(self.process)

    def peak_megabytes(self) -> dict[str, float]:
        """The greatest resident set of each process so far (VmHWM), by what it is."""
        found: dict[str, float] = {}
        for process in self.processes():
            with contextlib.suppress(psutil.Error, OSError):
                status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
                peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
                name = "render worker" if is_render_process(process) else "web"
                found[name] = max(found.get(name, 0.0), peak / 1024)
        return found


@contextlib.contextmanager
def server(library: Path, **settings: str) -> Iterator[Server]:
    """A server of its own over ``library`` (settings by environment name), ended and cleaned up after."""
    data = Path(tempfile.mkdtemp(prefix="qis-bench-"))
    port = free_port()
    command = [str(Path(sys.executable).with_name("qis")), "serve", "--library", str(library), "--data", str(data)]
    # An empty working folder: a configuration file lying about must not be taken up.
    process = subprocess.Popen(
        [*command, "--port", str(port)],
        env={**os.environ, "QIS_ADMIN_PASSWORD": "benchmark", "QIS_PUBLIC_LEVEL": "download", **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=data,
    )
    running = Server(port, psutil.Process(process.pid), library, data)
    try:
        _await(running)
        yield running
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(data, ignore_errors=True)


def cpu_seconds(process: psutil.Process) -> float:
    """CPU time so far of a process and all below it."""
    total = 0.0
    for each in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            times = each.cpu_times()
            total += times.user + times.system
    return total


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def await_port(port: int) -> None:
    """Returns when somebody listens there. Raises OSError after a minute."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _await(running: Server) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            if running.get("/health")[0].status == 200:
                return
        except OSError:
            if time.monotonic() > until:
                raise
        time.sleep(0.1)
