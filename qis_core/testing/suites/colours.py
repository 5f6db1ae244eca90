"""Whether an engine's colours are right: against littleCMS at 16 bits, as differences for the eye.

::

    class TestMyColours(ColourSuite):
        engine = MyEngine()
        bits = 16

Needs the system's littleCMS and the profiles of Debian's ``ghostscript``; is skipped without.
"""

from __future__ import annotations

import io
import itertools
import struct
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from PIL import Image

from qis_core.api import Engine, RenderJob
from qis_core.builtin.colour.icc import IccProfile
from qis_core.testing import lcms, pictures
from qis_core.testing.colour_difference import ciede2000
from qis_core.testing.jobs import job, step

FOLDER = Path("/usr/share/color/icc/ghostscript")
MEAN, LARGEST = 2.0, 5.0
"""Differences (CIEDE2000) that no conversion may exceed."""

_STEPS = (0, 85, 170, 255)
_WIDTH = 16

COLOURS = [level for colour in itertools.product(_STEPS, repeat=3) for level in colour]
"""64 colours over all of the cube, in 8 bits."""

INKS = [level for inks in itertools.product((0, 90, 190, 255), (0, 128, 255), (0, 255), (0, 160)) for level in inks]
"""48 mixtures of inks."""

GREYS = list(range(0, 256, 4))


class ColourSuite:
    """Subclass with ``engine`` and ``bits``, those of the files that it is given and makes."""

    engine: Engine
    bits = 8

    @pytest.fixture(autouse=True)
    def _needs(self) -> None:
        if not lcms.is_there() or not FOLDER.is_dir():
            pytest.skip("needs the system's littleCMS and Ghostscript's ICC profiles")

    @pytest.mark.parametrize("black_point", [False, True], ids=["plain", "bpc"])
    @pytest.mark.parametrize("intent", sorted(lcms.INTENTS))
    @pytest.mark.parametrize(
        ("models", "names"),
        [
            (("RGB", "RGB"), ("", "rommrgb")), (("RGB", "RGB"), ("rommrgb", "srgb")), (("RGB", "RGB"), ("a98", "srgb")),
            (("RGB", "CMYK"), ("", "default_cmyk")), (("CMYK", "RGB"), ("default_cmyk", "srgb")),
            (("RGB", "L"), ("", "sgray")), (("L", "RGB"), ("default_gray", "srgb")),
        ],
        ids=lambda value: ">".join(name or "none" for name in value),
    )  # fmt: skip
    def test_a_conversion_is_littlecms_own(
        self, models: tuple[str, str], names: tuple[str, str], intent: str, black_point: bool
    ) -> None:
        levels = _levels(models[0])
        found = self.convert(levels, models, names, intent, black_point=black_point)
        profiles = profile(names[0]), profile(names[1])
        wanted = lcms.converted(levels, models, profiles, intent, black_point=black_point)
        assert_alike(found, wanted, models[1], names[1])

    @pytest.mark.parametrize("intent", sorted(lcms.INTENTS))
    def test_there_and_back_through_inks_is_littlecms_own(self, intent: str) -> None:
        levels = _levels("RGB")
        inks = self.convert(levels, ("RGB", "CMYK"), ("", "default_cmyk"), intent, black_point=False)
        eight = [round(level / 257) * 257 for level in inks]
        found = self.convert(eight, ("CMYK", "RGB"), ("default_cmyk", "srgb"), intent, black_point=False)
        there = lcms.converted(
            levels, ("RGB", "CMYK"), (profile(""), profile("default_cmyk")), intent, black_point=False
        )
        back = (profile("default_cmyk"), profile("srgb"))
        wanted = lcms.converted(there, ("CMYK", "RGB"), back, intent, black_point=False)
        assert_alike(found, wanted, "RGB", "srgb")

    def convert(
        self, levels: Sequence[int], models: tuple[str, str], names: tuple[str, str], intent: str, *, black_point: bool
    ) -> list[int]:
        """What the engine makes of the pixels, a picture of them being given the second profile."""
        own = profile(names[0]) if names[0] else None
        values = {"icc_profile": "wanted", "icc_intent": intent, "icc_bpc": black_point}
        made = job(
            self.file(levels, models[0], own), output="tif" if models[1] == "CMYK" else "png",
            finishing_steps=[step(IccProfile(), **values)], profiles={"wanted": profile(names[1])},
        )  # fmt: skip
        if not self.engine.supports(made):
            pytest.skip("this engine leaves such jobs to others")
        return self.rendered(made)

    def rendered(self, made: RenderJob) -> list[int]:
        """The rendering's levels (0–65535). Override it where files of 16 bits have to be read."""
        image = Image.open(io.BytesIO(self.engine.render(made).body))
        return lcms.levels_of(image.tobytes(), 16 if image.mode == "I;16" else 8)

    def file(self, levels: Sequence[int], model: str, own: bytes | None) -> bytes:
        """A file of these pixels: PNG of the suite's bits, or TIFF of 8 for inks."""
        size = _WIDTH, len(levels) // lcms.CHANNELS[model] // _WIDTH
        if model == "CMYK" or self.bits == 8:
            image = Image.frombytes(model, size, bytes(level // 257 for level in levels))
            return pictures.encoded(image, "TIFF" if model == "CMYK" else "PNG", icc_profile=own)
        rows = b"".join(
            b"\0" + struct.pack(f">{len(row)}H", *row)
            for row in zip(*[iter(levels)] * (size[0] * lcms.CHANNELS[model]), strict=True)
        )
        chunks = [(b"iCCP", b"icc\0\0" + zlib.compress(own))] if own else []
        return pictures.png_file((*size, 16, 2 if model == "RGB" else 0), rows, *chunks)


def assert_alike(found: Sequence[int], wanted: Sequence[int], model: str, name: str) -> None:
    """That two rows of pixels look alike, both being of the profile ``name``."""
    pairs = zip(lcms.lab(found, model, profile(name)), lcms.lab(wanted, model, profile(name)), strict=True)
    differences = [ciede2000(one, other) for one, other in pairs]
    assert sum(differences) / len(differences) < MEAN
    assert max(differences) < LARGEST


@cache
def profile(name: str) -> bytes:
    """One of Ghostscript's profiles; what sRGB is to QIS for no name."""
    return (FOLDER / f"{name}.icc").read_bytes() if name else pictures.srgb_profile()


def _levels(model: str) -> list[int]:
    return [level * 257 for level in {"RGB": COLOURS, "CMYK": INKS, "L": GREYS}[model]]
