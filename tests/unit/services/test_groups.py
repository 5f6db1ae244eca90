"""Groups, their rights and their members are changed, and nobody raises themselves or is left without a master."""

from __future__ import annotations

import pytest

from qis_core.api import AlreadyExists, BadOption, NotFound, Refused
from qis_core.db.audit import AuditEntry
from qis_core.db.users import Group, GroupType, User
from qis_core.services.accounts import Accounts
from qis_core.services.actors import OPERATOR
from qis_core.services.groups import Groups
from qis_core.services.permissions import Permissions

ADMINISTRATORS = 3


@pytest.fixture
def ask(sessions):
    """Does something as somebody, in a transaction of its own."""

    def act(actor, work):
        with sessions.begin() as session:
            return work(Groups(session, actor))

    return act


def members(sessions, name):
    with sessions() as session:
        groups = Groups(session, OPERATOR)
        return [user.username for user in groups.members(groups.named(name).id)]


def test_a_group_is_made_renamed_and_removed(ask, sessions, someone):
    boss = someone("boss", "admin_all")
    group = ask(boss, lambda groups: groups.add("Editors", "They edit"))
    assert (group.name, group.group_type, group.rights) == ("Editors", GroupType.LOCAL, frozenset())
    with pytest.raises(AlreadyExists, match="Editors"):
        ask(boss, lambda groups: groups.add(" eDITORS "))
    ask(boss, lambda groups: groups.change(group.id, name="editors", description="x"))
    assert ask(boss, lambda groups: groups.named("EDITORS").description) == "x"
    ask(boss, lambda groups: groups.remove(group.id))
    with pytest.raises(NotFound):
        ask(boss, lambda groups: groups.named("editors"))


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\0b", "x" * 121])
def test_names_that_cannot_be_used_are_refused(ask, name):
    with pytest.raises(BadOption, match="name"):
        ask(OPERATOR, lambda groups: groups.add(name))


@pytest.mark.parametrize("group_id", [1, 2, 3])
def test_the_systems_groups_stay(ask, group_id):
    with pytest.raises(Refused, match="stays"):
        ask(OPERATOR, lambda groups: groups.remove(group_id))


@pytest.mark.parametrize("group_id", [1, 2])
def test_nobody_is_put_into_a_group_of_everybody(ask, someone, group_id):
    ann = someone("ann")
    with pytest.raises(Refused, match="holds everybody"):
        ask(OPERATOR, lambda groups: groups.add_member(group_id, ann.identity.id))


def named(groups, name):
    return groups.named(name).id


@pytest.mark.parametrize(
    ("rights", "work"),
    [
        ([], lambda groups, me: groups.add("X")),
        (["admin_users"], lambda groups, me: groups.add("X")),
        (["admin_files"], lambda groups, me: groups.set_rights(2, {"folios": True})),
        (["admin_users"], lambda groups, me: groups.set_rights(2, {"folios": True})),
        (["admin_permissions"], lambda groups, me: groups.add_member(ADMINISTRATORS, me)),
        (["admin_permissions"], lambda groups, me: groups.change(ADMINISTRATORS, name="X")),
        # Nobody raises themselves.
        (["admin_users"], lambda groups, me: groups.add_member(ADMINISTRATORS, me)),
        (["admin_users", "admin_permissions"], lambda groups, me: groups.add_member(ADMINISTRATORS, me)),
        (["admin_permissions"], lambda groups, me: groups.set_rights(2, {"admin_files": True})),
        (["admin_permissions"], lambda groups, me: groups.set_rights(2, {"admin_all": True})),
        (["admin_permissions"], lambda groups, me: groups.set_rights(named(groups, "ann's group"), {"reports": True})),
        (["admin_users"], lambda groups, me: groups.add_member(named(groups, "Reporters"), me)),
        (["admin_users"], lambda groups, me: groups.add_member(named(groups, "Uploaders"), me)),
        # What gives everything is for those who have everything.
        (["admin_permissions"], lambda groups, me: groups.set_rights(named(groups, "Reporters"), {"admin_all": True})),
        (["admin_users", "admin_permissions"], lambda groups, me: groups.add_member(ADMINISTRATORS, 1)),
        (["admin_users", "admin_permissions"], lambda groups, me: groups.remove_member(ADMINISTRATORS, 2)),
        (["admin_permissions"], lambda groups, me: groups.set_rights(ADMINISTRATORS, {"admin_all": False})),
        # Whom a group makes a permissions administrator is decided by one.
        (["admin_users"], lambda groups, me: groups.add_member(named(groups, "Deciders"), 1)),
        (["admin_all"], lambda groups, me: groups.set_rights(1, {"folios": True})),
    ],
)  # fmt: skip
def test_what_somebody_may_not(ask, sessions, keepers, someone, rights, work):
    someone("somebody")
    with sessions.begin() as session:
        for name in ("root", "toor"):
            Accounts(session, keepers).add(name, "long enough", administrator=True)
        groups = Groups(session, OPERATOR)
        groups.set_rights(groups.add("Reporters").id, {"reports": True})
        groups.set_rights(groups.add("Deciders").id, {"admin_permissions": True})
        Permissions(session, OPERATOR).set("shoes", groups.add("Uploaders").id, 40)
    ann = someone("ann", *rights)

    def state():
        with sessions() as session:
            return (
                sorted((user.username, *sorted(group.name for group in user.groups)) for user in session.query(User)),
                sorted((group.name, *sorted(group.rights)) for group in session.query(Group)),
                session.query(AuditEntry).count(),
            )

    before = state()
    with pytest.raises(Refused):
        ask(ann, lambda groups: work(groups, ann.identity.id))
    assert state() == before


