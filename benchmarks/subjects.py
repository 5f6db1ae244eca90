"""Image servers that can be measured side by side: QIS, peers that are installed here, and any by its address.

thumbor is found as a command on the PATH, ipx as ``node_modules/.bin/ipx`` below a folder
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
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import psutil
from lab import Server, cpu_seconds, free_port

QUALITY = 80


@dataclass(frozen=True)
class Subject:
    """A running server: its base URL, how it is asked, and its first process where it runs on this machine."""

    name: str
    base: str
    fitted: Callable[[str, int], str]
    """The path of the picture ``src`` at so many pixels of width."""
    square: Callable[[str, int], str]
    """The path of the picture cut to a square of so many pixels."""
    process: psutil.Process | None = None

    def get(self, path: str) -> tuple[int, bytes, float]:
        """Status, body, and the seconds that it took, on a connection of its own."""
        place = urlsplit(self.base)
        kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
        connection = kind(place.netloc, timeout=120)
        began = time.perf_counter()
        try:
            connection.request("GET", path, headers={"Accept": "image/jpeg"})
            response = connection.getresponse()
            body = response.read()
            return response.status, body, time.perf_counter() - began
        finally:
            connection.close()

    def cpu_seconds(self) -> float:
        """CPU time of its processes so far; 0 where they are not here."""
        return cpu_seconds(self.process) if self.process else 0.0

    def megabytes(self) -> float:
        """Proportional set size of its processes; 0 where they are not here."""
        if self.process is None:
            return 0.0
        total = 0
        for each in [self.process, *self.process.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += each.memory_full_info().pss
        return total / 1024**2


def qis(running: Server, name: str = "QIS") -> Subject:
    """A server of our own that runs already."""
    return qis_at(f"http://127.0.0.1:{running.port}", name, running.process)


def qis_at(base: str, name: str = "QIS", process: psutil.Process | None = None) -> Subject:
    """A QIS at any address."""
    end = f"&quality={QUALITY}&format=jpg"
    return Subject(
        name,
        base,
        lambda src, width: f"/image?src={quote(src)}&width={width}{end}",
        lambda src, size: f"/image?src={quote(src)}&width={size}&height={size}&fit=cover{end}",
        process,
    )


@contextlib.contextmanager
def thumbor(library: Path) -> Iterator[Subject | None]:
    """thumbor with its own file cache of results; None where it is not installed."""
    command = shutil.which("thumbor")
    if command is None:
        yield None
        return
    port = free_port()
    settings, results = library.parent / "thumbor.conf", library.parent / "thumbor-results"
    settings.write_text(
        f"LOADER = 'thumbor.loaders.file_loader'\nFILE_LOADER_ROOT_PATH = {str(library)!r}\n"
        f"STORAGE = 'thumbor.storages.no_storage'\nRESULT_STORAGE = 'thumbor.result_storages.file_storage'\n"
        f"RESULT_STORAGE_FILE_STORAGE_ROOT_PATH = {str(results)!r}\nRESULT_STORAGE_STORES_UNSAFE = True\n"
        f"QUALITY = {QUALITY}\nAUTO_WEBP = False\n",
        encoding="utf-8",
    )
    arguments = [command, "--port", str(port), "--ip", "127.0.0.1", "--conf", str(settings), "--processes", "2"]
    with _running(arguments, port) as process:
        yield Subject(
            "thumbor",
            f"http://127.0.0.1:{port}",
            lambda src, width: f"/unsafe/{width}x0/{quote(src)}",
            lambda src, size: f"/unsafe/{size}x{size}/{quote(src)}",
            process,
        )


@contextlib.contextmanager
def ipx(folder: Path | None, library: Path) -> Iterator[Subject | None]:
    """ipx from ``folder``, which keeps no results; None where there is none."""
    if folder is None:
        yield None
        return
    port = free_port()
    command = [str(folder / "node_modules/.bin/ipx"), "serve", "--dir", str(library), "--host", "127.0.0.1"]
    with _running([*command, "--port", str(port)], port, PORT=str(port)) as process:
        yield Subject(
            "ipx",
            f"http://127.0.0.1:{port}",
            lambda src, width: f"/w_{width},q_{QUALITY},f_jpeg/{quote(src)}",
            lambda src, size: f"/s_{size}x{size},fit_cover,q_{QUALITY},f_jpeg/{quote(src)}",
            process,
        )


@contextlib.contextmanager
def _running(command: list[str], port: int, **environment: str) -> Iterator[psutil.Process]:
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        await_port(port)
        yield psutil.Process(process.pid)
    finally:
        # Some of them leave their processes behind.
        family = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        process.wait(30)
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.terminate()


def await_port(port: int) -> None:
    """Returns when somebody listens there. Raises OSError after a minute."""
    until = time.monotonic() + 60
    while True:
        try:
            HTTPConnection("127.0.0.1", port, timeout=5).connect()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def median_ms(seconds: list[float]) -> float:
    """The median in milliseconds."""
    return 1000 * statistics.median(seconds)
