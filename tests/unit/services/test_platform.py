"""The stores of a library, as the settings mount them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from qis_core.api import QisError, Unavailable
from qis_core.plugins import Kernel, load
from qis_core.services.checks import Outcome, examine
from qis_core.services.platform import open_library
from qis_core.settings import LibrarySettings


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name in ("library/photos", "old", "New York", "data"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("library/photos/a.jpg", "old/b.jpg", "New York/c.jpg"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def kernel(here: Path, mounts: str, settings: Mapping[str, str] | None = None) -> Kernel:
    return load({"qis.library.mounts": mounts, **(settings or {})}, environ={}, here=here)


def test_every_store_has_its_folder(here: Path) -> None:
    made = kernel(here, "archive/old=file:old\n  New%20York=file:New%20York")
    assert made.settings.of(LibrarySettings).mounts == (
        f"archive/old=file://{here}/old",
        f"New%20York=file://{here}/New%20York",
    )
    library = open_library(made)
    assert [entry.path for entry in library.list("").entries] == ["New York", "archive", "photos"]
    for path in ("photos/a.jpg", "archive/old/b.jpg", "New York/c.jpg"):
        assert library.open(path).read() == b"x"


@pytest.mark.parametrize(
    ("mounts", "told"),
    [
        ("old", "write a folder of the library, = and a store's URL"),
        ("=file:old", "write a folder of the library"),
        ("/=file:old", "write a folder of the library"),
        ("a/../b=file:old", "write a folder of the library"),
        (".hidden=file:old", "write a folder of the library"),
        ("a=", "write a folder of the library"),
        ("a=file:old a=file:New%20York", "another store is at the folder /a already"),
        ("a=file:old b=file:old", "this store is in the library already"),
        ("a=file:library", "this store is in the library already"),
        ("a=file:library/photos", "overlap"),
        ("a=file:.", "overlap"),
        ("a=file:data", "overlap"),
        ("a=ftp://example.org/", "the installed schemes are"),
        ("a=file:nowhere", "there is no folder"),
    ],
)
def test_what_cannot_be_mounted_is_told(here: Path, mounts: str, told: str) -> None:
    with pytest.raises(QisError, match=told):
        open_library(kernel(here, mounts))


def test_one_folder_by_two_names_is_found_out(here: Path) -> None:
    (here / "link").symlink_to(here / "library/photos")
    with pytest.raises(Unavailable, match="overlap"):
        open_library(kernel(here, "a=file:link"))


def test_the_doctor_looks_at_every_store(here: Path) -> None:
    (here / "empty").mkdir()
    found = {each.check: each for each in examine(kernel(here, "a=file:old b=file:empty"))}
    assert [found[check].outcome for check in ("library", "library /a", "library /b")] == [
        Outcome.OK,
        Outcome.OK,
        Outcome.WARN,
    ]
    assert "qis.library.mounts" in found["library /b"].advice
