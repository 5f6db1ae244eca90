"""What single formats cost beside the bare library, or beside the dear way: RAW, PNG and PDF.

CPU time in this process, least of some rounds in turn; for PNG, that of a whole server as well. A
plugin that is not installed is left out, and the report says so.
"""

from __future__ import annotations

import importlib.util
import io
import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lab import Server, server
from PIL import Image
from report import Figure, left_out

from qis_core.api import DecodeHint, Decoder, Options, Output, PageHint, Recipe, Size, Step
from qis_core.imaging.orders import RenderOrder
from qis_core.imaging.sources import FileSource
from qis_core.imaging.workshop import Workshop
from qis_core.plugins import load
from qis_core.testing.pictures import photo

RAW_SIZE, PREVIEW_SIZE, RAW_WIDTH = (6000, 4000), (1620, 1080), 1600
PNG_SIZE, PNG_WIDTH, QUALITY = (4000, 3000), 800, 80
PDF_WIDTH, LARGER_DPI = 800, 300
ROUNDS = 5


def figures(folder: Path) -> Iterator[Figure]:
    """All of it, with files that are drawn in ``folder``."""
    for library, measure in (("rawpy", _raw), ("pyvips", _png), ("pymupdf", _pdf)):
        if importlib.util.find_spec(library) is None:
            yield left_out(measure.__name__.strip("_"), f"{library} is not installed")
        else:
            yield from measure(folder)


