"""Bases that are made with a picture's own decoder: which pictures get some, and their pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from qis_core.api import BrokenImage, DecodeHint, PageHint, Size, SourceInfo
from qis_core.builtin.formats.tiff import TiffDecoder
from qis_core.imaging import bases
from qis_core.imaging.sources import FileSource
from qis_core.testing import pictures
from qis_core.testing.jobs import decoder_of
from qis_core.testing.sources import MemorySource

SIDES = (61, 47)
ENOUGH = 10**6


def base_of(data: bytes, shrink: float, folder: Path) -> Image.Image | None:
    """What is read of the base; None where the file stayed empty."""
    source, decoder, file = MemorySource(data), decoder_of(data), folder / f"{shrink:g}.tif"
    info = decoder.probe(source, PageHint())
    assert bases.supports(decoder, source, info, PageHint(), ENOUGH)
    with file.open("w+b", buffering=0) as out:
        bases.write(decoder, source, info, shrink, out)
    if not file.stat().st_size:
        return None
    base = FileSource("base.tif", file)
    size = TiffDecoder().probe(base, PageHint()).size
    assert size == Size(width=int(-(-info.size.width // shrink)), height=int(-(-info.size.height // shrink)))
    return TiffDecoder().decode(base, DecodeHint(minimum=size)).image


def difference(one: Image.Image, other: Image.Image) -> int:
    """The most by which any level of any pixel differs."""
    assert (one.mode, one.size) == (other.mode, other.size)
    return max(high for _, high in ImageChops.difference(one, other).convert("RGBA").getextrema()[:3])  # type: ignore[misc]


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_bases_are_averages_of_whole_pixels_that_can_be_mapped(tmp_path: Path, mode: str) -> None:
    picture = pictures.photo(SIDES).convert(mode)
    for shrink in (2, 3, 7):
        found = base_of(pictures.encoded(picture, "PNG"), shrink, tmp_path)
        assert found is not None
        assert difference(found, picture.reduce(shrink)) == 0
        mapped = bases.mapped(FileSource("base.tif", tmp_path / f"{shrink}.tif"))
        # Grey with alpha is read as any TIFF is.
        assert mapped is None if mode == "LA" else mapped is not None and difference(found, mapped) == 0


def test_a_mapped_base_may_be_changed_without_changing_its_file_and_one_that_is_cut_off_is_refused(
    tmp_path: Path,
) -> None:
    base_of(pictures.encoded(pictures.photo(SIDES), "PNG"), 2, tmp_path)
    source = FileSource("base.tif", tmp_path / "2.tif")
    before, image = source.path.read_bytes(), bases.mapped(source)
    assert image is not None
    image.paste("red", (0, 0, *image.size))
    assert source.path.read_bytes() == before
    source.path.write_bytes(before[:-1])
    with pytest.raises(BrokenImage, match="cut off"):
        bases.mapped(source)


def test_inks_and_more_than_8_bits_have_none() -> None:
    info = SourceInfo(format="tif", size=Size(width=9, height=9), mode="RGB")
    assert bases.may_have(info)
    assert not bases.may_have(replace(info, mode="CMYK"))
    assert not bases.may_have(replace(info, bits=16))


@pytest.mark.parametrize("form", ["WEBP", "AVIF", "JPEG"])
def test_lossy_formats_have_them(tmp_path: Path, form: str) -> None:
    data = pictures.encoded(pictures.photo(SIDES), form, quality=90)
    half = Size(width=SIDES[0] // 2, height=SIDES[1] // 2)
    decoded = decoder_of(data).decode(MemorySource(data), DecodeHint(minimum=half)).image
    found = base_of(data, 2, tmp_path)
    assert found is not None
    # A JPEG is decoded at one half.
    assert difference(found, decoded if form == "JPEG" else decoded.reduce(2)) == 0


def test_what_cannot_be_seen_does_not_shine_through(tmp_path: Path) -> None:
    picture = Image.new("RGBA", SIDES, (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (0, 0, 30, SIDES[1]))
    found = base_of(pictures.encoded(picture, "PNG"), 4, tmp_path)
    assert found is not None
    # Half of its pixels are clear.
    assert found.getpixel((7, 3)) == (0, 0, 255, 128)


def test_where_thin_lines_would_be_softer_there_is_none_by_such_a_number(tmp_path: Path) -> None:
    lines = Image.new("L", (240, 240), "white")
    for place in range(0, 240, 7):
        lines.paste(0, (place, 0, place + 1, 240))
    assert base_of(pictures.encoded(lines, "PNG"), 1.5, tmp_path) is None


def test_pages_animations_and_deep_pictures_get_none() -> None:
    picture = pictures.photo(SIDES)
    for data in (
        pictures.encoded(picture, "TIFF", save_all=True, append_images=[picture]),
        pictures.encoded(picture, "WEBP", save_all=True, append_images=[picture.convert("L").convert("RGB")]),
        pictures.encoded(Image.new("I;16", SIDES), "PNG"),
    ):
        source, decoder = MemorySource(data), decoder_of(data)
        assert not bases.supports(decoder, source, decoder.probe(source, PageHint()), PageHint(), ENOUGH)


def test_larger_pictures_than_may_be_held_get_none() -> None:
    data = pictures.encoded(pictures.photo(SIDES), "WEBP")
    source, decoder = MemorySource(data), decoder_of(data)
    info = decoder.probe(source, PageHint())
    assert not bases.supports(decoder, source, info, PageHint(), info.size.pixels - 1)
