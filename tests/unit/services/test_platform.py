"""Platforms open as the settings say, or say which setting keeps them from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from qis_core.api import QisError
from qis_core.plugins import Kernel, load
from qis_core.services import platform


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"qis.library.url": "ftp://example.test/pictures"}, ["qis.library.url", "ftp", "file"]),
        ({"qis.cache.url": "floppy:a"}, ["qis.cache.url", "floppy", "disk"]),
        ({"qis.server.data": "library"}, ["qis.server.data", "library", "overlap"]),
        ({"qis.cache.url": "disk:library/cache"}, ["qis.cache.url", "overlap"]),
    ],
)
def test_what_cannot_be_opened_is_told_by_its_setting(
    tmp_path: Path, settings: dict[str, str], told: list[str]
) -> None:
    (tmp_path / "library").mkdir()
    kernel = load({"qis.library.url": "file:library", **settings}, environ={}, here=tmp_path)
    with pytest.raises(QisError) as refusal:
        _open(kernel)
    for word in told:
        assert word in refusal.value.message


def _open(kernel: Kernel) -> None:
    platform.open_library(kernel)
    platform.open_cache(kernel).close()


def test_the_cache_lies_with_the_data_where_nothing_else_is_said(tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    kernel = load(
        {"qis.library.url": "file:library", "qis.server.data": str(tmp_path / "data")}, environ={}, here=tmp_path
    )
    platform.open_cache(kernel).close()
    assert (tmp_path / "data" / "cache").is_dir()
