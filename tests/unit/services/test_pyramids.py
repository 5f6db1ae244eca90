"""Copies of originals in a folder: which are found, and which go."""

import contextlib
import os
import shutil
from pathlib import Path

import pytest

from qis_core.api import Size
from qis_core.domain.purging import Purge
from qis_core.services.pyramids import CopyKey, CopyStore
from qis_core.services.pyramids.making import levels_of

KEY = CopyKey(path="maps/world.tif", version="v1")


@pytest.fixture
def store(tmp_path: Path) -> CopyStore:
    return CopyStore(tmp_path / "pyramids", 10_000)


def add(store: CopyStore, key: CopyKey = KEY, *, size: int = 100, shrinks: tuple[int, ...] = (1, 2)) -> None:
    with store.adding(key) as new_file:
        for shrink in shrinks:
            with new_file(shrink) as file:
                file.write(b"x" * size)


def found(store: CopyStore, key: CopyKey = KEY) -> list[float]:
    with store.opened(key) as files:
        return sorted(files)


def test_what_was_added_is_found(store: CopyStore) -> None:
    assert not store.knows(KEY)
    assert found(store) == []
    add(store)
    assert store.knows(KEY)
    assert found(store) == [1, 2]
    with store.opened(KEY) as files:
        assert files[2].read() == b"x" * 100
    assert files[2].closed


def test_what_was_removed_behind_its_back_is_not_there_until_it_is_made_anew(store: CopyStore) -> None:
    add(store)
    assert found(store) == [1, 2]
    (store.root / KEY.folder / "2.tif").unlink()
    assert found(store) == []
    shutil.rmtree(store.root / KEY.folder)
    assert found(store) == []
    add(store, shrinks=(1, 2, 4))
    assert found(store) == [1, 2, 4]


def test_another_version_page_purge_or_maker_has_other_copies(store: CopyStore) -> None:
    add(store)
    for other in (
        CopyKey(path=KEY.path, version="v2"),
        CopyKey(path=KEY.path, version="v1", page=2),
        CopyKey(path=KEY.path, version="v1", purge=1),
        CopyKey(path=KEY.path, version="v1", makers="vips:2"),
        CopyKey(path="maps/other.tif", version="v1"),
    ):
        assert found(store, other) == []


def test_copies_of_an_older_version_go_and_those_of_another_page_stay(store: CopyStore) -> None:
    second = CopyKey(path=KEY.path, version="v1", page=2)
    add(store)
    add(store, second)
    add(store, CopyKey(path=KEY.path, version="v2"))
    assert not store.knows(KEY)
    assert found(store, second) == [1, 2]


def test_a_fault_in_the_making_leaves_nothing_behind(store: CopyStore) -> None:
    with contextlib.suppress(ZeroDivisionError), store.adding(KEY) as new_file:
        new_file(1).close()
        raise ZeroDivisionError
    assert not store.knows(KEY)
    assert list(store.root.iterdir()) == []


def test_that_none_can_be_made_is_remembered(store: CopyStore) -> None:
    with store.adding(KEY) as new_file:
        new_file(1).close()
    assert store.knows(KEY)
    assert found(store) == []


def test_what_is_longest_unused_goes_where_the_limit_is_passed(store: CopyStore) -> None:
    keys = [CopyKey(path=f"{number}.jpg", version="v") for number in range(3)]
    for age, key in enumerate(keys):
        add(store, key, size=1_500)
        os.utime(store.root / key.folder, (age, age))
    # The oldest is used again, and so stays.
    assert found(store, keys[0]) == [1, 2]
    add(store, size=1_500)
    assert [found(store, key) for key in (*keys, KEY)] == [[1, 2], [], [1, 2], [1, 2]]
    assert store.used_bytes <= 10_000


def test_copies_larger_than_the_limit_are_not_kept(store: CopyStore) -> None:
    add(store, size=6_000)
    assert store.knows(KEY)
    assert found(store) == []
    assert store.used_bytes < 1_000


@pytest.mark.parametrize(
    ("purge", "stays"),
    [
        (Purge.of(images=["maps/world.tif"]), False),
        (Purge.of(images=["maps/other.tif"]), True),
        (Purge.of(folders=["maps"]), False),
        (Purge.of(folders=["map"]), True),
        (Purge.of(templates=["card"]), True),
        (Purge.of(everything=True), False),
    ],
)
def test_a_purge_removes_copies(store: CopyStore, purge: Purge, stays: bool) -> None:
    add(store)
    store.forget(purge)
    assert store.knows(KEY) is stays


def test_what_else_lies_in_the_folder_stays(store: CopyStore) -> None:
    add(store)
    mine = store.root / "mine.txt"
    mine.write_text("mine")
    store.forget(Purge.of(everything=True))
    store.shrink()
    assert mine.exists()


def test_copies_end_where_one_is_small() -> None:
    assert list(levels_of(Size(width=20_000, height=15_000))) == [1, 2, 4, 8, 16]
    assert list(levels_of(Size(width=2_048, height=1))) == [1]