def test_a_user_administrator_puts_others_into_plain_groups(ask, sessions, someone):
    ann, bob = someone("ann", "admin_users"), someone("bob")
    group = ask(OPERATOR, lambda groups: groups.add("Editors"))
    ask(ann, lambda groups: groups.add_member(group.id, bob.identity.id))
    ask(ann, lambda groups: groups.add_member(group.id, bob.identity.id))
    assert members(sessions, "Editors") == ["bob"]
    ask(ann, lambda groups: groups.remove_member(group.id, bob.identity.id))
    assert members(sessions, "Editors") == []
    with pytest.raises(NotFound):
        ask(ann, lambda groups: groups.remove_member(group.id, bob.identity.id))


def test_a_permissions_administrator_gives_others_what_they_do_not_have_themselves(ask, someone):
    ann = someone("ann", "admin_permissions")
    group = ask(ann, lambda groups: groups.add("Reporters"))
    assert ask(ann, lambda groups: groups.set_rights(group.id, {"reports": True})).rights == {"reports"}
    assert ask(ann, lambda groups: groups.set_rights(group.id, {"folios": True})).rights == {"reports", "folios"}
    assert ask(ann, lambda groups: groups.set_rights(group.id, {"reports": False})).rights == {"folios"}
    with pytest.raises(BadOption, match="admin_everything"):
        ask(ann, lambda groups: groups.set_rights(group.id, {"admin_everything": True}))


LAST = [
    lambda groups, me: groups.remove_member(ADMINISTRATORS, me),
    lambda groups, me: groups.set_rights(ADMINISTRATORS, {"admin_all": False}),
    lambda groups, me: Accounts(groups._session).remove("root"),
]


@pytest.mark.parametrize("work", LAST, ids=["membership", "right", "account"])
@pytest.mark.parametrize("by", ["operator", "themselves"])
def test_the_last_administrator_stays_one_until_there_is_another(ask, sessions, keepers, someone, work, by):
    with sessions.begin() as session:
        root = Accounts(session, keepers).add("root", "long enough", administrator=True)
        actor = OPERATOR if by == "operator" else type(OPERATOR)(identity=Accounts(session).identity(root))
    with pytest.raises(Refused, match="nobody who may do everything"):
        ask(actor, lambda groups: work(groups, root.id))
    assert members(sessions, "Administrators") == ["root"]
    # Somebody who is administrator by another group counts as well.
    someone("boss", "admin_all")
    ask(actor, lambda groups: work(groups, root.id))


def test_a_group_that_makes_the_last_administrator_stays(ask, someone):
    someone("boss", "admin_all")
    with pytest.raises(Refused, match="nobody who may do everything"):
        ask(OPERATOR, lambda groups: groups.remove(groups.named("boss's group").id))


def test_changes_are_logged_with_who_and_where(ask, sessions, someone):
    boss, bob = someone("boss", "admin_all"), someone("bob")
    group = ask(boss, lambda groups: groups.add("Editors"))
    ask(boss, lambda groups: groups.set_rights(group.id, {"folios": True}))
    ask(boss, lambda groups: groups.add_member(group.id, bob.identity.id))
    with sessions() as session:
        entries = session.query(AuditEntry).filter(AuditEntry.username == "boss").order_by(AuditEntry.id).all()
    assert [(entry.action, entry.subject, entry.address) for entry in entries] == [
        ("group added", "Editors", "203.0.113.9"),
        ("rights set", "Editors", "203.0.113.9"),
        ("member added", "Editors", "203.0.113.9"),
    ]
    assert entries[1].details["given"] == ["folios"]
    assert entries[2].details["user"] == "bob"
    assert entries[0].at.tzinfo is not None
