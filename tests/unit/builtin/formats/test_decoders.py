"""Every decoder in the box keeps the rules of decoders."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import pytest

from qis_core.api import Decoder, PageHint, TooLarge
from qis_core.builtin.formats import plugin
from qis_core.builtin.formats.avif import AvifDecoder
from qis_core.builtin.formats.bmp import BmpDecoder
from qis_core.builtin.formats.gif import GifDecoder
from qis_core.builtin.formats.ico import IcoDecoder
from qis_core.builtin.formats.jpeg import JpegDecoder
from qis_core.builtin.formats.png import PngDecoder
from qis_core.builtin.formats.pnm import PnmDecoder
from qis_core.builtin.formats.tga import TgaDecoder
from qis_core.builtin.formats.tiff import TiffDecoder
from qis_core.builtin.formats.webp import WebpDecoder
from qis_core.testing import pictures
from qis_core.testing.sources import MemorySource
from qis_core.testing.suites.decoders import DecoderSuite


def files(*extensions: str) -> Mapping[str, bytes]:
    return {name: make() for name, make in pictures.FILES.items() if name.rsplit(".")[-1] in extensions}


class TestJpeg(DecoderSuite):
    decoder = JpegDecoder()
    samples = files("jpg")


class TestPng(DecoderSuite):
    decoder = PngDecoder()
    samples = files("png")


class TestGif(DecoderSuite):
    decoder = GifDecoder()
    samples = {**files("gif"), "with XMP": pictures.gif_with_xmp(b"<x:xmpmeta/>")}


class TestTiff(DecoderSuite):
    decoder = TiffDecoder()
    samples = files("tif")
    complete = False  # tests/contract/test_formats_page.py has the rest.


class TestWebp(DecoderSuite):
    decoder = WebpDecoder()
    samples = files("webp")
    complete = False  # tests/contract/test_formats_page.py has the rest.


class TestAvif(DecoderSuite):
    decoder = AvifDecoder()
    samples = files("avif")
    complete = False  # tests/contract/test_formats_page.py has the rest.


class TestBmp(DecoderSuite):
    decoder = BmpDecoder()
    samples = files("bmp")


class TestPnm(DecoderSuite):
    decoder = PnmDecoder()
    samples = files("ppm", "pgm", "pbm")


class TestTga(DecoderSuite):
    decoder = TgaDecoder()
    samples = files("tga")


class TestIco(DecoderSuite):
    decoder = IcoDecoder()
    samples = files("ico")


@pytest.mark.parametrize("name", pictures.FILES)
def test_every_file_has_one_decoder(name: str) -> None:
    head = pictures.FILES[name]()[:4096]
    assert len([decoder for decoder in plugin.qis_register_decoders() if decoder.sniff(head)]) == 1


@pytest.mark.parametrize("name", pictures.BOMBS)
def test_a_bomb_is_known_by_its_header(name: str) -> None:
    source = MemorySource(pictures.BOMBS[name]())
    (decoder,) = [decoder for decoder in plugin.qis_register_decoders() if decoder.sniff(source.head())]
    with contextlib.suppress(TooLarge):
        assert decoder.probe(source, PageHint()).size.pixels > 150_000_000


def test_every_decoder_has_a_test_here() -> None:
    tested = {suite.decoder.name for suite in DecoderSuite.__subclasses__() if isinstance(suite.decoder, Decoder)}
    assert {decoder.name for decoder in plugin.qis_register_decoders()} <= tested
