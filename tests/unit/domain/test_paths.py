"""Paths have one clean spelling, and none leads out of the library."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.api import NotFound
from qis_core.domain.paths import clean_folder, clean_path, folder_of


@pytest.mark.parametrize(
    ("text", "path"),
    [("/shoes/red.jpg", "shoes/red.jpg"), ("shoes//red.jpg", "shoes/red.jpg"), (" a b .jpg", " a b .jpg"),
     ("größe/日本.jpg", "größe/日本.jpg"), ("e\u0301.jpg", "e\u0301.jpg"),
     ("a/b.c.d/e../f.jpg", "a/b.c.d/e../f.jpg"), ("a\n\t\x7f.jpg", "a\n\t\x7f.jpg"), ("\udcff.jpg", "\udcff.jpg")],
)  # fmt: skip
def test_good_paths_are_kept(text: str, path: str) -> None:
    assert clean_path(text) == path


HOSTILE = [
    "", "/", "//", ".", "..", "a/../b.jpg", "../a.jpg", "a/..", "a/./b.jpg", ".hidden", "a/.hidden/b.jpg", "...",
    "a\\b.jpg", "..\\a.jpg", "a\0.jpg", "\ud800.jpg", "\udcc3\udca4.jpg", "x" * 1025, "ä" * 128 + ".jpg",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_paths_are_not_there_and_not_told_apart(text: str) -> None:
    with pytest.raises(NotFound) as caught:
        clean_path(text)
    with pytest.raises(NotFound) as other:
        clean_path("../etc/passwd")
    assert str(caught.value) == str(other.value)


@given(st.text(max_size=40) | st.text("./\\a", max_size=12))
def test_a_clean_path_is_clean_already_and_has_no_way_up(text: str) -> None:
    try:
        path = clean_path(text)
    except NotFound:
        return
    assert clean_path(path) == path
    assert not path.startswith("/")
    assert all(part and part[0] != "." for part in path.split("/"))


def test_a_folder_may_be_the_root() -> None:
    assert clean_folder("/") == ""
    assert clean_folder("/a/b/") == "a/b"
    assert folder_of("a/b/c.jpg") == "a/b"
    assert folder_of("c.jpg") == ""
