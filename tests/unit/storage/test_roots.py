"""A server's own folders and its library stay apart."""

from pathlib import Path

import pytest

from qis_core.api import Unavailable
from qis_core.storage.roots import refuse_overlap


@pytest.fixture
def base(tmp_path: Path) -> Path:
    for name in ("library/sub", "library-cache", "data"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "alias").symlink_to("library")
    return tmp_path


@pytest.mark.parametrize("folder", ["library-cache", "data", "data/cache", "not/yet", "librar"])
def test_folders_apart_are_fine(base: Path, folder: str) -> None:
    refuse_overlap({"qis.library.url": base / "library"}, {"qis.server.data": base / folder})


@pytest.mark.parametrize(
    "folder", ["library", "library/sub", "library/new/deep", ".", "alias", "alias/cache", "data/../library", "/"]
)
def test_folders_that_overlap_are_refused_with_both_names(base: Path, folder: str) -> None:
    with pytest.raises(Unavailable, match=r"qis\.server\.data .* and qis\.library\.url .* overlap"):
        refuse_overlap({"qis.library.url": base / "library"}, {"qis.server.data": base / folder})


def test_the_library_may_be_the_link(base: Path) -> None:
    with pytest.raises(Unavailable, match="overlap"):
        refuse_overlap({"library": base / "alias"}, {"data": base / "library" / "sub"})
