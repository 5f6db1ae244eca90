"""Logging in, and guessing."""

from __future__ import annotations

import threading

import pytest

from qis_core.api import ExternalUser, PasswordAuthenticator, Refused, Unavailable
from qis_core.builtin.passwords.authenticator import Argon2Authenticator, PasswordSettings
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
    identity = make_logins().login(" ANN", "ann's password", client="here", for_api=True).identity
    assert identity.username == "ann"
    assert [(event.identity.username, event.method) for event in events] == [("ann", "password")]


@pytest.mark.parametrize(
    ("name", "password"), [("ann", "wrong"), ("nobody", "x"), ("bob", "bob's password"), ("", ""), ("a\0b", "x")]
)
def test_refusals_tell_nothing_of_the_reason(make_logins, name, password, events):
    with pytest.raises(Refused) as caught:
        make_logins().login(name, password, client="here", for_api=True)
    assert str(caught.value) == "the user name or password is wrong, or the account may not do this"
    assert events == []


def test_in_a_browser_every_account_may_log_in(make_logins):
    assert make_logins().login("bob", "bob's password", client="here").identity.username == "bob"


def test_a_client_that_guesses_is_not_heard_for_a_while(make_logins):
    logins = make_logins()
    for number in range(6):
        with pytest.raises(Refused):
            logins.login(f"name{number}", "x", client="there")
    with pytest.raises(Unavailable) as caught:
        logins.login("ann", "ann's password", client="there")
    assert caught.value.retry_after >= 1
    assert logins.login("ann", "ann's password", client="elsewhere").identity.username == "ann"


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
    assert logins.login("zoe", "theirs", client="here").identity.username == "zoe"
    assert logins.login("ann", "ann's password", client="here").identity.username == "ann"


class Impostor(PasswordAuthenticator):
    """A directory where everybody has every name."""

    name = "impostor"
    priority = 10

    def __init__(self):
        self.asked = []

    def check(self, username, password, stored):
        self.asked.append(username)
        return ExternalUser(username=username) if password == "open sesame" else None


def test_a_directory_cannot_let_anybody_into_an_account_that_has_its_password_here(make_logins):
    impostor = Impostor()
    logins = make_logins(authenticators=[impostor])
    with pytest.raises(LoginRefused):
        logins.login("ann", "open sesame", client="here")
    assert impostor.asked == []
    with pytest.raises(LoginRefused, match="its password is kept here"):
        logins.enter(ExternalUser(username="ann"), "provider", client="here")
    assert logins.login("zoe", "open sesame", client="here").identity.username == "zoe"
    assert logins.enter(ExternalUser(username="zoe"), "provider", client="here").method == "provider"


def test_a_hash_of_other_parameters_is_made_again_and_logins_go_on(make_logins, sessions):
    make_logins()

    def ann():
        with sessions() as session:
            user = Accounts(session).get("ann")
            return user.password_hash, user.login_stamp

    before = ann()
    stronger = Argon2Authenticator(PasswordSettings(memory_kib=2048, rounds=1))
    logins = Logins(sessions=sessions, authenticators=[stronger], notify=lambda event: None, at_once=4, delay=0.0)
    with pytest.raises(LoginRefused):
        logins.login("ann", "wrong", client="here")
    assert ann() == before
    logins.login("ann", "ann's password", client="here")
    after = ann()
    assert "m=1024," in before[0]
    assert "m=2048," in after[0]
    assert after[1] == before[1]
    logins.login("ann", "ann's password", client="here")
    assert ann() == after


def test_failures_on_one_node_count_on_another(make_logins):
    one, two = make_logins(), make_logins()
    for number in range(6):
        with pytest.raises(Refused):
            (one, two)[number % 2].login("nobody", "x", client="there")
    for node in (one, two):
        with pytest.raises(Unavailable):
            node.login("ann", "ann's password", client="there")


def test_a_password_is_confirmed_without_a_login(make_logins, events):
    logins = make_logins()
    logins.confirm("ann", "ann's password", client="here")
    with pytest.raises(LoginRefused):
        logins.confirm("ann", "wrong", client="here")
    assert events == []
