"""Whatever is no file is not there, and nobody is told why."""

from __future__ import annotations

from pathlib import Path

import pytest

from qis_core.api import NotFound
from qis_core.builtin.storage.files import FileStorage
from qis_core.services.finding import find_file
from qis_core.storage.library import Library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    root = tmp_path / "library"
    (root / "folder").mkdir(parents=True)
    (root / "a.jpg").write_bytes(b"picture")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (root / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    return Library({"": FileStorage(root)})


def test_a_file_is_found_with_the_time_that_it_is_believed(library: Library) -> None:
    entry, until = find_file(library, "a.jpg")
    assert entry.size_bytes == 7
    assert find_file(library, "a.jpg") == (entry, until)


@pytest.mark.parametrize("path", ["folder", "nosuch.jpg", "a.jpg/b.jpg", "link.jpg", "nosuch/nosuch.jpg"])
def test_everything_else_is_refused_alike(library: Library, path: str) -> None:
    with pytest.raises(NotFound, match=r"^there is no such image$"):
        find_file(library, path)
