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
from PIL import Image

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
from qis_core.testing.likeness import SIDES, Plane, line_art, luma, photograph, sharpness, ssim, text, weighted

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
