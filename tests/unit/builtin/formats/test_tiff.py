"""What a site gets of TIFF files beyond the rules of all formats."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from qis_core.api import Box, Decoded, DecodeHint, Metadata, Options, PageHint, QisError, Size, SourceInfo, TooLarge
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


def part(data: bytes, region: Box | None = None, minimum: tuple[int, int] = (400, 300)) -> Decoded:
    hint = DecodeHint(minimum=Size(width=minimum[0], height=minimum[1]), region=region)
    return DECODER.decode(MemorySource(data), hint)


REGION = Box(left=100.5, top=70.25, right=180, bottom=120)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_only_the_strips_that_are_needed_are_unpacked(compression: str, mode: str) -> None:
    picture = pictures.photo((400, 300)).convert(mode)
    data = pictures.encoded(picture, "TIFF", compression=compression, tiffinfo={278: 16})
    result = part(data, REGION)
    assert result.region == Box(left=0, top=64, right=400, bottom=128)
    assert difference(result.image, part(data).image.crop((0, 64, 400, 128))) < 1


def test_only_the_tiles_that_are_needed_are_unpacked() -> None:
    result = part(pictures.tiled_tiff((400, 300)), REGION)
    assert result.region == Box(left=96, top=64, right=192, bottom=128)
    assert result.image.tobytes() == pictures.photo((400, 300)).crop((96, 64, 192, 128)).tobytes()


def pyramid() -> bytes:
    first, *others = (pictures.photo((400, 300)).reduce(2**step) for step in range(4))
    for copy in others:
        copy.encoderinfo = {"tiffinfo": {254: 1}, "compression": "tiff_lzw"}
    return pictures.encoded(first, "TIFF", save_all=True, append_images=others, compression="tiff_lzw")


@pytest.mark.parametrize(
    ("minimum", "size"),
    [
        ((400, 300), (400, 300)),
        ((201, 150), (400, 300)),
        ((200, 150), (200, 150)),
        ((90, 60), (100, 75)),
        ((10, 10), (50, 38)),
    ],
)
def test_the_smallest_copy_that_is_enough_is_taken(minimum: tuple[int, int], size: tuple[int, int]) -> None:
    result = part(pyramid(), minimum=minimum)
    assert result.image.size == size
    assert result.region is None


def test_a_region_of_a_copy_is_told_in_pixels_of_the_page() -> None:
    result = part(pyramid(), REGION, minimum=(200, 150))
    assert result.region is not None
    assert result.image.width == 200
    assert result.region.width == 400
    assert result.region.top <= REGION.top
    assert result.region.bottom >= REGION.bottom
    assert result.image.height * 2 == result.region.height


def test_the_next_page_is_no_copy() -> None:
    pages = pictures.encoded(
        pictures.photo((400, 300)), "TIFF", save_all=True, append_images=[pictures.corners((100, 75))]
    )
    assert part(pages, minimum=(50, 30)).image.size == (400, 300)


def test_tiles_that_lie_over_each_other_do_not_multiply() -> None:
    tags = {256: ("L", [4096]), 257: ("L", [4096]), 258: ("H", [8]), 259: ("H", [8]), 262: ("H", [1]), 277: ("H", [1]),
            322: ("L", [16]), 323: ("L", [16]), 324: ("L", [8] * 65536), 325: ("L", [500_000] * 65536)}  # fmt: skip
    with pytest.raises(QisError):
        part(pictures.tiff_file(tags, bytes(500_000)), Box(left=0, top=0, right=2048, bottom=2048), (4096, 4096))
