"""Every encoder in the box keeps the rules of encoders."""

from __future__ import annotations

from qis_core.builtin.formats.avif import AvifDecoder, AvifEncoder
from qis_core.builtin.formats.gif import GifDecoder, GifEncoder
from qis_core.builtin.formats.jpeg import JpegDecoder, JpegEncoder, ProgressiveJpegEncoder
from qis_core.builtin.formats.png import PngDecoder, PngEncoder
from qis_core.builtin.formats.settings import FormatsSettings
from qis_core.builtin.formats.tiff import TiffDecoder, TiffEncoder
from qis_core.builtin.formats.webp import WebpDecoder, WebpEncoder
from qis_core.testing.suites.encoders import EncoderSuite

SETTINGS = FormatsSettings()


class TestJpeg(EncoderSuite):
    encoder = JpegEncoder(SETTINGS)
    decoder = JpegDecoder()


class TestProgressiveJpeg(EncoderSuite):
    encoder = ProgressiveJpegEncoder(SETTINGS)
    decoder = JpegDecoder()


class TestPng(EncoderSuite):
    encoder = PngEncoder(SETTINGS)
    decoder = PngDecoder()


class TestGif(EncoderSuite):
    encoder = GifEncoder()
    decoder = GifDecoder()


class TestTiff(EncoderSuite):
    encoder = TiffEncoder()
    decoder = TiffDecoder()


class TestWebp(EncoderSuite):
    encoder = WebpEncoder(SETTINGS)
    decoder = WebpDecoder()


class TestAvif(EncoderSuite):
    encoder = AvifEncoder(SETTINGS)
    decoder = AvifDecoder()
