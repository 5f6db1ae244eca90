"""Recipes at 16 bits: the same pictures as everywhere, and no level lost on the way from file to file."""

from __future__ import annotations

from qis_vips.deep import DeepVips
from qis_vips.library import library

from qis_core.api import RenderJob
from qis_core.testing import lcms
from qis_core.testing.suites.colours import ColourSuite
from qis_core.testing.suites.deep import DeepSuite
from qis_core.testing.suites.engines import EngineSuite


class Everything(DeepVips):
    """Takes pictures of 8 bits as well."""

    def supports(self, job: RenderJob) -> bool:
        return self.can_render(job)


class TestDeepVips(EngineSuite):
    engine = Everything()


def deep_levels(body: bytes) -> tuple[int, list[int]]:
    """Bits a channel and the levels of a PNG or TIFF of 16 bits a channel."""
    vips = library()
    image = (vips.Image.pngload_buffer if body.startswith(b"\x89PNG") else vips.Image.tiffload_buffer)(body)
    bits = 8 if image.format == "uchar" else 16
    return bits, lcms.levels_of(bytes(image.write_to_memory()), bits)


class TestDeepColours(ColourSuite):
    engine = Everything()
    bits = 16

    def rendered(self, made: RenderJob) -> list[int]:
        return deep_levels(self.engine.render(made).body)[1]


class TestDepth(DeepSuite):
    engine = DeepVips()

    def levels(self, body: bytes) -> tuple[int, list[int]]:
        return deep_levels(body)
