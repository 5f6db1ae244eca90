"""What a purge concerns, and that no earlier rendering is ever used again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.api import NotFound
from qis_core.domain import purging
from qis_core.domain.paths import folder_of
from qis_core.domain.purging import Purge, PurgeTable

PATHS = [f"{folder}{name}" for folder in ("", "a/", "a/b/", "ab/") for name in ("1.jpg", "2.jpg")]
FOLDERS = ["a", "a/b", "ab"]
TEMPLATES = ["card", "default"]
EVERY = [(path, template) for path in PATHS for template in TEMPLATES]


def numbers(table: PurgeTable) -> dict[tuple[str, str], int]:
    return {(path, template): table.number([path], template) for path, template in EVERY}


def concerns(purge: Purge, path: str, template: str) -> bool:
    above, folders = path, set()
    while above := folder_of(above):
        folders.add(above)
    return purge.everything or path in purge.images or template in purge.templates or bool(folders & {*purge.folders})


purges = st.builds(
    Purge,
    images=st.lists(st.sampled_from(PATHS), max_size=3),
    folders=st.lists(st.sampled_from(FOLDERS), max_size=2),
    templates=st.lists(st.sampled_from(TEMPLATES), max_size=1),
    everything=st.booleans(),
)


@given(st.lists(purges, max_size=8))
def test_what_is_concerned_gets_a_number_never_seen_and_all_else_keeps_its_own(made: list[Purge]) -> None:
    table, seen = PurgeTable(), {key: {0} for key in EVERY}
    for purge in made:
        before, table = numbers(table), table.after(purge)
        assert PurgeTable.from_text(table.to_text()) == table
        for key, number in numbers(table).items():
            if concerns(purge, *key):
                assert number not in seen[key]
            else:
                assert number == before[key]
            seen[key].add(number)


@given(st.lists(purges, max_size=8))
def test_where_too_many_are_remembered_more_is_purged_and_never_less(made: list[Purge]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(purging, "MOST_REMEMBERED", 3)
        table, seen = PurgeTable(), {key: {0} for key in EVERY}
        for purge in made:
            before, table = numbers(table), table.after(purge)
            assert len(table.folders) + len(table.images) + len(table.templates) <= 3
            for key, number in numbers(table).items():
                assert number == before[key] or number not in seen[key]
                assert number != before[key] or not concerns(purge, *key)
                seen[key].add(number)


def test_an_overlay_that_was_purged_concerns_the_whole() -> None:
    table = PurgeTable().after(Purge.of(images=["logo.png"]))
    assert table.number(["photos/1.jpg", "logo.png"], "Default") == 1
    assert table.number(["photos/1.jpg"], "Default") == 0


def test_a_later_purge_of_the_folder_takes_over() -> None:
    table = PurgeTable().after(Purge.of(images=["a/1.jpg", "b.jpg"], folders=["a/c"])).after(Purge.of(folders=["a"]))
    assert (dict(table.images), dict(table.folders)) == ({"b.jpg": 1}, {"a": 2})


def test_people_write_paths_and_names_as_they_like() -> None:
    assert Purge.of(images=["/a//1.jpg"], folders=["a/"], templates=["Card"]) == Purge(
        images=["a/1.jpg"], folders=["a"], templates=["card"]
    )
    assert PurgeTable().after(Purge.of(templates=["CARD"])).number(["x.jpg"], "Card") == 1
    assert Purge.of(folders=["/"]).everything


@pytest.mark.parametrize("path", ["", "../x", ".hidden", "a\0"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(NotFound):
        Purge.of(images=[path])


def test_names_that_are_no_text_are_kept() -> None:
    table = PurgeTable().after(Purge.of(images=["caf\udce9.jpg"]))
    assert table.to_text().isascii()
    assert PurgeTable.from_text(table.to_text()).number(["caf\udce9.jpg"], "") == 1
