"""Whether an engine keeps 16 bits a channel through every operation, from file to file.

::

    class TestMyDepth(DeepSuite):
        engine = MyEngine()

        def levels(self, body):  # of a PNG or TIFF, (bits a channel, all levels), by an independent reader
            ...
"""

from __future__ import annotations

import itertools
import struct
from abc import abstractmethod
from collections.abc import Callable

import pytest
from PIL import Image

from qis_core.api import Box, Engine, Frame, Quality, RenderJob, Size
from qis_core.builtin.colour.icc import IccProfile
from qis_core.builtin.effects.overlay import Overlay
from qis_core.builtin.effects.sharpen import Sharpen
from qis_core.testing import pictures
from qis_core.testing.jobs import PixelStep, job, step

WIDTH, HEIGHT = 300, 60
LOW, HIGH = 20_000, 30_000
"""A gradient between two levels that 8 bits a channel would show in 40."""

_FEW = 60
_HALF = Size(width=WIDTH // 2, height=HEIGHT // 2)


def gradient() -> list[int]:
    """Pixels of 16 bits: red grows to the right, green is constant, blue falls."""
    row = [
        level for x in range(WIDTH)
        for level in (LOW + x * (HIGH - LOW) // (WIDTH - 1), 25_000, HIGH - x * (HIGH - LOW) // (WIDTH - 1))
    ]  # fmt: skip
    return row * HEIGHT


def png() -> bytes:
    """The gradient as PNG."""
    row = b"\0" + struct.pack(f">{3 * WIDTH}H", *gradient()[: 3 * WIDTH])
    return pictures.png_file((WIDTH, HEIGHT, 16, 2), row * HEIGHT)


def tiff() -> bytes:
    """The gradient as TIFF."""
    data = struct.pack(f"<{len(gradient())}H", *gradient())
    return pictures.tiff_file({
        256: ("L", [WIDTH]), 257: ("L", [HEIGHT]), 258: ("H", [16, 16, 16]), 259: ("H", [1]), 262: ("H", [2]),
        273: ("L", [8]), 277: ("H", [3]), 278: ("L", [HEIGHT]), 279: ("L", [len(data)]),
    }, data)  # fmt: skip


def _cropped(frame: Frame) -> Frame:
    return frame.cropped(Box(left=10.5, top=5.25, right=280.75, bottom=50)).resized(_HALF)


def _tiled(frame: Frame) -> Frame:
    return frame.resized(_HALF).windowed(Box(left=0, top=10, right=_HALF.width, bottom=20))


def _made(source: bytes, what: str, output: str) -> RenderJob:
    mark = Image.new("RGBA", (10, 10), (255, 255, 255, 128))
    reframe: dict[str, Callable[[Frame], Frame]] = {
        "resized": lambda frame: frame.resized(_HALF),
        "enlarged": lambda frame: frame.resized(Size(width=500, height=100)),
        "cropped in fractions": _cropped, "turned": lambda frame: frame.rotated_by(90).resized(_HALF.turned),
        "rotated": lambda frame: frame.rotated_by(7), "flipped": lambda frame: frame.flipped("h"),
        "padded": lambda frame: frame.resized(_HALF, Size(width=200, height=40), (25, 5)), "a tile": _tiled,
        "in linear light": lambda frame: frame.resized(_HALF),
    }  # fmt: skip
    pixel: dict[str, list[PixelStep]] = {
        "sharpened": [step(Sharpen(), sharpen=100)], "blurred": [step(Sharpen(), sharpen=-100)],
        "overlaid": [step(Overlay(), overlay_src="mark", overlay_opacity=0.5)],
    }  # fmt: skip
    return job(
        source, reframe.get(what, lambda frame: frame.resized(_HALF)), output=output, fill="#336699",
        pixel_steps=pixel.get(what, []), pictures={"mark": mark}, quality=Quality(gamma_correct="light" in what),
        finishing_steps=[step(IccProfile(), icc_profile="p")] if what == "converted" else [],
        profiles={"p": pictures.srgb_profile()},
    )  # fmt: skip


class DeepSuite:
    """Subclass with ``engine`` and ``levels``."""

    engine: Engine

    @abstractmethod
    def levels(self, body: bytes) -> tuple[int, list[int]]:
        """Bits a channel and all levels of a PNG or TIFF."""

    @pytest.mark.parametrize("output", ["png", "tif"])
    @pytest.mark.parametrize("source", [png, tiff], ids=["png", "tif"])
    @pytest.mark.parametrize(
        "what",
        ["as it is", "resized", "enlarged", "cropped in fractions", "turned", "rotated", "flipped", "padded", "a tile",
         "in linear light", "sharpened", "blurred", "overlaid", "converted"],
    )  # fmt: skip
    def test_sixteen_bits_stay(self, what: str, source: Callable[[], bytes], output: str) -> None:
        made = _made(source(), what, output)
        assert self.engine.supports(made), "an engine of 16 bits does all of these"
        rendition = self.engine.render(made)
        bits, levels = self.levels(rendition.body)
        assert bits == 16
        assert len(levels) == 3 * rendition.size.pixels
        seen = {level for level in levels[0::3] if LOW - 500 < level < HIGH + 500}
        assert len(seen) > _FEW, f"{what} leaves {len(seen)} levels of red"
        # None of them only looks like 16 bits: a level of 8 is a multiple of 257 or of 256.
        assert sum(level % 257 == 0 or level % 256 == 0 for level in seen) < len(seen) / 4

    @pytest.mark.parametrize("what", ["resized", "in linear light", "cropped in fractions"])
    def test_a_gradient_stays_one(self, what: str) -> None:
        _, levels = self.levels(self.engine.render(_made(png(), what, "png")).body)
        middle = levels[15 * 3 * _HALF.width : 16 * 3 * _HALF.width : 3]
        steps = [after - before for before, after in itertools.pairwise(middle)]
        assert min(steps) > 0, "red grows from pixel to pixel"
        assert max(steps) < 3 * (HIGH - LOW) / _HALF.width
