"""What a site gets of PNG files beyond the rules of all formats."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from qis_core.api import DecodeHint, Metadata, Options, PageHint, SourceInfo, TooLarge
from qis_core.builtin.formats.png import PngDecoder, PngEncoder, compression
from qis_core.builtin.formats.settings import FormatsSettings
from qis_core.testing import pictures
from qis_core.testing.sources import MemorySource

DECODER = PngDecoder()


def test_metadata_behind_the_pixels_is_told_without_decoding_them() -> None:
    whole = pictures.FILES["profiled.png"]()
    exif = pictures.exif_block(1)
    body = exif.removeprefix(b"Exif\0\0")
    chunk = struct.pack(">L", len(body)) + b"eXIf" + body + struct.pack(">L", zlib.crc32(b"eXIf" + body))
    told = PngDecoder().metadata(MemorySource(whole[:-12] + chunk + whole[-12:]), PageHint())
    assert told is not None
    assert told.exif == exif
    assert told.icc_profile == pictures.srgb_profile()


def read(data: bytes) -> tuple[SourceInfo, Image.Image]:
    source = MemorySource(data)
    info = DECODER.probe(source, PageHint())
    return info, DECODER.decode(source, DecodeHint(minimum=info.size)).image


def test_a_transparent_palette_entry_becomes_alpha() -> None:
    info, image = read(pictures.FILES["palette-transparent.png"]())
    assert (info.mode, info.has_alpha, image.mode) == ("P", True, "RGBA")
    assert image.getpixel((0, 0)) == (255, 0, 0, 0)
    assert image.getpixel((95, 71)) == (255, 255, 0, 255)


@pytest.mark.parametrize("bits", [2, 8])
def test_a_transparent_grey_becomes_alpha_at_every_depth(bits: int) -> None:
    info, image = read(pictures.colour_key_png(bits))
    assert info.has_alpha
    assert [image.getpixel((x, 0)) for x in range(4)] == [(0, 255), (85, 0), (170, 255), (255, 255)]


def test_a_transparent_16_bit_grey_becomes_alpha() -> None:
    rows = b"\0" + struct.pack(">3H", 0, 0x1234, 65535)
    _, image = read(pictures.png_file((3, 1, 16, 0), rows, (b"tRNS", struct.pack(">H", 0x1234))))
    assert [image.getpixel((x, 0)) for x in range(3)] == [(0, 255), (0x12, 0), (255, 255)]


def test_a_transparent_16_bit_colour_becomes_alpha() -> None:
    rows = b"\0" + struct.pack(">6H", 0x1234, 0, 0, 65535, 0, 0)
    _, image = read(pictures.png_file((2, 1, 16, 2), rows, (b"tRNS", struct.pack(">3H", 0x1234, 0, 0))))
    assert [image.getpixel((x, 0)) for x in range(2)] == [(0x12, 0, 0, 0), (255, 0, 0, 255)]


def test_16_bit_grey_keeps_its_bits() -> None:
    info, image = read(pictures.FILES["grey16.png"]())
    assert (info.bits, image.mode) == (16, "I;16")
    assert image.tobytes() == pictures.grey16().tobytes()


def test_16_bit_colour_is_scaled_not_clipped() -> None:
    info, image = read(pictures.rgb16_png())
    assert info.bits == 16
    assert image.getpixel((48, 0))[0] == pytest.approx(48 * 255 / 95, abs=1)  # type: ignore[index]


def test_texts_with_the_names_of_blocks_do_no_harm() -> None:
    texts = [(b"tEXt", name + b"\0junk") for name in (b"icc_profile", b"exif", b"dpi", b"transparency", b"xmp")]
    info, image = read(pictures.png_file((2, 1, 8, 2), b"\0" + bytes(6), *texts))
    assert not info.has_icc_profile
    assert image.mode in ("RGB", "RGBA")


def test_the_sources_profile_is_not_written_unless_asked_for() -> None:
    image = Image.open(io.BytesIO(pictures.FILES["profiled.png"]()))
    buffer = io.BytesIO()
    PngEncoder(FormatsSettings()).encode(image, Options({}), Metadata(), buffer)
    assert b"iCCP" not in buffer.getvalue()


@pytest.mark.parametrize(
    ("quality", "level"), [(10, 1), (19, 1), (62, 6), (79, 7), (80, 8), (99, 9), (100, 9), (5, 5), (1, 1)]
)
def test_the_first_digit_is_the_zlib_level(quality: int, level: int) -> None:
    assert compression(quality)[0] == level


def test_the_second_digit_may_ask_for_run_lengths_only() -> None:
    assert compression(78)[1] is not None
    assert compression(79)[1] is None
    assert compression(80)[1] is None


def test_endless_chunks_before_the_picture_are_refused() -> None:
    flood = pictures.png_file((1, 1, 8, 0), b"\0\0", *[(b"tEXt", b"a\0b")] * 20_000)
    with pytest.raises(TooLarge, match="chunks"):
        read(flood)
