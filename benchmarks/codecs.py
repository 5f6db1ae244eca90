"""What each encoder costs and gives: size, CPU time and likeness of 800×600 renderings.

Run ``python benchmarks/codecs.py``. The pictures are drawn, so that everybody measures the same
ones; CPU time is of one thread; likeness is the mean structural similarity of the luma (SSIM, Wang
et al. 2004, 8×8 windows), 1 for equal pictures.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from PIL import Image

from qis_core.api import DecodeHint, Decoder, Encoder, Metadata, Options, PageHint
from qis_core.builtin.formats import plugin
from qis_core.builtin.formats.avif import AvifEncoder
from qis_core.builtin.formats.gif import GifEncoder
from qis_core.builtin.formats.jpeg import JpegEncoder, ProgressiveJpegEncoder
from qis_core.builtin.formats.png import PngEncoder
from qis_core.builtin.formats.settings import FormatsSettings
from qis_core.builtin.formats.tiff import TiffEncoder
from qis_core.builtin.formats.webp import WebpEncoder
from qis_core.testing import pictures
from qis_core.testing.sources import MemorySource

SIZE = (800, 600)
WINDOW = 8
ROUNDS = 3


def candidates() -> Iterator[tuple[str, Encoder, Options]]:
    """Name, encoder and options of everything that is compared."""
    site = FormatsSettings()
    for quality in (70, 80, 90):
        yield f"jpg q{quality}", JpegEncoder(site), Options({"quality": quality})
    yield "pjpg q80", ProgressiveJpegEncoder(site), Options({"quality": 80})
    for method in (0, 1, 2, 3, 4):
        yield f"webp q80 method {method}", WebpEncoder(replace(site, webp_method=method)), Options({"quality": 80})
    for speed in (6, 7, 8, 9, 10):
        yield f"avif q70 speed {speed}", AvifEncoder(replace(site, avif_speed=speed)), Options({"quality": 70})
    for quality in (50, 60, 80):
        yield f"avif q{quality} speed 9", AvifEncoder(replace(site, avif_speed=9)), Options({"quality": quality})
    for quality in (10, 18, 30, 60, 79, 80, 88, 90):
        yield f"png {quality}", PngEncoder(site), Options({"quality": quality})
    yield "gif", GifEncoder(), Options({})
    yield "tif", TiffEncoder(), Options({})


def decoder_of(body: bytes) -> Decoder:
    """The decoder in the box that knows the file."""
    found: Decoder = next(decoder for decoder in plugin.qis_register_decoders() if decoder.sniff(body[:4096]))
    return found


def likeness(one: Image.Image, other: Image.Image) -> float:
    """Mean SSIM of the luma over windows that stand side by side."""
    x, y = (windows(image) for image in (one, other))
    mean_x, mean_y = x.mean(axis=1), y.mean(axis=1)
    covariance = ((x - mean_x[:, None]) * (y - mean_y[:, None])).mean(axis=1)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    value = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    value /= (mean_x**2 + mean_y**2 + c1) * (x.var(axis=1) + y.var(axis=1) + c2)
    return float(value.mean())


def windows(image: Image.Image) -> np.ndarray:
    """The luma as rows of WINDOW × WINDOW pixels."""
    luma = np.asarray(image.convert("L"), dtype=np.float64)
    height, width = (side // WINDOW for side in luma.shape)
    cut = luma[: height * WINDOW, : width * WINDOW].reshape(height, WINDOW, width, WINDOW)
    return cut.swapaxes(1, 2).reshape(-1, WINDOW * WINDOW)


def measure(encoder: Encoder, options: Options, image: Image.Image) -> tuple[float, float, float, float]:
    """Kilobytes, CPU milliseconds to write and to read (the best of ROUNDS), and likeness."""
    writing, reading, body = [], [], b""
    for _ in range(ROUNDS):
        buffer = io.BytesIO()
        start = time.process_time()
        encoder.encode(image, options, Metadata(), buffer)
        writing.append(time.process_time() - start)
        body = buffer.getvalue()
    source, decoder = MemorySource(body), decoder_of(body)
    hint = DecodeHint(minimum=decoder.probe(source, PageHint()).size)
    for _ in range(ROUNDS):
        start = time.process_time()
        read = decoder.decode(source, hint).image
        reading.append(time.process_time() - start)
    return len(body) / 1000, min(writing) * 1000, min(reading) * 1000, likeness(image, read)


def main() -> None:
    """Prints the table."""
    kinds = {"photo": pictures.photo(SIZE), "line art": pictures.line_art(SIZE), "text": pictures.text(SIZE)}
    print(f"{'':22}" + "".join(f"{kind:>38}" for kind in kinds))
    print(f"{'':22}" + f"{'KB':>12}{'write ms':>10}{'read ms':>9}{'SSIM':>7}" * len(kinds))
    for name, encoder, options in candidates():
        cells = []
        for image in kinds.values():
            size, writing, reading, ssim = measure(encoder, options, image)
            cells.append(f"{size:12.1f}{writing:10.1f}{reading:9.1f}{ssim:7.3f}")
        print(f"{name:22}" + "".join(cells), flush=True)


if __name__ == "__main__":
    main()
