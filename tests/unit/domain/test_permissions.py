"""The rules of access, against a model that is slow and plain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qis_core.api import Level, Right
from qis_core.domain.permissions import PermissionTable, access_level, effective_rights

ANN = frozenset({2, 4})

folders = st.lists(st.sampled_from("abc"), max_size=4).map("/".join)
levels = st.sampled_from(list(Level))
tables = st.dictionaries(folders, st.dictionaries(st.integers(1, 6), levels, max_size=4), max_size=8)
group_sets = st.frozensets(st.integers(2, 7), max_size=4)


def plain_level(rules, groups, path):
    """The contract's sentences, one after the other."""
    best = 0
    for group in groups | {1}:
        parts = path.split("/") if path else []
        own = 0
        # From the root down: whatever a deeper folder says for this group replaces what was above it.
        for count in range(len(parts) + 1):
            own = rules.get("/".join(parts[:count]), {}).get(group, own)
        best = max(best, own)
    return best


@given(rules=tables, groups=group_sets, paths=st.lists(folders, min_size=1, max_size=6))
def test_a_level_is_what_the_contract_says_asked_in_any_order(rules, groups, paths):
    table = PermissionTable(rules)
    for path in [*paths, *reversed(paths)]:
        assert table.level(groups, path) == plain_level(rules, groups, path)


@given(rules=tables, groups=group_sets, folder=folders)
def test_a_picture_has_its_folders_level(rules, groups, folder):
    table = PermissionTable(rules)
    assert table.level(groups, f"{folder}/picture.jpg".lstrip("/")) == table.level(groups, folder)


@given(rules=tables, groups=group_sets, path=folders)
def test_nobody_has_less_than_the_public_and_nobody_less_by_a_further_group(rules, groups, path):
    table = PermissionTable(rules)
    assert table.level(frozenset(), path) <= table.level(groups, path) <= table.level(groups | {9, 3}, path)


@given(rules=tables, groups=group_sets, path=folders, rights=st.frozensets(st.sampled_from(list(Right))))
def test_only_two_rights_give_levels_and_these_give_all(rules, groups, path, rights):
    given_rights = effective_rights(rights)
    found = access_level(PermissionTable(rules), groups, given_rights, path)
    if rights & {Right.ADMIN_FILES, Right.ADMIN_ALL}:
        assert found is Level.DELETE_FOLDER
    else:
        assert found == plain_level(rules, groups, path)


@given(rules=tables, groups=group_sets, path=folders)
def test_a_trace_explains_the_level(rules, groups, path):
    table = PermissionTable(rules, names={group: str(group) for group in range(1, 10)})
    trace = table.trace(groups, frozenset(), path)
    assert trace.level == table.level(groups, path)
    assert trace.decided in trace.own
    assert trace.decided.level == trace.level
    assert {rule.group for rule in trace.own} == groups | {1}
    assert {rule.group for rule in trace.others} == set(range(1, 10)) - groups - {1}
    for rule in (*trace.own, *trace.others):
        if rule.folder is not None:
            assert rules[rule.folder][rule.group] == rule.level
            assert (path + "/").startswith(rule.folder + "/") or rule.folder == ""
        else:
            assert rule.level is Level.NONE


def test_a_trace_names_the_nearest_rule_of_the_group_that_gives_most():
    table = PermissionTable({"": {1: Level.VIEW, 2: Level.VIEW}, "a": {4: Level.UPLOAD, 5: Level.DELETE}})
    trace = table.trace(ANN, frozenset(), "a/b/c.jpg")
    assert (trace.decided.group, trace.decided.folder, trace.level) == (4, "a", Level.UPLOAD)
    assert [(rule.group, rule.level) for rule in trace.others] == [(5, Level.DELETE)]


def test_a_trace_names_the_right_that_gives_everything():
    trace = PermissionTable({}).trace(ANN, frozenset({"admin_files"}), "a")
    assert (trace.right, trace.level, trace.decided) == ("admin_files", Level.DELETE_FOLDER, None)


def test_a_folder_can_give_less_than_the_one_above():
    table = PermissionTable({"": {1: Level.DOWNLOAD}, "a/b": {1: Level.NONE}, "a/b/c": {1: Level.VIEW}})
    found = [table.level(frozenset(), path) for path in ("a", "a/b", "a/b/x.jpg", "a/b/c/d", "a/bb")]
    assert found == [Level.DOWNLOAD, Level.NONE, Level.NONE, Level.VIEW, Level.DOWNLOAD]


def test_admin_all_includes_every_right():
    assert effective_rights(["admin_all"]) == {right.value for right in Right}
    assert effective_rights(["folios"]) == {"folios"}
