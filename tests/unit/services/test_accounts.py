"""Accounts are added, changed and removed."""

from __future__ import annotations

import pytest

from qis_core.api import AlreadyExists, BadOption, ExternalUser, NotFound, Refused, Right, UnsupportedFeature
from qis_core.services.accounts import Accounts


@pytest.fixture
def accounts(sessions, keepers):
    with sessions.begin() as session:
        yield Accounts(session, keepers)


def test_names_ignore_case(accounts):
    accounts.add("Ann", "long enough")
    assert accounts.get(" ANN ").username == "ann"
    with pytest.raises(AlreadyExists, match="ann"):
        accounts.add("aNN", "long enough")


@pytest.mark.parametrize("name", ["", " ", "a b", "a:b", "a/b", "a\nb", "a\0b", "x" * 121])
def test_names_that_cannot_be_used_are_refused(accounts, name):
    with pytest.raises(BadOption, match="username"):
        accounts.add(name, "long enough")


@pytest.mark.parametrize("password", ["", "short", "x" * 1025])
def test_passwords_have_a_length_and_are_not_repeated_in_the_refusal(accounts, password):
    with pytest.raises(BadOption) as caught:
        accounts.add("ann", password)
    assert f"({len(password)} characters)" in str(caught.value)
    assert "8 to 1024" in str(caught.value)


def test_an_identity_has_the_groups_of_the_account(accounts):
    identity = accounts.identity(accounts.add("ann", "long enough", administrator=True, allow_api=True))
    assert identity.groups == {"Normal users", "Administrators"}
    assert identity.group_ids == {2, 3}
    assert identity.rights == {right.value for right in Right}
    assert identity.scopes is None
    assert not identity.is_public


def test_the_last_administrator_stays(accounts):
    accounts.add("ann", "long enough", administrator=True)
    with pytest.raises(Refused, match="nobody who may do everything"):
        accounts.remove("ann")
    accounts.add("bob", "long enough", administrator=True)
    accounts.remove("ann")
    assert [user.username for user in accounts.all()] == ["bob"]
    assert [user.username for user in accounts.all(deleted=True)] == ["ann", "bob"]


def test_a_removed_account_cannot_be_used_and_its_name_can_be_given_again(accounts):
    first = accounts.add("ann", "long enough", allow_api=True)
    accounts.remove("ann")
    assert accounts.active(first.id) is None
    assert accounts.stored_password("ann") is None
    assert accounts.welcome(ExternalUser(username="ann")) is None
    with pytest.raises(NotFound):
        accounts.remove("ann")
    again = accounts.add("ann", "long enough too")
    assert not again.allow_api


def test_somebody_whom_a_directory_knows_gets_an_account(accounts):
    made = accounts.welcome(ExternalUser(username="Zoe", first_name="Zoë", email="zoe@example.org"))
    assert (made.username, made.first_name, made.email) == ("zoe", "Zoë", "zoe@example.org")
    assert accounts.welcome(ExternalUser(username="zoe")) is made
    assert accounts.stored_password("zoe") is None


def test_a_password_cannot_be_set_where_nobody_keeps_it(sessions):
    with sessions.begin() as session, pytest.raises(UnsupportedFeature):
        Accounts(session, []).add("ann", "long enough")


def test_an_administrator_whose_password_is_elsewhere_is_not_enough(accounts):
    accounts.add("ann", "long enough", administrator=True)
    zoe = accounts.welcome(ExternalUser(username="zoe"))
    zoe.groups = list(accounts.get("ann").groups)
    with pytest.raises(Refused, match="nobody who may do everything"):
        accounts.remove("ann")
    accounts.remove("zoe")
