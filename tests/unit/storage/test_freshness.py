"""What stores said a moment ago."""

from time import monotonic

import pytest

from qis_core.api import NotFound, StorageEntry
from qis_core.storage.freshness import FreshnessMemo


class Asked:
    def __init__(self) -> None:
        self.paths: list[str] = []

    def __call__(self, path: str) -> StorageEntry:
        self.paths.append(path)
        if path == "missing":
            raise NotFound("missing")
        return StorageEntry(path=path)


def test_an_entry_is_asked_for_once() -> None:
    memo, asked = FreshnessMemo(1000), Asked()
    assert memo.get("a", asked) == memo.get("a", asked)
    assert asked.paths == ["a"]


def test_what_is_missing_is_asked_for_again() -> None:
    memo, asked = FreshnessMemo(1000), Asked()
    for _ in range(2):
        with pytest.raises(NotFound):
            memo.get("missing", asked)
    assert asked.paths == ["missing"] * 2
    assert len(memo) == 0


def test_no_more_than_the_limit_is_kept() -> None:
    memo, asked = FreshnessMemo(1000, limit=3), Asked()
    for path in "abcde":
        memo.get(path, asked)
    assert len(memo) == 3
    memo.get("e", asked)
    memo.get("a", asked)
    assert asked.paths == list("abcdea")


def test_no_seconds_remember_nothing() -> None:
    memo, asked = FreshnessMemo(0), Asked()
    memo.get("a", asked)
    memo.get("a", asked)
    assert asked.paths == ["a", "a"]
    assert len(memo) == 0


def test_a_folder_is_forgotten_with_what_is_in_it() -> None:
    memo, asked = FreshnessMemo(1000), Asked()
    for path in ("a", "a/b", "ab"):
        memo.get(path, asked)
    memo.forget("a")
    assert len(memo) == 1


def test_an_answer_from_before_a_change_is_not_kept() -> None:
    memo = FreshnessMemo(1000)

    def ask(path: str) -> StorageEntry:
        memo.forget(path)
        return StorageEntry(path=path)

    memo.get("a", ask)
    assert len(memo) == 0


def test_it_says_until_when_an_entry_is_believed() -> None:
    memo, asked = FreshnessMemo(1000), Asked()
    _, until = memo.get("a", asked)
    assert monotonic() + 990 < until <= monotonic() + 1000
    assert memo.get("a", asked)[1] == until
    assert FreshnessMemo(0).get("a", asked)[1] <= monotonic()
