"""Browsers stay logged in until their time, their account or somebody ends it."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from qis_core.api import NotFound
from qis_core.db.logins import WebSession
from qis_core.db.properties import ACCESS_VERSION, LOGINS_VERSION
from qis_core.services import web_sessions
from qis_core.services.accounts import Accounts
from qis_core.services.following import Versions
from qis_core.services.mint import digest
from qis_core.services.web_sessions import WebSessions

DAY = 86400


class Clock:
    def __init__(self):
        self.now = 1_900_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ann(sessions, keepers):
    with sessions.begin() as session:
        accounts = Accounts(session, keepers)
        accounts.add("chief", "long enough", administrator=True)
        return accounts.add("ann", "long enough").id


@pytest.fixture
def browsers(sessions, changes, clock, ann):
    versions = Versions(sessions)
    changes.listen(versions.outdate)
    made = WebSessions(
        secret="a secret",
        reading=sessions,
        writing=sessions,
        version=lambda: (versions.of(ACCESS_VERSION), versions.of(LOGINS_VERSION)),
        seconds=30 * DAY,
        idle_seconds=7 * DAY,
        clock=clock,
    )
    yield made
    made.close()


def start(browsers, user_id, **others):
    return browsers.start(user_id, **{"method": "password", "address": "203.0.113.9", "browser": "Tester", **others})


def test_a_session_stands_for_its_account_and_only_a_digest_is_kept(browsers, sessions, ann):
    text = start(browsers, ann)
    assert browsers.read(text).identity.username == "ann"
    with sessions() as session:
        kept = session.get(WebSession, 1)
        assert kept.digest == digest(text)
        assert text not in repr(vars(kept))


@pytest.mark.parametrize("text", ["", "x", "é", "\0", "qis-session=1", "a" * 53, "a" * 100_000])
def test_invented_texts_are_nobodys_and_cost_no_query(browsers, sessions, ann, text):
    with queries(sessions) as counted:
        assert browsers.read(text) is None
    assert counted == []


def test_what_is_known_costs_no_query(browsers, sessions, ann):
    text = start(browsers, ann)
    browsers.read(text)
    with queries(sessions) as counted:
        for _ in range(100):
            assert browsers.read(text) is not None
    assert [each for each in counted if "properties" not in each and "UPDATE" not in each] == []


@pytest.mark.parametrize("change", ["remove", "password", "status", "end"])
def test_a_session_ends_at_once_with_what_it_rests_on(browsers, sessions, keepers, ann, change):
    text = start(browsers, ann)
    assert browsers.read(text)
    with sessions.begin() as session:
        accounts = Accounts(session, keepers)
        if change == "remove":
            accounts.remove("ann")
        elif change == "password":
            accounts.set_password("ann", "another password")
        elif change == "status":
            accounts.get("ann").status = 0
        else:
            web_sessions.end_sessions(session, ann)
    assert browsers.read(text) is None


def test_an_account_that_comes_back_has_no_old_sessions(browsers, sessions, keepers, ann):
    text = start(browsers, ann)
    with sessions.begin() as session:
        Accounts(session, keepers).remove("ann")
        Accounts(session, keepers).add("ann", "long enough")
    assert browsers.read(text) is None


def test_a_session_ends_when_it_is_not_used_and_when_it_is_old(browsers, clock, ann):
    text, left = start(browsers, ann), start(browsers, ann)
    for _ in range(5):
        clock.now += 5 * DAY
        assert browsers.read(text)
    assert browsers.read(left) is None
    clock.now += 5 * DAY + 1
    assert browsers.read(text) is None


def test_use_on_one_node_counts_on_another(browsers, sessions, clock, ann):
    other = WebSessions(
        secret="a secret", reading=sessions, writing=sessions, version=lambda: ("", ""),
        seconds=30 * DAY, idle_seconds=7 * DAY, clock=clock,
    )  # fmt: skip
    text = start(browsers, ann)
    assert other.read(text)
    clock.now += 6 * DAY
    assert browsers.read(text)
    browsers.close()
    clock.now += 6 * DAY
    assert other.read(text)
    other.close()


def test_one_session_or_all_others_can_be_ended(browsers, sessions, ann):
    texts = [start(browsers, ann) for _ in range(4)]
    numbers = [browsers.read(text).number for text in texts]
    with sessions.begin() as session:
        web_sessions.end_session(session, ann, numbers[0])
        with pytest.raises(NotFound):
            web_sessions.end_session(session, ann + 1, numbers[1])
    assert [browsers.read(text) is not None for text in texts] == [False, True, True, True]
    with sessions.begin() as session:
        assert web_sessions.end_sessions(session, ann, but=numbers[3]) == 2
    assert [browsers.read(text) is not None for text in texts] == [False, False, False, True]
    with sessions() as session:
        assert [found.id for found in browsers.current(session, ann)] == [numbers[3]]


def test_logging_in_again_ends_the_browsers_old_session(browsers, ann):
    old = start(browsers, ann)
    new = start(browsers, ann, instead_of=old)
    assert new != old
    assert browsers.read(old) is None
    assert browsers.read(new)


def test_an_account_has_only_so_many_and_expired_ones_are_cleared_away(browsers, sessions, clock, ann, monkeypatch):
    monkeypatch.setattr(web_sessions, "MOST", 3)
    first = start(browsers, ann)
    for _ in range(3):
        clock.now += 1
        last = start(browsers, ann, browser="\0\ud800" + "x" * 1000)
    assert browsers.read(first) is None
    assert browsers.read(last)
    clock.now += 31 * DAY
    start(browsers, ann)
    with sessions() as session:
        assert session.query(WebSession).count() == 1


class queries(list):
    """The statements that run within ``with``."""

    def __init__(self, sessions):
        self.engine = sessions.kw["bind"]

    def __enter__(self):
        event.listen(self.engine, "before_cursor_execute", self.note)
        return self

    def __exit__(self, *problem):
        event.remove(self.engine, "before_cursor_execute", self.note)

    def note(self, connection, cursor, statement, *others):
        self.append(statement)
