"""Tokens stand for a login until they, the account or its password end."""

from __future__ import annotations

import pytest

from qis_core.db.properties import ACCESS_VERSION
from qis_core.services.accounts import Accounts
from qis_core.services.following import Versions
from qis_core.services.tokens import Tokens

SECRET = "a secret of the tests"


@pytest.fixture
def ann(sessions, keepers):
    with sessions.begin() as session:
        return Accounts(session, keepers).add("ann", "long enough", allow_api=True).id


def test_a_token_stands_for_its_account(sessions, ann):
    tokens = Tokens(secret=SECRET, seconds=60, sessions=sessions, version=lambda: "1")
    found = tokens.read(tokens.issue(ann))
    assert (found.id, found.username) == (ann, "ann")


@pytest.mark.parametrize("token", ["", "x", "WzEsIjBhOWQzMzhhZjAyMSJd.awM1Ow.xxx", "…", "a.b.c", "\0"])
def test_anything_else_stands_for_nobody(sessions, ann, token):
    assert Tokens(secret=SECRET, seconds=60, sessions=sessions, version=lambda: "1").read(token) is None


def test_a_token_of_another_server_stands_for_nobody(sessions, ann):
    token = Tokens(secret="another secret", seconds=60, sessions=sessions, version=lambda: "1").issue(ann)
    assert Tokens(secret=SECRET, seconds=60, sessions=sessions, version=lambda: "1").read(token) is None


def test_a_token_ends_with_its_time(sessions, ann):
    tokens = Tokens(secret=SECRET, seconds=-1, sessions=sessions, version=lambda: "1")
    assert tokens.read(tokens.issue(ann)) is None


@pytest.mark.parametrize("change", ["remove", "password", "api"])
def test_a_token_ends_with_the_account_its_password_and_its_right(sessions, changes, keepers, ann, change):
    versions = Versions(sessions)
    changes.listen(versions.outdate)
    tokens = Tokens(secret=SECRET, seconds=60, sessions=sessions, version=lambda: versions.of(ACCESS_VERSION))
    token = tokens.issue(ann)
    assert tokens.read(token)
    with sessions.begin() as session:
        accounts = Accounts(session, keepers)
        if change == "remove":
            accounts.remove("ann")
        elif change == "password":
            accounts.set_password("ann", "another password")
        else:
            accounts.get("ann").allow_api = False
    assert tokens.read(token) is None
