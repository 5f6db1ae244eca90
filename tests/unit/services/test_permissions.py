"""Permissions of folders are changed by those who may, and nobody gives themselves more than they have."""

from __future__ import annotations

import pytest

from qis_core.api import BadOption, Level, NotFound, Refused
from qis_core.db.audit import AuditEntry
from qis_core.services.access import read_table
from qis_core.services.actors import OPERATOR
from qis_core.services.groups import Groups
from qis_core.services.permissions import Permissions


@pytest.fixture
def ask(sessions):
    """Does something as somebody, in a transaction of its own."""

    def act(actor, work):
        with sessions.begin() as session:
            return work(Permissions(session, actor))

    return act


def rules(sessions):
    with sessions() as session:
        return read_table(session, "").rules


def own_group(sessions, name):
    with sessions() as session:
        return Groups(session, OPERATOR).named(f"{name}'s group").id


ROOT = {1: 10, 2: 10, 3: 70}


def test_a_permission_is_set_changed_and_removed(ask, sessions):
    first = ask(OPERATOR, lambda permissions: permissions.set("/shoes/red/", 1, 0))
    assert (first.folder.name, first.group_id, first.access) == ("/shoes/red", 1, 0)
    assert rules(sessions) == {"": ROOT, "shoes/red": {1: 0}}
    again = ask(OPERATOR, lambda permissions: permissions.set("shoes/red", 1, 20))
    assert again.id == first.id
    assert rules(sessions) == {"": ROOT, "shoes/red": {1: 20}}
    ask(OPERATOR, lambda permissions: permissions.remove(first.id))
    assert rules(sessions) == {"": ROOT}
    with pytest.raises(NotFound):
        ask(OPERATOR, lambda permissions: permissions.remove(first.id))


def test_every_change_changes_the_version(ask, sessions):
    from qis_core.services.following import read_versions

    def version():
        with sessions() as session:
            return read_versions(session)["access_version"]

    seen = {version()}
    made = ask(OPERATOR, lambda permissions: permissions.set("shoes", 1, 0))
    seen.add(version())
    ask(OPERATOR, lambda permissions: permissions.set("shoes", 1, 20))
    seen.add(version())
    ask(OPERATOR, lambda permissions: permissions.remove(made.id))
    seen.add(version())
    assert len(seen) == 4


@pytest.mark.parametrize("access", [-1, 1, 15, 80, 7000])
def test_only_the_contracts_levels_can_be_set(ask, access):
    with pytest.raises(BadOption, match="access"):
        ask(OPERATOR, lambda permissions: permissions.set("shoes", 1, access))


@pytest.mark.parametrize("path", ["..", "a/../b", ".hidden", "a\0b", "a\\b", "x" * 2000, "\ud800", "caf\udce9"])
def test_paths_that_no_folder_can_have_are_refused(ask, path):
    with pytest.raises(BadOption, match="path"):
        ask(OPERATOR, lambda permissions: permissions.set(path, 1, 0))


def test_a_group_has_to_exist(ask):
    with pytest.raises(NotFound, match="group 99"):
        ask(OPERATOR, lambda permissions: permissions.set("shoes", 99, 0))


@pytest.mark.parametrize("group_id", [1, 2, 3])
def test_the_root_always_has_one_for_the_systems_groups(ask, sessions, group_id):
    with pytest.raises(Refused, match="always"):
        ask(OPERATOR, lambda permissions: permissions.remove(permissions.find("", group_id).id))
    assert ask(OPERATOR, lambda permissions: permissions.set("/", group_id, 0)).access == 0


@pytest.mark.parametrize("rights", [[], ["admin_users"], ["admin_files"], ["reports", "folios", "admin_folios"]])
def test_it_takes_permissions_administration(ask, sessions, someone, rights):
    ann = someone("ann", *rights)
    with pytest.raises(Refused, match="admin_permissions"):
        ask(ann, lambda permissions: permissions.set("shoes", 1, 0))
    with pytest.raises(Refused, match="admin_permissions"):
        ask(ann, lambda permissions: permissions.remove(permissions.find("", 1).id))
    assert rules(sessions) == {"": ROOT}


def test_nobody_gives_their_own_groups_more_than_they_have(ask, sessions, someone):
    ann = someone("ann", "admin_permissions")
    mine = own_group(sessions, "ann")
    with pytest.raises(Refused, match="more access than they have, as this would in '/shoes'"):
        ask(ann, lambda permissions: permissions.set("shoes", mine, 40))
    assert rules(sessions) == {"": ROOT}
    # What changes nothing for them, takes from them, or is for others, they may.
    ask(ann, lambda permissions: permissions.set("shoes", mine, 10))
    ask(ann, lambda permissions: permissions.set("shoes/red", mine, 0))
    ask(ann, lambda permissions: permissions.set("shoes", 3, 40))
    ask(ann, lambda permissions: permissions.set("shoes", 1, 20))


def test_taking_a_restriction_away_can_be_a_gain_as_well(ask, sessions, someone):
    ann = someone("ann", "admin_permissions")
    mine = own_group(sessions, "ann")
    ask(OPERATOR, lambda permissions: permissions.set("", mine, 50))
    low = ask(OPERATOR, lambda permissions: permissions.set("shoes", mine, 0))
    with pytest.raises(Refused, match="'/shoes'"):
        ask(ann, lambda permissions: permissions.remove(low.id))
    assert rules(sessions)["shoes"] == {mine: 0}


@pytest.mark.parametrize("right", ["admin_files", "admin_all"])
def test_who_has_every_folder_anyway_gains_nothing(ask, sessions, someone, right):
    ann = someone("ann", "admin_permissions", right)
    mine = own_group(sessions, "ann")
    assert ask(ann, lambda permissions: permissions.set("shoes", mine, 70)).access == Level.DELETE_FOLDER


def test_changes_are_logged_and_refused_ones_are_not_kept(ask, sessions, someone):
    ann = someone("ann", "admin_permissions")
    made = ask(ann, lambda permissions: permissions.set("shoes", 1, 0))
    ask(ann, lambda permissions: permissions.set("shoes", 1, 20))
    ask(ann, lambda permissions: permissions.remove(made.id))
    with sessions() as session:
        entries = session.query(AuditEntry).filter(AuditEntry.username == "ann").order_by(AuditEntry.id).all()
    assert [(entry.action, entry.subject, entry.details) for entry in entries] == [
        ("permission set", "/shoes", {"group": "Public", "group_id": 1, "before": None, "access": 0}),
        ("permission set", "/shoes", {"group": "Public", "group_id": 1, "before": 0, "access": 20}),
        ("permission removed", "/shoes", {"group": "Public", "group_id": 1, "before": 20}),
    ]
