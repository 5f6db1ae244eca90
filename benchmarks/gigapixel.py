"""A 300-megapixel JPEG: how long its pyramid takes, and what a tile of it costs beside libvips reading the same one.

    python benchmarks/gigapixel.py            draws the picture first, which takes half a minute
    python benchmarks/gigapixel.py PICTURE    of any large JPEG

Ratios in one run; the processes are those of a server, with their limits. Peak memory is the worker's (VmHWM).
"""

from __future__ import annotations

import contextlib
import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image
from report import Figure, markdown

from qis_core.api import Limits, Options, Output, PageHint, Recipe, Rendition, Step, TookTooLong
from qis_core.imaging.orders import LevelOrder, ProbeOrder, RenderOrder
from qis_core.imaging.pool import PoolSettings, RenderPool
from qis_core.imaging.setup import WorkerSetup
from qis_core.services.pyramids.making import levels_of
from qis_core.testing.processes import render_processes

SIZE = (20_000, 15_000)
SIDE = 256
TILES = 25
_MAKING = Limits(seconds=600, memory_bytes=400 * 1024**2)


def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory(prefix="qis-bench-") as name:
        folder = Path(name)
        picture = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else drawn(folder / "large.jpg")
        print(markdown(figures(picture, folder)))


def drawn(file: Path) -> Path:
    """Clouds at two scales with noise on them, made by libvips in a process of its own."""
    import pyvips  # noqa: PLC0415

    coarse = pyvips.Image.perlin(*SIZE, cell_size=512, uchar=True)
    fine = pyvips.Image.perlin(*SIZE, cell_size=64, uchar=True)
    noise = pyvips.Image.gaussnoise(*SIZE, mean=0, sigma=4)
    picture = coarse.bandjoin([fine, (coarse + fine) / 2]) + noise
    picture.cast("uchar").copy(interpretation="srgb").jpegsave(str(file), Q=88)
    return file


def figures(picture: Path, folder: Path) -> Iterator[Figure]:
    """The pyramid, then tiles and a small rendering of it, with the bare library beside."""
    started = time.perf_counter()
    levels, peak = made(picture, folder)
    seconds = time.perf_counter() - started
    size = sum(os.path.getsize(file.name) for file in levels.values())
    yield Figure("the pyramid: time", seconds, "s", note=f"{len(levels)} copies, {size / 1e6:.0f} MB")
    yield Figure("the pyramid: peak memory", peak, "MB", "under 400")
    pool = RenderPool(WorkerSetup(readable=[picture.parent, folder]), PoolSettings(workers=1))
    try:
        yield from _compared(pool, picture, levels)
        yield Figure(
            "the worker's peak memory", _peak(), "MB", "under 150", "tiles and small renderings of the pyramid"
        )
        with contextlib.suppress(TookTooLong):
            first = _seconds(lambda: _render(pool, picture, {}, _tile(picture, 5)))
            yield Figure("a tile before the pyramid is there", 1000 * first, "ms", note=f"peak {_peak():.0f} MB")
    finally:
        pool.close()


def _compared(pool: RenderPool, picture: Path, levels: Mapping[int, BinaryIO]) -> Iterator[Figure]:
    # The libraries are loaded once in a worker's life.
    _render(pool, picture, levels, _tile(picture, TILES))
    ours, bare = [], []
    for number in range(TILES):
        ours.append(_seconds(lambda number=number: _render(pool, picture, levels, _tile(picture, number))))
        bare.append(_seconds(lambda number=number: _bare_tile(levels[1].name, number)))
    ratio = statistics.median(ours) / statistics.median(bare)
    yield Figure(f"a {SIDE}×{SIDE} tile of the pyramid", 1000 * statistics.median(ours), "ms")
    yield Figure("libvips reading the same tile bare", 1000 * statistics.median(bare), "ms")
    yield Figure("… ratio", ratio, "×", "at most 3")
    bare_jpeg = _seconds(lambda: _bare_tile(str(picture), 5))
    yield Figure("libvips reading it of the JPEG", 1000 * bare_jpeg, "ms", note="what is saved by the pyramid")
    small = {"resize": {"width": 800}}
    whole = statistics.median(_seconds(lambda: _render(pool, picture, levels, small)) for _ in range(5))
    yield Figure("800 pixels wide", 1000 * whole, "ms")


def made(picture: Path, folder: Path) -> tuple[dict[int, BinaryIO], float]:
    """The open copies by what their sides are divided by, and the peak memory of making them, in MB."""
    pool = RenderPool(WorkerSetup(readable=[picture.parent], written_bytes=2**36), PoolSettings(workers=1))
    levels: dict[int, BinaryIO] = {}
    try:
        with picture.open("rb") as source:
            info = pool.probe(ProbeOrder(source_name=picture.name, hint=PageHint(), limits=_MAKING), [source])
            for shrink in levels_of(info.size):
                levels[shrink] = (folder / f"{shrink}.tif").open("w+b")
                pool.write_level(
                    LevelOrder(source_name=picture.name, shrink=shrink, limits=_MAKING), source, levels[shrink]
                )
        return levels, _peak()
    finally:
        pool.close()


def _tile(picture: Path, number: int) -> Mapping[str, Mapping[str, object]]:
    left, top = _place(number)
    width, height = _size(picture)
    box = {"left": left / width, "top": top / height, "right": (left + SIDE) / width, "bottom": (top + SIDE) / height}
    return {"crop": box}


def _place(number: int) -> tuple[int, int]:
    """Where the n-th tile begins: all over the picture, on the grid of tiles."""
    return SIDE * (3 + 13 * number % 60), SIDE * (2 + 7 * number % 50)


def _size(picture: Path) -> tuple[int, int]:
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(picture) as image:
        return image.size


def _render(
    pool: RenderPool, picture: Path, levels: Mapping[int, BinaryIO], steps: Mapping[str, Mapping[str, object]]
) -> Rendition:
    order = RenderOrder(
        recipe=Recipe(
            source=picture.name,
            output=Output(format="jpg", options=Options({"quality": 80})),
            steps=tuple(Step(operation=name, options=Options(dict(values))) for name, values in steps.items()),
        ),
        source_name=picture.name,
        levels={shrink: index for index, shrink in enumerate(levels, start=1)},
    )
    with picture.open("rb") as source:
        return pool.render(order, [source, *levels.values()])


def _bare_tile(file: str, number: int) -> bytes:
    import pyvips  # noqa: PLC0415 (not before the workers are forked)

    pyvips.cache_set_max(0)
    left, top = _place(number)
    image: Any = pyvips.Image.new_from_file(file, access="sequential" if file.endswith("jpg") else "random")
    body: bytes = image.crop(left, top, SIDE, SIDE).jpegsave_buffer(Q=80)
    assert Image.open(io.BytesIO(body)).size == (SIDE, SIDE)
    return body


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _peak() -> float:
    """The greatest resident set of the render workers below this process, in MB."""
    peaks = [0.0]
    for process in render_processes(recursive=True):
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        peaks += [int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")]
    return max(peaks)


if __name__ == "__main__":
    main()
