"""A trace of permissions in words."""

from __future__ import annotations

import pytest

from qis_core.api import Level
from qis_core.domain.permissions import PermissionTable
from qis_core.services.explaining import LEVEL_WORDS, Explanation, explain

NAMES = {1: "Public", 2: "Normal users", 3: "Administrators", 4: "Team", 5: "Press"}
TABLE = PermissionTable(
    rules={
        "": {1: Level.VIEW, 2: Level.VIEW, 3: Level.DELETE_FOLDER},
        "shoes": {1: Level.NONE, 4: Level.UPLOAD},
        "shoes/red": {5: Level.UPLOAD},
    },
    names=NAMES,
)


def told(groups: set[int], path: str, *rights: str) -> Explanation:
    trace = TABLE.trace(frozenset(groups), frozenset(rights), path)
    return explain(trace, "ann", NAMES.__getitem__)


@pytest.mark.parametrize(("groups", "path", "rights", "sentences"), [
    ({2, 4}, "shoes", [], [
        "ann may view, download, edit and upload in /shoes.",
        "It is decided by the group Team: 40 (upload) is set in /shoes.",
        "Public and Normal users would give less; the highest counts.",
    ]),
    (set(), "shoes/red", [], [
        "ann may see nothing of it in /shoes/red.", "It is decided by the group Public: 0 (none) is set in /shoes.",
    ]),
    ({2, 4, 5}, "shoes/red", [], [
        "ann may view, download, edit and upload in /shoes/red.",
        "It is decided by the group Press: 40 (upload) is set in /shoes/red.",
        "The same comes from Team.",
        "Public and Normal users would give less; the highest counts.",
    ]),
    ({2, 3}, "", ["admin_all"], [
        "ann may do everything, deleting folders included in /.",
        "The right admin_all gives that in every folder, whatever the folders' permissions say.",
    ]),
])  # fmt: skip
def test_it_says_who_decided_and_where(groups: set[int], path: str, rights: list[str], sentences: list[str]) -> None:
    assert list(told(groups, path, *rights).sentences) == sentences


def test_every_group_has_its_sentence() -> None:
    found = told({2, 4}, "shoes")
    assert [rule.group for rule in found.rules if rule.decides] == ["Team"]
    assert {rule.group: rule.counts for rule in found.rules} == {
        "Team": True, "Public": True, "Normal users": True, "Administrators": False, "Press": False,
    }  # fmt: skip
    words = {rule.group: rule.words for rule in found.rules}
    assert words["Press"] == "No folder says anything for the group Press."
    assert words["Public"] == "The group Public may see nothing of it, as set in /shoes."


def test_every_level_has_its_words() -> None:
    assert set(LEVEL_WORDS) == set(Level)
