"""TIFF files whose pixels lie as Pillow holds them are mapped instead of read."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from qis_core.api import Box, BrokenImage, DecodeHint, Size
from qis_core.builtin.formats.mapping import mapped
from qis_core.builtin.formats.tiff import TiffDecoder
from qis_core.imaging.sources import FileSource
from qis_core.testing import pictures

WHOLE = Size(width=pictures.SIZE[0], height=pictures.SIZE[1])


def written(folder: Path, picture: Image.Image) -> FileSource:
    picture.save(folder / "plain.tif")
    return FileSource("plain.tif", folder / "plain.tif")


@pytest.mark.parametrize(("stored", "mode"), [("RGBX", "RGB"), ("RGBA", "RGBA"), ("L", "L"), ("CMYK", "CMYK")])
def test_their_pixels_are_the_same_and_may_be_changed_without_changing_the_file(
    tmp_path: Path, stored: str, mode: str
) -> None:
    source = written(tmp_path, pictures.glass().convert(stored))
    with Image.open(source.path) as opened:
        assert mapped(opened) is not None
        wanted = opened.copy()
    before = source.path.read_bytes()
    for _ in range(2):
        found = TiffDecoder().decode(source, DecodeHint(minimum=WHOLE)).image
        assert (found.mode, found.tobytes()) == (mode, wanted.tobytes())
        found.paste(0, Box.of(WHOLE).as_tuple())  # type: ignore[arg-type]
    assert source.path.read_bytes() == before


@pytest.mark.parametrize("mode", ["RGB", "LA", "I;16", "1"])
def test_others_are_unpacked(tmp_path: Path, mode: str) -> None:
    with Image.open(written(tmp_path, pictures.glass().convert("L").convert(mode)).path) as opened:
        assert mapped(opened) is None


def test_one_that_is_cut_off_is_broken(tmp_path: Path) -> None:
    source = written(tmp_path, pictures.photo().convert("RGBX"))
    source.path.write_bytes(source.path.read_bytes()[:-1])
    with pytest.raises(BrokenImage):
        TiffDecoder().decode(source, DecodeHint(minimum=WHOLE))
