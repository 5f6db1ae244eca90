"""The print engine: the same pictures as everywhere, and no level lost on the way."""

from __future__ import annotations

import pytest
from qis_magick.engine import PrintEngine
from qis_magick.library import names

from qis_core.api import RenderJob
from qis_core.testing import lcms
from qis_core.testing.suites.colours import ColourSuite
from qis_core.testing.suites.deep import DeepSuite
from qis_core.testing.suites.engines import EngineSuite

pytestmark = pytest.mark.skipif(names() is None, reason="needs the system's ImageMagick 6: libmagickwand-6.q16-6")


class TestPrintEngine(EngineSuite):
    engine = PrintEngine()


def deep_levels(body: bytes) -> tuple[int, list[int]]:
    """Bits a channel and the levels of a PNG or TIFF, as another library than the engine's reads them."""
    vips = pytest.importorskip("pyvips", reason="reads 16-bit files back with pyvips")
    image = (vips.Image.pngload_buffer if body.startswith(b"\x89PNG") else vips.Image.tiffload_buffer)(body)
    bits = 8 if image.format == "uchar" else 16
    return bits, lcms.levels_of(bytes(image.write_to_memory()), bits)


class TestPrintColours(ColourSuite):
    engine = PrintEngine()
    bits = 16

    def rendered(self, made: RenderJob) -> list[int]:
        return deep_levels(self.engine.render(made).body)[1]


class TestDepth(DeepSuite):
    engine = PrintEngine()

    def levels(self, body: bytes) -> tuple[int, list[int]]:
        return deep_levels(body)
