"""Heads of files are parsed once for the next renderings of a picture too, and again when the file may be another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qis_core.api import Metadata, PageHint, Source
from qis_core.imaging import heads
from qis_core.imaging.heads import Heads
from qis_core.imaging.sources import FileSource
from qis_core.testing.sources import MemorySource


class Reader:
    """Tells of each file's bytes, and counts how often it was asked."""

    def __init__(self) -> None:
        self.heads = Heads()
        self.asked = 0

    def of(self, source: Source, page: int = 1) -> bytes | None:
        def ask() -> Metadata:
            self.asked += 1
            return Metadata(xmp=source.head())

        found = self.heads.metadata(source, PageHint(page=page), ask)
        return None if found is None else found.xmp


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as settled at once."""
    monkeypatch.setattr(heads, "_SETTLED_NS", -(10**12))


@pytest.fixture
def source(tmp_path: Path) -> FileSource:
    (tmp_path / "a").write_bytes(b"first")
    return FileSource("a", tmp_path / "a")


@pytest.mark.usefixtures("settled")
def test_it_is_asked_once_for_each_page_whatever_leads_to_the_file(source: FileSource) -> None:
    reader = Reader()
    with source.open() as opened:
        other = FileSource("b", Path(f"/dev/fd/{opened.fileno()}"))
        assert [reader.of(one) for one in (source, other, source)] == [b"first"] * 3
    assert reader.asked == 1
    reader.of(source, page=2)
    assert reader.asked == 2


@pytest.mark.usefixtures("settled")
def test_a_file_that_was_changed_or_put_in_its_place_is_another(source: FileSource) -> None:
    reader = Reader()
    reader.of(source)
    source.path.write_bytes(b"longer than before")
    assert reader.of(source) == b"longer than before"
    new = source.path.with_name("new")
    new.write_bytes(b"as long as before.")
    os.replace(new, source.path)
    assert reader.of(source) == b"as long as before."


def test_one_that_was_changed_just_now_is_asked_each_time(source: FileSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "_SETTLED_NS", 10**15)
    reader = Reader()
    assert [reader.of(source) for _ in range(2)] == [b"first"] * 2
    assert reader.asked == 2


@pytest.mark.usefixtures("settled")
def test_what_is_no_file_or_has_much_metadata_is_asked_each_time(
    source: FileSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "_MOST_BYTES", 3)
    reader = Reader()
    for one in (source, MemorySource(b"a")):
        reader.of(one)
        reader.of(one)
    assert reader.asked == 4


@pytest.mark.usefixtures("settled")
def test_those_not_asked_for_longest_are_forgotten(source: FileSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "_REMEMBERED", 2)
    reader = Reader()
    for page in (1, 2, 1, 3, 1):
        reader.of(source, page)
    assert reader.asked == 3
    reader.of(source, 2)
    assert reader.asked == 4
