"""PNG by libvips is what the encoder in the box writes, only sooner."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from qis_vips.png import VipsPng

from qis_core.api import Metadata, Options
from qis_core.builtin.formats.png import PngDecoder, PngEncoder
from qis_core.builtin.formats.settings import FormatsSettings
from qis_core.testing import pictures
from qis_core.testing.suites.encoders import EncoderSuite

BOX = PngEncoder(FormatsSettings())


class TestVipsPng(EncoderSuite):
    encoder = VipsPng(BOX)
    decoder = PngDecoder()


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("quality", [None, 0, 18, 95])
def test_the_pixels_are_the_same(mode: str, quality: int | None) -> None:
    image = pictures.glass().convert(mode)
    read = []
    for encoder in (BOX, VipsPng(BOX)):
        out = io.BytesIO()
        encoder.encode(image, Options({} if quality is None else {"quality": quality}), Metadata(), out)
        read.append(Image.open(io.BytesIO(out.getvalue())))
    assert (read[0].mode, read[0].tobytes()) == (read[1].mode, read[1].tobytes()) == (mode, image.tobytes())
