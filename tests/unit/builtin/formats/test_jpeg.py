"""What a site gets of JPEG files beyond the rules of all formats."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops

from qis_core.api import Box, DecodeHint, Metadata, Options, PageHint, Size, TooLarge
from qis_core.builtin.formats.jpeg import JpegDecoder, JpegEncoder, ProgressiveJpegEncoder, dct_scale
from qis_core.builtin.formats.settings import FormatsSettings
from qis_core.testing import pictures
from qis_core.testing.sources import MemorySource
from qis_core.testing.suites.encoders import difference

DECODER = JpegDecoder()


def decoded(data: bytes, minimum: Size | None = None, **hint: bool) -> Image.Image:
    source = MemorySource(data)
    return DECODER.decode(source, DecodeHint(minimum=minimum or DECODER.probe(source, PageHint()).size, **hint)).image


@pytest.mark.parametrize(
    "data",
    [pictures.cmyk_jpeg(), pictures.cmyk_jpeg(adobe=False), pictures.ycck_jpeg()],
    ids=["adobe", "plain", "ycck"],
)
def test_255_is_full_ink_whoever_wrote_the_file(data: bytes) -> None:
    image = decoded(data)
    assert image.mode == "CMYK"
    assert difference(image, pictures.inks()) < 3


def test_cmyk_comes_back_as_it_was_written() -> None:
    buffer = io.BytesIO()
    JpegEncoder(FormatsSettings()).encode(pictures.inks(), Options({"quality": 95}), Metadata(), buffer)
    assert difference(decoded(buffer.getvalue()), pictures.inks()) < 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_tells_the_orientation_and_leaves_the_turning_to_the_engine(orientation: int) -> None:
    source = MemorySource(pictures.oriented(orientation))
    info = DECODER.probe(source, PageHint())
    assert info.orientation == orientation
    assert (info.size.width > info.size.height) == (orientation < 5)
    result = DECODER.decode(source, DecodeHint(minimum=info.size))
    assert result.image.size == (info.size.width, info.size.height)
    assert DECODER.probe(MemorySource(data=_with_exif(result.metadata.exif)), PageHint()).orientation == 1


def _with_exif(block: bytes | None) -> bytes:
    assert block is not None
    return pictures.encoded(pictures.photo(), "JPEG", exif=block)


@pytest.mark.parametrize(
    ("minimum", "scale"),
    [((1001, 777), 1), ((501, 389), 1), ((500, 388), 2), ((500, 389), 1), ((251, 100), 2), ((250, 194), 4),
     ((125, 97), 8), ((1, 1), 8), ((126, 1), 4)],
)  # fmt: skip
def test_decodes_at_the_smallest_scale_that_is_enough(minimum: tuple[int, int], scale: int) -> None:
    size = Size(width=1001, height=777)
    assert dct_scale(size, Size(width=minimum[0], height=minimum[1])) == scale


def test_tells_which_pixels_a_scaled_picture_stands_for() -> None:
    source = MemorySource(pictures.encoded(pictures.photo((1001, 777)), "JPEG"))
    result = DECODER.decode(source, DecodeHint(minimum=Size(width=200, height=150)))
    assert result.image.size == (251, 195)
    assert result.region == Box(left=0, top=0, right=1004, bottom=780)


def test_gives_grey_where_colour_is_not_needed() -> None:
    data = pictures.encoded(pictures.photo(), "JPEG", quality=95)
    image = decoded(data, grey=True)
    assert image.mode == "L"
    assert difference(image, pictures.photo().convert("L")) < 3


def test_keeps_colour_where_its_profile_has_to_be_applied_first() -> None:
    assert decoded(pictures.FILES["profiled.jpg"](), grey=True).mode == "RGB"


def test_progressive_files_are_progressive() -> None:
    buffer = io.BytesIO()
    ProgressiveJpegEncoder(FormatsSettings()).encode(pictures.photo(), Options({}), Metadata(), buffer)
    assert Image.open(buffer).info.get("progressive")


def test_quality_comes_from_the_url_else_from_the_site() -> None:
    encoder = JpegEncoder(FormatsSettings(jpeg_quality=30))

    def size(options: Options) -> int:
        buffer = io.BytesIO()
        encoder.encode(pictures.photo(), options, Metadata(), buffer)
        return len(buffer.getvalue())

    assert size(Options({"quality": 10})) < size(Options({})) < size(Options({"quality": 90}))
    assert size(Options({})) == size(Options({"quality": 30}))


def test_refuses_sides_that_the_format_cannot_hold() -> None:
    with pytest.raises(TooLarge, match="65500"):
        JpegEncoder(FormatsSettings()).encode(Image.new("L", (65_501, 1)), Options({}), Metadata(), io.BytesIO())


def test_an_opened_file_leaves_nothing_behind() -> None:
    source = MemorySource(pictures.FILES["profiled.jpg"]())
    result = DECODER.decode(source, DecodeHint(minimum=Size(width=1, height=1)))
    assert result.metadata.icc_profile == pictures.srgb_profile()
    assert not result.image.info
    assert ImageChops.difference(result.image, result.image).getbbox() is None


def test_endless_junk_before_the_picture_is_refused() -> None:
    with pytest.raises(TooLarge, match="segments"):
        DECODER.probe(MemorySource(b"\xff\xd8\xff\xe0\0\2" + bytes(200_000)), PageHint())
