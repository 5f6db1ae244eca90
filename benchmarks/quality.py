"""How good and how fast the Pillow engine reduces JPEG pictures: `python benchmarks/quality.py`.

For each kind of picture, reduction and setting of the engine the table shows SSIM and sharpness
against the reference, and CPU time. The reference is the picture as it was drawn (before JPEG),
reduced in full by Lanczos in floats. SSIM is that of Wang et al. 2004 on luma, over windows of
7×7 pixels; sharpness is the spread of the Laplacian, 1 being that of the reference.

The settings: `fast` is `qis.imaging.fast`; `reserve n` asks decoders for n times the target's
pixels along each axis (2 is the default); `full` decodes everything; `draft, gap 2` is bare
Pillow's `draft` and `reducing_gap=2`; `gamma` is the default in linear light, whose reference is
reduced in linear light too.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from qis_core.api import (
    Encoder,
    Frame,
    Limits,
    Metadata,
    Options,
    Output,
    PageHint,
    Quality,
    Recipe,
    RenderJob,
    Size,
)
from qis_core.builtin.formats.jpeg import JpegDecoder
from qis_core.builtin.pillow import resample
from qis_core.builtin.pillow.engine import PillowEngine

Plane = NDArray[np.float64]

SIDES = (2400, 1800)
REDUCTIONS = (1.5, 2.3, 3.0, 4.2, 5.0, 7.0, 9.5, 14.0)


@dataclass(frozen=True)
class BytesSource:
    """A file in memory."""

    body: bytes
    name: str = "picture.jpg"
    path: Path = Path("picture.jpg")

    @property
    def size_bytes(self) -> int:
        return len(self.body)

    def open(self) -> BinaryIO:
        return io.BytesIO(self.body)

    def head(self, count: int = 4096) -> bytes:
        return self.body[:count]


class RawEncoder(Encoder):
    """Keeps the pixels, so that only the reduction is measured."""

    name = "raw"
    extensions = ("raw",)
    media_type = "application/octet-stream"

    def encode(self, image: Image.Image, options: Options, metadata: Metadata, out: BinaryIO) -> None:
        out.write(image.convert("RGB").tobytes())


def photograph() -> Image.Image:
    """Noise with the spectrum of nature (1/f), smooth shapes with hard outlines, and a little grain."""
    random = np.random.default_rng(4)
    total = np.zeros((SIDES[1], SIDES[0], 3))
    for octave in range(10):
        count = 4 * 2**octave
        cells = (random.random((count * 3 // 4, count, 3)) * 255).astype(np.uint8)
        total += np.asarray(Image.fromarray(cells).resize(SIDES, Image.Resampling.BICUBIC), float) * 0.62**octave
    total -= total.min()
    picture = Image.fromarray((total * (255 / total.max())).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y, radius = (int(random.integers(low, high)) for low, high in ((0, SIDES[0]), (0, SIDES[1]), (8, 150)))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), tuple(random.integers(0, 256, 3).tolist()))
    grain = random.normal(0, 4, (SIDES[1], SIDES[0], 1))
    return Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8))


def line_art() -> Image.Image:
    """Thin lines at all angles and a fine grid."""
    picture = Image.new("RGB", SIDES, "white")
    draw = ImageDraw.Draw(picture)
    for step in range(0, 360, 2):
        x, y = 900 + 850 * np.cos(np.radians(step)), 900 + 850 * np.sin(np.radians(step))
        draw.line((900, 900, x, y), "black", 1 + step % 4)
    for place in range(0, 600, 7):
        draw.line((1780 + place, 100, 1780 + place, 800), "navy", 2)
        draw.line((1780, 100 + place, 2380, 100 + place), "maroon", 1)
    return picture


def text() -> Image.Image:
    """Lines of print in sizes from 14 to 64 pixels."""
    picture = Image.new("RGB", SIDES, "#fffdf5")
    draw = ImageDraw.Draw(picture)
    y = 20
    for size in (64, 14, 48, 18, 36, 22, 30, 26) * 6:
        line = "The quick brown fox jumps over the lazy dog, 0123456789 & (QIS). " * 5
        draw.text((20, y), line, "#202030", font_size=size)
        y += int(size * 1.4)
    return picture


def weighted(colours: Plane) -> Plane:
    """Luma of RGB in the last axis."""
    return np.asarray(colours @ np.array([0.299, 0.587, 0.114]), float)


def luma(image: Image.Image) -> Plane:
    """Luma 0–255 (ITU-R BT.601)."""
    return weighted(np.asarray(image.convert("RGB"), float))


def means(plane: Plane, side: int = 7) -> Plane:
    """The mean of every window of ``side`` × ``side``."""
    sums = np.pad(plane.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    total = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return np.asarray(total / side**2)


def ssim(one: Plane, other: Plane) -> float:
    """Structural similarity of two planes of 0–255, 1 for equal ones."""
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_one, mean_other = means(one), means(other)
    variance_one, variance_other = means(one**2) - mean_one**2, means(other**2) - mean_other**2
    covariance = means(one * other) - mean_one * mean_other
    top = (2 * mean_one * mean_other + c1) * (2 * covariance + c2)
    return float((top / ((mean_one**2 + mean_other**2 + c1) * (variance_one + variance_other + c2))).mean())


def sharpness(plane: Plane) -> float:
    """The spread of the Laplacian."""
    inner = plane[1:-1, 1:-1]
    return float((4 * inner - plane[:-2, 1:-1] - plane[2:, 1:-1] - plane[1:-1, :-2] - plane[1:-1, 2:]).std())


def reference(picture: Image.Image, size: Size, *, linear: bool) -> Plane:
    """Reduced in floats from all pixels, in linear light where ``linear``."""
    planes = []
    for channel in picture.split():
        codes = np.asarray(channel, np.float32) / 255
        light = np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4) if linear else codes
        small = Image.fromarray(light.astype(np.float32)).resize((size.width, size.height), Image.Resampling.LANCZOS)
        found = np.clip(np.asarray(small, float), 0, 1)
        if linear:
            found = np.where(found <= 0.0031308, found * 12.92, 1.055 * found ** (1 / 2.4) - 0.055)
        planes.append(found * 255)
    return weighted(np.stack(planes, 2))


def engine_setting(source: BytesSource, size: Size, *, reserve: float | None = None, quality: Quality) -> Image.Image:
    """One rendering by the engine, with another reserve than its own if one is given."""
    decoder, own = JpegDecoder(), resample.RESERVE
    info = decoder.probe(source, PageHint())
    job = RenderJob(
        recipe=Recipe(source=source.name, output=Output(format="raw")),
        frame=Frame.of(info).resized(size), info=info, source=source, decoder=decoder,
        encoder=RawEncoder(), limits=Limits(), quality=quality,
    )  # fmt: skip
    try:
        resample.RESERVE = own if reserve is None else reserve
        rendition = PillowEngine().render(job)
    finally:
        resample.RESERVE = own
    return Image.frombytes("RGB", (size.width, size.height), rendition.body)


def bare(source: BytesSource, size: Size) -> Image.Image:
    """Pillow alone, as its thumbnails are made with ``reducing_gap=2``."""
    with Image.open(source.open()) as image:
        image.draft("RGB", (size.width * 2, size.height * 2))
        return image.resize((size.width, size.height), Image.Resampling.LANCZOS, reducing_gap=2.0)


def settings() -> dict[str, Callable[[BytesSource, Size], Image.Image]]:
    """What is compared, by name."""
    plain, fast, gamma = Quality(), Quality(fast=True), Quality(gamma_correct=True)
    return {
        "fast": lambda source, size: engine_setting(source, size, quality=fast),
        "reserve 1.25": lambda source, size: engine_setting(source, size, reserve=1.25, quality=plain),
        "reserve 1.5": lambda source, size: engine_setting(source, size, reserve=1.5, quality=plain),
        "reserve 1.75": lambda source, size: engine_setting(source, size, reserve=1.75, quality=plain),
        "reserve 2": lambda source, size: engine_setting(source, size, quality=plain),
        "full": lambda source, size: engine_setting(source, size, reserve=99, quality=plain),
        "draft, gap 2": bare,
        "gamma": lambda source, size: engine_setting(source, size, quality=gamma),
    }


def cpu_ms(work: Callable[[], Image.Image], rounds: int) -> float:
    """The least CPU time of some rounds, in milliseconds."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times) * 1000


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="Quality and CPU time of reductions by the Pillow engine")
    parser.add_argument("--rounds", type=int, default=3, help="runs of which the fastest counts")
    rounds = parser.parse_args().rounds
    print(f"{'picture':12}{'1 to':>6}{'size':>11}  {'setting':14}{'SSIM':>7}{'sharp':>7}{'CPU ms':>8}")
    for name, draw in (("photograph", photograph), ("line art", line_art), ("text", text)):
        picture = draw()
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=92)
        source = BytesSource(buffer.getvalue())
        for reduction in REDUCTIONS:
            size = Size(width=round(SIDES[0] / reduction), height=round(SIDES[1] / reduction))
            wanted = {linear: reference(picture, size, linear=linear) for linear in (False, True)}
            for setting, make in settings().items():
                found, best = luma(make(source, size)), wanted[setting == "gamma"]
                sharp = sharpness(found) / sharpness(best)
                spent = cpu_ms(partial(make, source, size), rounds)
                print(
                    f"{name:12}{reduction:6}{size!s:>11}  {setting:14}{ssim(found, best):7.3f}{sharp:7.2f}{spent:8.1f}"
                )


if __name__ == "__main__":
    main()
