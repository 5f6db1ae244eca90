"""Leases in a folder: one holder at a time, whoever asks, and however long ago the last one died."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qis_core.builtin.caches.leases import LeaseFolder


@pytest.fixture
def leases(tmp_path: Path) -> LeaseFolder:
    return LeaseFolder(str(tmp_path))


def test_a_name_has_one_holder_until_it_is_given_back(leases: LeaseFolder) -> None:
    assert leases.take("name", "first", 60)
    assert not leases.take("name", "second", 60)
    leases.give_back("name", "second")
    assert not leases.take("name", "second", 60)
    leases.give_back("name", "first")
    assert leases.take("name", "second", 60)


def test_a_lease_that_ran_out_is_taken_over_and_not_given_back_by_who_had_it(leases: LeaseFolder) -> None:
    assert leases.take("name", "first", -1)
    assert leases.take("name", "second", 60)
    leases.give_back("name", "first")
    assert not leases.take("name", "third", 60)
    leases.give_back("name", "second")
    assert leases.take("name", "third", 60)


def test_a_lease_that_ran_out_is_given_back(leases: LeaseFolder, tmp_path: Path) -> None:
    assert leases.take("name", "first", -1)
    leases.give_back("name", "first")
    assert not os.path.lexists(tmp_path / "name")


@pytest.mark.parametrize("seconds", [60.0, -1.0])
def test_of_many_at_once_one_gets_it(leases: LeaseFolder, tmp_path: Path, seconds: float) -> None:
    others = LeaseFolder(str(tmp_path))
    with ThreadPoolExecutor(8) as threads:
        for number in range(20):
            if seconds < 0:
                assert leases.take(str(number), "dead", seconds)
            tries = [
                threads.submit((leases, others)[k % 2].take, str(number), f"{k}", 60.0) for k in range(8)
            ]  # fmt: skip
            assert sum(each.result() for each in tries) == 1


@pytest.mark.parametrize(
    "left",
    ["a file", f"{time.time() + 10 * 24 * 3600} of a clock that was wrong", "no time"],
    ids=["a file", "a clock that was wrong", "no time"],
)
def test_what_is_no_lease_holds_nothing(leases: LeaseFolder, tmp_path: Path, left: str) -> None:
    if left == "a file":
        (tmp_path / "name").write_text(f"{time.time() + 60} token")
    else:
        (tmp_path / "name").symlink_to(left)
    assert leases.take("name", "first", 60)
    assert not leases.take("name", "second", 60)


def test_leases_of_the_dead_do_not_pile_up(leases: LeaseFolder, tmp_path: Path) -> None:
    assert leases.take("living", "first", 60)
    for number in range(600):
        assert leases.take(f"dead{number}", "first", -1)
    assert len(os.listdir(tmp_path)) < 300
    assert not leases.take("living", "second", 60)


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LeaseFolder(str(tmp_path / "gone")).take("name", "first", 60)
