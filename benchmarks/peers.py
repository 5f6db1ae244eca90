"""The same cold rendering by peers that are installed on this machine, in the same run.

thumbor is found as a command on the PATH, ipx as ``node_modules/.bin/ipx`` below ``--ipx FOLDER``
(``npm install ipx``). A peer that is not there is left out, and the report says so.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import psutil
from delivery import COPIES, QUALITY, ROUNDS, WIDTH, Figure, bare_seconds
from lab import cpu_seconds, free_port, server


@dataclass(frozen=True)
class Peer:
    """A running server: how it is asked for copy ``n``, and the CPU time of its processes so far."""

    name: str
    port: int
    process: psutil.Process
    path: Callable[[int], str]

    def render(self, first: int) -> float:
        """CPU seconds of one of ``COPIES`` renderings, each of a file of its own."""
        before = cpu_seconds(self.process)
        for number in range(first, first + COPIES):
            connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
            connection.request("GET", self.path(number), headers={"Accept": "image/jpeg"})
            response = connection.getresponse()
            body = response.read()
            assert response.status == 200, (self.name, response.status)
            assert body[:2] == b"\xff\xd8", (self.name, body[:16])
            connection.close()
        return (cpu_seconds(self.process) - before) / COPIES


def cold(library: Path, ipx: Path | None) -> list[Figure]:
    """CPU time of a first rendering by us (``fast``) and by each peer, in turns."""
    figures = []
    with contextlib.ExitStack() as running:
        ours = running.enter_context(server(library, QIS_IMAGING_FAST="1", QIS_IMAGING_WORKERS="1"))
        peers = [
            Peer("QIS, fast", ours.port, ours.process, lambda n: f"/image?src={n}.jpg&width={WIDTH}&quality={QUALITY}")
        ]
        if thumbor := shutil.which("thumbor"):
            peers.append(running.enter_context(_thumbor(thumbor, library)))
        else:
            figures.append(Figure("thumbor: left out, it is not installed", 0, ""))
        if ipx is not None:
            peers.append(running.enter_context(_ipx(ipx, library)))
        else:
            figures.append(Figure("ipx: left out, --ipx names no folder", 0, ""))
        for peer in peers:
            peer.render(0)
        seconds: dict[str, list[float]] = {peer.name: [] for peer in peers}
        bare = []
        for round_number in range(1, ROUNDS + 1):
            for peer in peers:
                seconds[peer.name].append(peer.render(round_number * COPIES))
            bare.append(bare_seconds(library / "photo.jpg", fast=True))
    for name, found in seconds.items():
        figures.append(Figure(f"cold rendering by {name}: CPU time", 1000 * statistics.median(found), "ms"))
    figures.append(Figure("bare tight decode, resize, encode: CPU time", 1000 * statistics.median(bare), "ms"))
    return figures


@contextlib.contextmanager
def _thumbor(command: str, library: Path) -> Iterator[Peer]:
    port = free_port()
    settings = library.parent / "thumbor.conf"
    settings.write_text(
        f"LOADER = 'thumbor.loaders.file_loader'\nFILE_LOADER_ROOT_PATH = {str(library)!r}\n"
        f"STORAGE = 'thumbor.storages.no_storage'\nQUALITY = {QUALITY}\nAUTO_WEBP = False\n",
        encoding="utf-8",
    )
    arguments = [command, "--port", str(port), "--ip", "127.0.0.1", "--conf", str(settings)]
    yield from _peer("thumbor", arguments, port, lambda n: f"/unsafe/{WIDTH}x0/{n}.jpg", {})


@contextlib.contextmanager
def _ipx(folder: Path, library: Path) -> Iterator[Peer]:
    port = free_port()
    command = [str(folder / "node_modules/.bin/ipx"), "serve", "--dir", str(library), "--host", "127.0.0.1"]
    path = f"/w_{WIDTH},q_{QUALITY},f_jpeg"
    yield from _peer("ipx", [*command, "--port", str(port)], port, lambda n: f"{path}/{n}.jpg", {"PORT": str(port)})


def _peer(
    name: str, command: list[str], port: int, path: Callable[[int], str], environment: dict[str, str]
) -> Iterator[Peer]:
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await(port)
        yield Peer(name, port, psutil.Process(process.pid), path)
    finally:
        process.terminate()
        process.wait(30)


def _await(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            HTTPConnection("127.0.0.1", port, timeout=5).connect()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
