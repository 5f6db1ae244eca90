"""The whole server against the bare work: cold renderings, hits, a stampede, memory.

Figures are ratios of CPU time or of requests a second within one run, in alternating rounds;
these outlast a machine whose speed drifts.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from lab import Server, free_port, server
from PIL import Image

from qis_core.testing.pictures import photo

SIZE = (4000, 3000)
WIDTH = 800
HEIGHT = WIDTH * SIZE[1] // SIZE[0]
QUALITY = 80
COPIES = 8
ROUNDS = 5
CLIENTS = 16
SECONDS = 3

_BARE_VIEW = """
import os, warnings
warnings.simplefilter("ignore")
from pyramid.config import Configurator
from pyramid.response import Response
BODY = open(os.environ["BODY"], "rb").read()
def make():
    config = Configurator(settings={})
    config.add_route("image", "/image")
    config.add_view(lambda request: Response(body=BODY, content_type="image/jpeg"), route_name="image")
    return config.make_wsgi_app()
app = make()
"""


@dataclass(frozen=True)
class Figure:
    """One line of the report: what was measured, the value, its unit, and what it should reach."""

    name: str
    value: float
    unit: str
    goal: str = ""
    note: str = ""


def make_library(folder: Path) -> Path:
    """A folder of copies of one photograph, so that each can be rendered once and afresh."""
    library = folder / "library"
    library.mkdir()
    photo(SIZE).save(library / "photo.jpg", quality=90)
    for number in range(COPIES * (ROUNDS + 2) * 2):
        # Links between names would be one file, and refused if symbolic; copies are what sites have.
        shutil.copy(library / "photo.jpg", library / f"{number}.jpg")
    return library


def cold(library: Path, *, fast: bool) -> list[Figure]:
    """CPU time of a first rendering through HTTP, against the same calls of Pillow in one process."""
    name = "fast" if fast else "default"
    ratios, served, bare = [], [], []
    with server(library, QIS_IMAGING_FAST="1" if fast else "0", QIS_IMAGING_WORKERS="1") as running:
        _render_some(running, 0)
        for number in range(1, ROUNDS + 1):
            served.append(_render_some(running, number))
            bare.append(bare_seconds(library / "photo.jpg", fast=fast))
            ratios.append(served[-1] / bare[-1])
        peak = running.peak_megabytes()["render worker"]
    goal = "≤ 1.186 (thumbor and ipx: 51 of 43)" if fast else "≤ 1.15"
    return [
        Figure(f"cold, {name}: CPU time against the bare work", statistics.median(ratios), "×", goal),
        Figure(f"cold, {name}: CPU time of a request", 1000 * statistics.median(served), "ms"),
        Figure(f"bare work, {name}: CPU time", 1000 * statistics.median(bare), "ms"),
        Figure(f"cold, {name}: peak memory of the render worker", peak, "MB", "< 120"),
    ]


def _render_some(running: Server, round_number: int) -> float:
    before = running.cpu_seconds()
    for number in range(COPIES):
        response, _ = running.get(f"/image?src={round_number * COPIES + number}.jpg&width={WIDTH}&quality={QUALITY}")
        assert response.status == 200, response.status
        assert response.headers["X-From-Cache"] == "False"
    return (running.cpu_seconds() - before) / COPIES


def bare_seconds(photo_file: Path, *, fast: bool) -> float:
    """CPU seconds of one bare rendering: the same calls of Pillow, in this process."""
    reserve = 1 if fast else 2
    began = time.process_time()
    for _ in range(COPIES):
        with Image.open(photo_file) as image:
            image.draft("RGB", (WIDTH * reserve, HEIGHT * reserve))
            small = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS, reducing_gap=2.0)
            small.save(BytesIO(), "JPEG", quality=QUALITY)
    return (time.process_time() - began) / COPIES


def hot(library: Path, folder: Path) -> list[Figure]:
    """Requests a second of a rendering in memory, against a bare Pyramid view with the same body."""
    if shutil.which("wrk") is None:
        return [Figure("hot: left out, wrk is not installed (Debian: wrk)", 0, "")]
    path = f"/image?src=photo.jpg&width={WIDTH}&quality={QUALITY}"
    with server(library, QIS_SERVER_WORKERS="1") as running:
        body = folder / "body"
        body.write_bytes(running.get(path)[1])
        port, process = _bare_view(folder, body)
        try:
            load(port, path)
            rounds = [(load(running.port, path), load(port, path)) for _ in range(ROUNDS)]
        finally:
            process.terminate()
            process.wait(30)
    ratio = statistics.median(ours / bare for ours, bare in rounds)
    return [
        Figure("hot, from memory: requests a second against a bare Pyramid view", ratio, "×", "≥ 0.7"),
        Figure("hot, from memory", statistics.median(ours for ours, _ in rounds), "requests/s"),
        Figure("bare Pyramid view", statistics.median(bare for _, bare in rounds), "requests/s"),
    ]


def _bare_view(folder: Path, body: Path) -> tuple[int, subprocess.Popen[bytes]]:
    (folder / "bare_view.py").write_text(_BARE_VIEW, encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--workers", "1", "--blocking-threads", "8", "--no-log", "bare_view:app"],
        cwd=folder,
        env={**os.environ, "BODY": str(body)},
    )
    _await_port(port)
    return port, process


def _await_port(port: int) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def load(port: int, path: str, headers: Mapping[str, str] | None = None) -> float:
    """Requests a second of one URL by wrk, which has to be answered 2xx all the time."""
    sent = [f"-H{name}: {value}" for name, value in (headers or {}).items()]
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{SECONDS}", *sent, f"http://127.0.0.1:{port}{path}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in told, told
    found = re.search(r"Requests/sec:\s+([0-9.]+)", told)
    assert found is not None, told
    return float(found[1])


def stampede(library: Path) -> list[Figure]:
    """A hundred clients at once for one new rendering: how often it was made, and the slowest answer."""
    with server(library, QIS_WEB_METRICS="1") as running:
        path = f"/image?src=photo.jpg&width={WIDTH + 1}&quality={QUALITY}"
        running.get(f"/image?src=photo.jpg&width={WIDTH}")
        single = _timed(running, "/image?src=0.jpg&width=801")
        before = _rendered(running)
        seconds: list[float] = []
        threads = [threading.Thread(target=lambda: seconds.append(_timed(running, path))) for _ in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        made = _rendered(running) - before
    return [
        Figure("stampede of 100: renderings made", made, "", "1"),
        Figure("stampede of 100: slowest answer", 1000 * max(seconds), "ms", note=f"alone {1000 * single:.0f} ms"),
    ]


def _timed(running: Server, path: str) -> float:
    began = time.perf_counter()
    response, _ = running.get(path)
    assert response.status == 200, response.status
    return time.perf_counter() - began


def _rendered(running: Server) -> float:
    text = running.get("/metrics")[1].decode()
    found = re.search(r'qis_images_total\{origin="rendered"\} ([0-9.e+]+)', text)
    return float(found[1]) if found else 0.0
