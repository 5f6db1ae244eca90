"""A worker's sources, also those that it may not open by itself."""

import os
from pathlib import Path
from typing import BinaryIO

import pytest
from PIL import Image

from qis_core.imaging.sources import FileSource, _OpenFile


def test_a_source_reads_from_its_start_each_time(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    file = FileSource("a", tmp_path / "a")
    assert (file.head(4), file.head(), file.size_bytes) == (b"0123", b"0123456789", 10)
    with file.open() as first, file.open() as second:
        assert first.read(3) == second.read(3) == b"012"
        assert first.seekable()


@pytest.fixture
def forbidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileSource:
    """A source whose path cannot be opened, as under Landlock; its file is open already."""
    Image.linear_gradient("L").save(tmp_path / "a.png")
    number = os.open(tmp_path / "a.png", os.O_RDONLY)

    def refuse(self: Path, mode: str) -> BinaryIO:
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)
    return FileSource("a.png", Path(f"/dev/fd/{number}"))


def test_a_file_that_was_handed_over_can_be_read_where_its_path_cannot(forbidden: FileSource) -> None:
    with forbidden.open() as first, forbidden.open() as second:
        assert first.read(4) == second.read(4) == b"\x89PNG"
        assert first.seek(-12, os.SEEK_END) == forbidden.size_bytes - 12
        assert first.read()[4:8] == b"IEND"
        assert second.seek(-3, os.SEEK_CUR) == 1
        assert second.tell() == 1
        with pytest.raises(ValueError, match="no position"):
            _OpenFile(0).seek(-1)
    with forbidden.open() as stream:
        assert Image.open(stream).convert("L").getpixel((0, 255)) == 255


def test_another_path_is_refused_as_it_is(tmp_path: Path, forbidden: FileSource) -> None:
    with pytest.raises(PermissionError):
        FileSource("b", tmp_path / "b").open()