def _raw(folder: Path) -> Iterator[Figure]:
    """The camera's preview against the sensor's data."""
    from qis_core.testing.dng import dng  # noqa: PLC0415 (it needs numpy)

    shown = io.BytesIO()
    photo(PREVIEW_SIZE).save(shown, "JPEG", quality=92)
    file = folder / "camera.dng"
    file.write_bytes(dng(photo(RAW_SIZE), shown.getvalue()))
    least = _least({
        "preview": lambda: _decoded(file, Size(width=RAW_WIDTH, height=RAW_WIDTH * RAW_SIZE[1] // RAW_SIZE[0])),
        "full": lambda: _decoded(file, Size(width=RAW_SIZE[0], height=RAW_SIZE[1])),
    })  # fmt: skip
    file.unlink()
    megapixels = RAW_SIZE[0] * RAW_SIZE[1] / 1e6
    yield Figure(f"RAW of {megapixels:.0f} megapixels, {RAW_WIDTH} wide of its preview", 1000 * least["preview"], "ms")
    yield Figure("… developed at full size", 1000 * least["full"], "ms")
    yield Figure("… faster by", least["full"] / least["preview"], "×", "at least 5")


def _png(folder: Path) -> Iterator[Figure]:
    """A PNG reduced, against libvips doing the same bare; then by a whole server, requests and all."""
    library = folder / "png"
    library.mkdir()
    file = library / "photo.png"
    photo(PNG_SIZE).save(file)
    for kind in ("jpg", "png"):
        ways = {"ours": lambda kind=kind: _rendered(file, kind), "bare": lambda kind=kind: _bare(file, kind)}
        least = _least(ways)
        name = f"PNG {PNG_SIZE[0]}×{PNG_SIZE[1]} → {PNG_WIDTH}, {kind}"
        yield Figure(f"{name}: engine", 1000 * least["ours"], "ms")
        yield Figure("… libvips bare", 1000 * least["bare"], "ms")
        yield Figure("… ratio", least["ours"] / least["bare"], "×", "at most 1.2")
    yield from _requests(library, file)
    shutil.rmtree(library)


def _requests(library: Path, file: Path) -> Iterator[Figure]:
    for number in range(ROUNDS + 1):
        shutil.copy(file, library / f"{number}.png")
    ours, bare = [], []
    # The bases that are made of it afterwards are work for later requests.
    with server(library, QIS_IMAGING_WORKERS="1", QIS_PYRAMIDS_BASE_PIXELS="0") as running:
        _asked(running, 0)
        for number in range(1, ROUNDS + 1):
            ours.append(_asked(running, number))
            bare.append(_cpu(lambda: _bare(file, "jpg")))
    yield Figure("… whole requests, jpg", 1000 * statistics.median(ours), "ms", note="CPU time of all processes")
    ratio = statistics.median(one / other for one, other in zip(ours, bare, strict=True))
    yield Figure("… ratio to libvips bare", ratio, "×", "at most 1.2", "with HTTP, access, cache and two processes")


def _asked(running: Server, number: int) -> float:
    before = running.cpu_seconds()
    response, body = running.get(f"/image?src={number}.png&width={PNG_WIDTH}&format=jpg&quality={QUALITY}")
    assert response.status == 200, body[:200]
    return running.cpu_seconds() - before


def _pdf(folder: Path) -> Iterator[Figure]:
    """A page drawn at the size that is needed, against one drawn at 300 dpi and reduced."""
    file = folder / "page.pdf"
    _draw_page(file)
    height = PDF_WIDTH * 842 // 595
    sizes: dict[str, tuple[int, int]] = {}

    def at_size() -> None:
        sizes["drawn"] = _decoded(file, Size(width=PDF_WIDTH, height=height)).size

    def reduced() -> None:
        large = _decoded(file, Size(width=99_999, height=99_999), dpi=LARGER_DPI)
        large.resize((PDF_WIDTH, height), Image.Resampling.LANCZOS, reducing_gap=2)

    least = _least({"drawn": at_size, "reduced": reduced})
    width = sizes["drawn"][0]
    yield Figure(f"PDF page, {PDF_WIDTH} wide: drawn with", width, "pixels of width", f"{PDF_WIDTH}, no more")
    yield Figure("… drawn at that size", 1000 * least["drawn"], "ms")
    yield Figure(f"… drawn at {LARGER_DPI} dpi and reduced", 1000 * least["reduced"], "ms")
    yield Figure("… faster by", least["reduced"] / least["drawn"], "×", "more than 1")


def _draw_page(file: Path) -> None:
    import pymupdf  # noqa: PLC0415 (may be missing)

    with pymupdf.open() as document:
        page = document.new_page(width=595, height=842)
        for line in range(60):
            page.insert_text((50, 50 + 12 * line), "The quick brown fox jumps over the lazy dog. " * 2, fontsize=9)
        picture = io.BytesIO()
        photo((1200, 900)).save(picture, "JPEG", quality=85)
        page.insert_image((300, 500, 545, 684), stream=picture.getvalue())
        document.save(file)


_REGISTRIES = load({}, environ={}).registries
_WORKSHOP = Workshop(
    decoders=_REGISTRIES.decoders, encoders=_REGISTRIES.encoders, engines=_REGISTRIES.engines,
    operations=_REGISTRIES.operations,
)  # fmt: skip


def _decoded(file: Path, minimum: Size, dpi: int = 150) -> Image.Image:
    source = FileSource(file.name, file)
    decoders = sorted(_REGISTRIES.decoders.values(), key=lambda each: -each.priority)
    decoder: Decoder = next(each for each in decoders if each.sniff(source.head()))
    decoder.probe(source, PageHint(dpi=dpi))
    return decoder.decode(source, DecodeHint(minimum=minimum, dpi=dpi)).image


def _rendered(file: Path, kind: str) -> bytes:
    output = Output(format=kind, options=Options({"quality": QUALITY} if kind == "jpg" else {}))
    steps = (Step(operation="resize", options=Options({"width": PNG_WIDTH})),)
    order = RenderOrder(recipe=Recipe(source=file.name, output=output, steps=steps), source_name=file.name)
    return bytes(_WORKSHOP.render(order, [FileSource(file.name, file)]).body)


def _bare(file: Path, kind: str) -> bytes:
    """libvips's own way to a thumbnail, written as the site's default has it.

    For PNG that is zlib's level 7 with the best filter of each row (quality 79): three quarters of the bytes that
    libvips's own choice gives, level 6 without filters.
    """
    from qis_vips.library import library  # noqa: PLC0415 (may be missing)

    small: Any = library().Image.pngload(str(file), access="sequential").resize(PNG_WIDTH / PNG_SIZE[0])
    written = small.jpegsave_buffer(Q=QUALITY) if kind == "jpg" else small.pngsave_buffer(compression=7, filter="all")
    return bytes(written)


def _least(ways: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """The least CPU seconds of each, measured in turn after one run that loads libraries."""
    for work in ways.values():
        work()
    rounds = [{name: _cpu(work) for name, work in ways.items()} for _ in range(ROUNDS)]
    return {name: min(each[name] for each in rounds) for name in ways}


def _cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
