"""BMP, PNM, TGA and ICO: what is written in them comes out."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from qis_core.api import BrokenImage, DecodeHint, Decoder, PageHint, Size, SourceInfo
from qis_core.builtin.formats.bmp import BmpDecoder
from qis_core.builtin.formats.ico import IcoDecoder
from qis_core.builtin.formats.pnm import PnmDecoder
from qis_core.builtin.formats.tga import TgaDecoder
from qis_core.testing import pictures
from qis_core.testing.sources import MemorySource


def read(decoder: Decoder, data: bytes, page: int = 1) -> tuple[SourceInfo, Image.Image]:
    source = MemorySource(data)
    info = decoder.probe(source, PageHint(page=page))
    return info, decoder.decode(source, DecodeHint(minimum=info.size, page=page)).image


@pytest.mark.parametrize(
    ("decoder", "format_name"), [(BmpDecoder(), "BMP"), (PnmDecoder(), "PPM"), (TgaDecoder(), "TGA")]
)
@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
def test_pixels_are_exact(decoder: Decoder, format_name: str, mode: str) -> None:
    written = pictures.photo((37, 23)).convert(mode)
    _, image = read(decoder, pictures.encoded(written, format_name))
    assert image.convert("RGB").tobytes() == written.convert("RGB").tobytes()


@pytest.mark.parametrize(
    ("data", "mode", "pixels"),
    [
        (b"P1\n# a comment\n3 1\n010", "L", [255, 0, 255]),
        (b"P1 3 1 0 # 1 in a comment\n1 0", "L", [255, 0, 255]),
        (b"P2 2 1 4 0 4", "L", [0, 255]),
        (b"P2 2 1 65535 0 65535", "I;16", [0, 65535]),
        (b"P2 2 1 1000 0 1000", "I;16", [0, 65535]),
        (b"P3 1 1 255 1 2 3", "RGB", [(1, 2, 3)]),
        (b"P5 2 1 15\n\x00\x0f", "L", [0, 255]),
        (b"P5 2 1 65535\n\x12\x34\xff\xff", "I;16", [0x1234, 65535]),
        (b"P6 1 1 65535\n\x12\x00\x34\x00\xff\xff", "RGB", [(0x12, 0x34, 0xFF)]),
        (b"P6 1 1 1023\n\x03\xff\x00\x00\x03\xff", "RGB", [(255, 0, 255)]),
    ],
)
def test_pnm_of_every_kind(data: bytes, mode: str, pixels: list[object]) -> None:
    _, image = read(PnmDecoder(), data)
    assert image.mode == mode
    assert list(image.get_flattened_data()) == pixels


@pytest.mark.parametrize(
    "data",
    [
        b"P5 0 5 255\n",
        b"P5 5 5 0\n",
        b"P5 5 5 70000\n",
        b"P6 2 2 255\n\0\0",
        b"P3 1 1 255 1 2",
        b"P2 1 1 255 300",
        b"P1 2 2 0 1",
    ],
)
def test_pnm_without_sense_is_broken(data: bytes) -> None:
    with pytest.raises(BrokenImage):
        read(PnmDecoder(), data)


def test_an_icons_sizes_are_pages_the_largest_first() -> None:
    data = pictures.FILES["icon.ico"]()
    found = [read(IcoDecoder(), data, page) for page in (1, 2)]
    assert [info.size.width for info, _ in found] == [32, 16]
    assert found[0][1].tobytes() == pictures.glass((32, 32)).tobytes()


def test_an_icon_is_as_large_as_the_picture_inside() -> None:
    inside = pictures.encoded(pictures.glass((50, 40)), "PNG")
    info, image = read(IcoDecoder(), pictures.ico_file(((16, 16), inside)))
    assert info.size == Size(width=50, height=40)
    assert image.size == (50, 40)


def test_an_icon_keeps_its_mask() -> None:
    buffer = io.BytesIO()
    pictures.glass((32, 32)).save(buffer, "ICO", sizes=[(32, 32)], bitmap_format="bmp")
    assert read(IcoDecoder(), buffer.getvalue())[1].tobytes() == pictures.glass((32, 32)).tobytes()
