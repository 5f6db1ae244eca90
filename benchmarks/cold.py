"""A first rendering through HTTP against the bare work: CPU time and memory.

Figures are ratios within one run, in alternating rounds; these outlast a machine whose speed drifts.
"""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from lab import Server, server
from PIL import Image
from report import Figure

from qis_core.testing.pictures import photo

SIZE = (4000, 3000)
WIDTH = 800
HEIGHT = WIDTH * SIZE[1] // SIZE[0]
QUALITY = 80
COPIES = 8
ROUNDS = 5


def make_library(folder: Path) -> Path:
    """A folder of copies of one photograph, so that each can be rendered once and afresh."""
    library = folder / "library"
    library.mkdir()
    photo(SIZE).save(library / "photo.jpg", quality=90)
    for number in range(COPIES * (ROUNDS + 1)):
        # Links between names would be one file, and refused if symbolic; copies are what sites have.
        shutil.copy(library / "photo.jpg", library / f"{number}.jpg")
    return library


def first_renderings(library: Path, *, fast: bool) -> Iterator[Figure]:
    """CPU time of a first rendering by the whole server, against the same calls of Pillow in one process.

    Without bases: they are made afterwards, when nobody waits, and would be counted wherever they fall.
    """
    name = "fast" if fast else "default"
    ratios, served, bare = [], [], []
    settings = {"QIS_IMAGING_FAST": "1" if fast else "0", "QIS_IMAGING_WORKERS": "1", "QIS_PYRAMIDS_BASE_PIXELS": "0"}
    with server(library, **settings) as running:
        _render_some(running, 0)
        for number in range(1, ROUNDS + 1):
            served.append(_render_some(running, number))
            bare.append(_bare_seconds(library / "photo.jpg", fast=fast))
            ratios.append(served[-1] / bare[-1])
        peak = running.peak_megabytes()["render worker"]
    goal = "≤ 1.186 (thumbor and ipx: 51 of 43)" if fast else "≤ 1.15"
    milliseconds = "" if fast else "≤ 45"
    yield Figure(f"cold, {name}: CPU time against the bare work", statistics.median(ratios), "×", goal)
    yield Figure(f"cold, {name}: CPU time of a request", 1000 * statistics.median(served), "ms", milliseconds)
    yield Figure(f"bare work, {name}: CPU time", 1000 * statistics.median(bare), "ms")
    yield Figure(f"cold, {name}: peak memory of the render worker", peak, "MB", "< 120")


def _render_some(running: Server, round_number: int) -> float:
    before = running.cpu_seconds()
    for number in range(COPIES):
        response, _ = running.get(f"/image?src={round_number * COPIES + number}.jpg&width={WIDTH}&quality={QUALITY}")
        assert response.status == 200, response.status
        assert response.headers["X-From-Cache"] == "False"
    return (running.cpu_seconds() - before) / COPIES


def _bare_seconds(photo_file: Path, *, fast: bool) -> float:
    reserve = 1 if fast else 2
    began = time.process_time()
    for _ in range(COPIES):
        with Image.open(photo_file) as image:
            image.draft("RGB", (WIDTH * reserve, HEIGHT * reserve))
            small = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS, reducing_gap=2.0)
            small.save(BytesIO(), "JPEG", quality=QUALITY)
    return (time.process_time() - began) / COPIES
