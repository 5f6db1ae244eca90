"""Image servers that can be measured side by side: QIS, peers that are installed here, and any by its address.

thumbor is found as a command on the PATH, ipx as ``node_modules/.bin/ipx`` below a folder
(``npm install ipx``), and each once more behind nginx with a cache, as those who run them have it. A peer that is not
there is left out, and the report says so.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import psutil
from baselines import has_nginx, started_nginx
from lab import Server, await_port, cpu_seconds, free_port

QUALITY = 80
_KEPT_SECONDS = 3600


@dataclass(frozen=True)
class Subject:
    """A running server: its base URL, how it is asked, and its first processes where it runs on this machine."""

    name: str
    base: str
    fitted: Callable[[str, int], str]
    """The path of the picture ``src`` at so many pixels of width."""
    square: Callable[[str, int], str]
    """The path of the picture cut to a square of so many pixels."""
    processes: Sequence[psutil.Process] = ()

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
        return sum(cpu_seconds(each) for each in self.processes)

    def megabytes(self) -> float:
        """Proportional set size of its processes; 0 where they are not here."""
        total = 0
        for first in self.processes:
            for each in [first, *first.children(recursive=True)]:
                with contextlib.suppress(psutil.Error):
                    total += each.memory_full_info().pss
        return total / 1024**2


def qis(running: Server, name: str = "QIS") -> Subject:
    """A server of our own that runs already."""
    return replace(qis_at(f"http://127.0.0.1:{running.port}", name), processes=[running.process])


def qis_at(base: str, name: str = "QIS") -> Subject:
    """A QIS at any address."""
    end = f"&quality={QUALITY}&format=jpg"
    return Subject(
        name,
        base,
        lambda src, width: f"/image?src={quote(src)}&width={width}{end}",
        lambda src, size: f"/image?src={quote(src)}&width={size}&height={size}&fit=cover{end}",
    )


@contextlib.contextmanager
def behind_nginx(subject: Subject, folder: Path) -> Iterator[Subject | None]:
    """``subject`` with an nginx before it that keeps its answers in ``folder``; None where nginx is not installed."""
    if not has_nginx():
        yield None
        return
    with started_nginx(folder, b"", subject.base, _KEPT_SECONDS) as (base, process):
        both = [*subject.processes, process]
        yield replace(subject, name=f"{subject.name} behind nginx", base=base, processes=both)


@contextlib.contextmanager
def thumbor(library: Path, *, keeps: bool) -> Iterator[Subject | None]:
    """thumbor, which ``keeps`` its results as files or does not; None where it is not installed."""
    command = shutil.which("thumbor")
    if command is None:
        yield None
        return
    port = free_port()
    settings, results = library.parent / f"thumbor-{port}.conf", library.parent / f"thumbor-{port}"
    kept = (
        f"RESULT_STORAGE = 'thumbor.result_storages.file_storage'\n"
        f"RESULT_STORAGE_FILE_STORAGE_ROOT_PATH = {str(results)!r}\nRESULT_STORAGE_STORES_UNSAFE = True\n"
    )
    settings.write_text(
        f"LOADER = 'thumbor.loaders.file_loader'\nFILE_LOADER_ROOT_PATH = {str(library)!r}\n"
        f"STORAGE = 'thumbor.storages.no_storage'\nQUALITY = {QUALITY}\nAUTO_WEBP = False\n{kept if keeps else ''}",
        encoding="utf-8",
    )
    arguments = [command, "--port", str(port), "--ip", "127.0.0.1", "--conf", str(settings), "--processes", "2"]
    with _running(arguments, port) as process:
        yield Subject(
            "thumbor, results as files" if keeps else "thumbor",
            f"http://127.0.0.1:{port}",
            lambda src, width: f"/unsafe/{width}x0/{quote(src)}",
            lambda src, size: f"/unsafe/{size}x{size}/{quote(src)}",
            [process],
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
            [process],
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


def median_ms(seconds: list[float]) -> float:
    """The median in milliseconds."""
    return 1000 * statistics.median(seconds)
