"""Logging in, and guessing."""

from __future__ import annotations

import threading

import pytest

from qis_core.api import ExternalUser, PasswordAuthenticator, Refused, Unavailable
from qis_core.services.accounts import Accounts
from qis_core.services.logins import LoginRefused, Logins


@pytest.fixture
def events():
    return []


@pytest.fixture
def make_logins(sessions, keepers, events):
    with sessions.begin() as session:
        accounts = Accounts(session, keepers)
        accounts.add("ann", "ann's password", allow_api=True)
        accounts.add("bob", "bob's password")

    def make(*, authenticators=(), **others):
        return Logins(
            sessions=sessions,
            authenticators=[*authenticators, *keepers],
            notify=events.append,
            **{"at_once": 4, "delay": 0.0, **others},
        )

    return make


def test_the_right_password_tells_who_it_is(make_logins, events):
    identity = make_logins().login(" ANN", "ann's password", client="here", scope="api")
    assert identity.username == "ann"
    assert [(event.identity.username, event.method) for event in events] == [("ann", "password")]


@pytest.mark.parametrize(
    ("name", "password"), [("ann", "wrong"), ("nobody", "x"), ("bob", "bob's password"), ("", ""), ("a\0b", "x")]
)
def test_refusals_tell_nothing_of_the_reason(make_logins, name, password, events):
    with pytest.raises(Refused) as caught:
        make_logins().login(name, password, client="here", scope="api")
    assert str(caught.value) == "the user name or password is wrong, or the account may not do this"
    assert events == []


def test_without_a_scope_every_account_may_log_in(make_logins):
    assert make_logins().login("bob", "bob's password", client="here").username == "bob"


def test_a_client_that_guesses_is_not_heard_for_a_while(make_logins):
    logins = make_logins()
    for number in range(6):
        with pytest.raises(Refused):
            logins.login(f"name{number}", "x", client="there")
    with pytest.raises(Unavailable) as caught:
        logins.login("ann", "ann's password", client="there")
    assert caught.value.retry_after >= 1
    assert logins.login("ann", "ann's password", client="elsewhere").username == "ann"


def test_a_name_that_is_guessed_from_everywhere_is_slowed_but_never_blocked_for_long(make_logins):
    logins = make_logins()
    for number in range(11):
        with pytest.raises(Refused):
            logins.login("ann", "x", client=f"client{number}")
    with pytest.raises(Unavailable) as caught:
        logins.login("ann", "ann's password", client="home")
    assert caught.value.retry_after <= 5


def test_waiting_refusals_hold_only_so_many_threads(make_logins):
    logins = make_logins(at_once=2, delay=1.0)
    answers = []

    def guess(number):
        try:
            logins.login("ann", "x", client=f"client{number}")
        except (Refused, Unavailable) as error:
            answers.append(type(error))

    threads = [threading.Thread(target=guess, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(LoginRefused) >= 2
    assert answers.count(Unavailable) >= 1
    assert len(answers) == 8


def test_authenticators_are_asked_in_order(make_logins):
    class Directory(PasswordAuthenticator):
        name = "directory"

        def check(self, username, password, stored):
            return ExternalUser(username="zoe") if (username, password) == ("zoe", "theirs") else None

    logins = make_logins(authenticators=[Directory()])
    assert logins.login("zoe", "theirs", client="here").username == "zoe"
    assert logins.login("ann", "ann's password", client="here").username == "ann"
