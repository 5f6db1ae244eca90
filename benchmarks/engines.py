"""The engine of qis-vips beside that of Pillow: `python benchmarks/engines.py`.

Both render the same jobs in one run: for each source and task the CPU time of Pillow's engine, its
ratio to that of libvips (above 1: libvips is faster), SSIM and sharpness of both against the drawn
picture reduced by Lanczos in floats, and the peak memory of a process of its own that does nothing
else. `left to Pillow` are jobs that the engine does not take; `--all` measures those as well.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import quality
from PIL import Image
from qis_vips import choice
from qis_vips.engine import VipsEngine

from qis_core.api import (
    Box,
    Engine,
    Frame,
    Limits,
    Output,
    PageHint,
    Recipe,
    RenderJob,
    Size,
)
from qis_core.builtin.formats import plugin as formats
from qis_core.builtin.pillow.engine import PillowEngine
from qis_core.imaging.sources import FileSource

SIDES = (4000, 3000)
LARGE = (14_000, 10_000)
ENGINES: dict[str, Engine] = {"pillow": PillowEngine(), "vips": VipsEngine()}

Reframe = Callable[[Frame], Frame]


def sized(width: int) -> Reframe:
    """The whole picture, so wide."""
    return lambda frame: frame.resized(frame.content.inside(width))


def cut(left: float, top: float, side: float, width: int) -> Reframe:
    """A square whose place and side are parts of the picture's width, so wide."""

    def reframe(frame: Frame) -> Frame:
        across = frame.picture.width
        box = Box(left=round(left * across), top=round(top * across), right=round((left + side) * across),
                  bottom=round((top + side) * across))  # fmt: skip
        return frame.cropped(box).resized(Size(width=width, height=width))

    return reframe


TASKS: dict[str, Reframe] = {
    "to 200": sized(200),
    "to 800": sized(800),
    "to 1600": sized(1600),
    "to 2500": sized(2500),
    "half, to 800": cut(0.2, 0.1, 0.5, 800),
    "a tile": cut(0.5, 0.4, 0.064, 256),
}


def sources(folder: Path) -> Iterator[Path]:
    """The files that are measured, drawn once."""
    picture = quality.photograph(SIDES)
    picture.save(folder / "reference.ppm")
    grey = picture.convert("L")
    writings: list[tuple[str, Image.Image, dict[str, object]]] = [
        ("photo.jpg", picture, {"quality": 92}),
        ("progressive.jpg", picture, {"quality": 92, "progressive": True}),
        ("photo.png", picture, {}),
        ("grey.png", grey, {}),
        ("alpha.png", Image.merge("RGBA", (*picture.split(), grey)), {}),
        ("grey16.png", grey.convert("I").point(lambda level: level * 257).convert("I;16"), {}),
        ("plain.tif", picture, {}),
        ("lzw.tif", picture, {"compression": "tiff_lzw"}),
        ("deflate.tif", picture, {"compression": "tiff_adobe_deflate"}),
        ("photo.webp", picture, {"quality": 85, "method": 2}),
        ("large.jpg", picture.resize(LARGE), {"quality": 85}),
    ]
    for name, image, parameters in writings:
        image.save(folder / name, **parameters)  # type: ignore[arg-type]
        yield folder / name


def job(path: Path, reframe: Reframe) -> RenderJob:
    """A rendering whose pixels are kept as they are, so that no encoder is measured."""
    source = FileSource(path.name, path)
    decoder = next(found for found in formats.qis_register_decoders() if found.sniff(source.head()))
    info = decoder.probe(source, PageHint())
    return RenderJob(
        recipe=Recipe(source=path.name, output=Output(format="raw")), frame=reframe(Frame.of(info)), info=info,
        source=source, decoder=decoder, encoder=quality.RawEncoder(), limits=Limits(), next_engines=(PillowEngine(),),
    )  # fmt: skip


def look(made: RenderJob, body: bytes, reference: Image.Image) -> tuple[float, float]:
    """SSIM and sharpness of a rendering against the drawn picture, cut and reduced in floats."""
    frame = made.frame
    found = quality.luma(Image.frombytes("RGB", (frame.size.width, frame.size.height), body))
    best = quality.reference(reference.crop(frame.crop.as_tuple()), frame.size, linear=False)  # type: ignore[arg-type]
    return quality.ssim(found, best), quality.sharpness(found) / quality.sharpness(best)


def measured(path: Path, task: str, engine: str, rounds: int) -> dict[str, float]:
    """Least CPU milliseconds and peak memory in MB, in a process of its own."""
    command = [sys.executable, __file__, "--one", str(path), task, engine, "--rounds", str(rounds)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def measure_one(path: Path, task: str, engine: str, rounds: int) -> None:
    """What ``measured`` asks for, as JSON. The peak is that of rendering: what was loaded before is taken off."""
    made = job(path, TASKS[task])
    ENGINES[engine].render(job(path.parent / "photo.jpg", sized(10)))
    idle = peak_kilobytes()
    times = []
    for _ in range(rounds):
        began = time.process_time()
        ENGINES[engine].render(made)
        times.append(time.process_time() - began)
    print(json.dumps({"cpu": min(times) * 1000, "peak": (peak_kilobytes() - idle) / 1024}))


def peak_kilobytes() -> int:
    """The most memory that this program has held; ``getrusage`` counts that of the one which started it as well."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="qis-vips beside the Pillow engine")
    parser.add_argument("--rounds", type=int, default=3, help="runs of which the fastest counts")
    parser.add_argument("--all", action="store_true", help="measure what is left to Pillow, too")
    parser.add_argument("--one", nargs=3, metavar=("FILE", "TASK", "ENGINE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.all:
        choice.is_worthwhile = lambda made: True
    if given.one:
        measure_one(Path(given.one[0]), *given.one[1:], given.rounds)
        return
    print("| source | task | Pillow, CPU ms | libvips is faster by | SSIM | sharpness | peak MB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for path in sources(Path(folder)):
            for task, reframe in TASKS.items():
                if task == "to 2500" and "large" in path.name:
                    continue
                print(row(path, task, job(path, reframe), given.rounds), flush=True)


def row(path: Path, task: str, made: RenderJob, rounds: int) -> str:
    """One line of the table; pairs are Pillow's and libvips's."""
    if not ENGINES["vips"].supports(made):
        return f"| {path.name} | {task} | | left to Pillow | | | |"
    one, other = (measured(path, task, engine, rounds) for engine in ENGINES)
    looks = ""
    if made.info.size == Size(width=SIDES[0], height=SIDES[1]) and made.info.mode == "RGB":
        reference = Image.open(path.parent / "reference.ppm")
        (ssim, sharp), (ssim_2, sharp_2) = (look(made, e.render(made).body, reference) for e in ENGINES.values())
        looks = f"{ssim:.3f}, {ssim_2:.3f} | {sharp:.2f}, {sharp_2:.2f}"
    return (
        f"| {path.name} | {task} | {one['cpu']:.0f} | {one['cpu'] / other['cpu']:.2f} | {looks or ' | '} "
        f"| {one['peak']:.0f}, {other['peak']:.0f} |"
    )


if __name__ == "__main__":
    main()
