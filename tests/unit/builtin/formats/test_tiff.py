"""What a site gets of TIFF files beyond the rules of all formats."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from qis_core.api import DecodeHint, Metadata, Options, PageHint, Size, SourceInfo, TooLarge
from qis_core.builtin.formats import tiff
from qis_core.builtin.formats.tiff import TiffDecoder, TiffEncoder
from qis_core.testing import pictures
from qis_core.testing.sources import MemorySource
from qis_core.testing.suites.encoders import difference

DECODER = TiffDecoder()


def read(data: bytes, page: int = 1) -> tuple[SourceInfo, Image.Image]:
    source = MemorySource(data)
    info = DECODER.probe(source, PageHint(page=page))
    return info, DECODER.decode(source, DecodeHint(minimum=info.size, page=page)).image


def test_every_page_has_its_own_size_and_mode() -> None:
    data = pictures.FILES["pages.tif"]()
    found = [(info.size, image.mode) for info, image in (read(data, page) for page in (1, 2, 3))]
    assert found == [
        (Size(width=96, height=72), "RGB"),
        (Size(width=40, height=30), "RGB"),
        (Size(width=30, height=50), "L"),
    ]


def test_pixels_are_left_as_they_are_stored() -> None:
    for orientation in range(1, 9):
        info, image = read(pictures.oriented(orientation, "TIFF"))
        assert info.orientation == orientation
        assert (info.size.width > info.size.height) == (orientation < 5)
        assert image.size == (info.size.width, info.size.height)


def test_tiles_are_put_together() -> None:
    assert read(pictures.tiled_tiff())[1].tobytes() == pictures.photo().tobytes()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("white_is_zero", [False, True])
def test_16_bit_grey_is_white_at_65535(order: str, white_is_zero: bool) -> None:
    if order == ">" and white_is_zero:
        pytest.skip("Pillow cannot read these")
    info, image = read(pictures.grey16_tiff(order, white_is_zero))
    assert info.bits == 16
    assert image.mode == "I;16"
    assert image.tobytes() == pictures.grey16().tobytes()


def test_12_bit_grey_is_white_at_65535() -> None:
    data = bytes([0x00, 0x0F, 0xFF, 0x80, 0x00, 0x00])
    tags = {256: ("L", [4]), 257: ("L", [1]), 258: ("H", [12]), 259: ("H", [1]), 262: ("H", [1]),
            273: ("L", [8]), 277: ("H", [1]), 278: ("L", [1]), 279: ("L", [len(data)])}  # fmt: skip
    _, image = read(pictures.tiff_file(tags, data))
    assert struct.unpack("<4H", image.tobytes())[:2] == (0, 65535)


def test_cmyk_is_full_ink_at_255() -> None:
    assert read(pictures.FILES["cmyk.tif"]())[1].tobytes() == pictures.inks().tobytes()


def test_lab_becomes_rgb_that_looks_the_same() -> None:
    assert difference(read(pictures.FILES["lab.tif"]())[1], pictures.photo()) < 3


def test_floating_point_is_scaled() -> None:
    assert difference(read(pictures.FILES["float.tif"]())[1], pictures.photo().convert("L")) < 1


def test_exif_of_a_tiff_can_be_written_into_other_files() -> None:
    exif = Image.Exif()
    exif[271] = "QIS test camera"
    exif[315] = "Somebody"
    source = MemorySource(pictures.encoded(pictures.photo(), "TIFF", exif=exif, compression="tiff_lzw"))
    block = DECODER.decode(source, DecodeHint(minimum=Size(width=1, height=1))).metadata.exif
    assert block is not None
    for name in ("JPEG", "PNG", "WEBP"):
        written = Image.open(io.BytesIO(pictures.encoded(pictures.photo(), name, exif=block)))
        written.load()
        assert dict(written.getexif())[271] == "QIS test camera"
        assert set(written.getexif()) <= {271, 315}


def test_pages_in_a_circle_end() -> None:
    data = bytearray(pictures.tiled_tiff())
    directory = struct.unpack_from("<L", data, 4)[0]
    struct.pack_into("<L", data, directory + 2 + 12 * struct.unpack_from("<H", data, directory)[0], directory)
    assert read(bytes(data))[0].pages == 1


def test_endless_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiff, "MOST_PAGES", 2)
    with pytest.raises(TooLarge, match="pages"):
        read(pictures.FILES["pages.tif"]())


def test_renderings_are_packed_without_loss() -> None:
    buffer = io.BytesIO()
    TiffEncoder().encode(pictures.photo(), Options({}), Metadata(), buffer)
    assert read(buffer.getvalue())[1].tobytes() == pictures.photo().tobytes()
    assert len(buffer.getvalue()) < 96 * 72 * 3


def test_16_bit_grey_is_kept() -> None:
    buffer = io.BytesIO()
    TiffEncoder().encode(pictures.grey16(), Options({}), Metadata(), buffer)
    assert read(buffer.getvalue())[1].tobytes() == pictures.grey16().tobytes()
