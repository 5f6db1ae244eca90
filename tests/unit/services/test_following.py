"""Tables in memory follow the records: at once in the process that changes them, soon in all others."""

from __future__ import annotations

import threading

import pytest

from qis_core.db import schema
from qis_core.db.engine import make_sessions, open_database, sqlite_url
from qis_core.db.properties import TEMPLATES_VERSION
from qis_core.db.templates import TemplateRecord
from qis_core.db.versions import Changes, touch
from qis_core.domain.templates import Template
from qis_core.services.following import Follower, Versions
from qis_core.services.templates import as_record, read_table


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def follow(clock):
    def make(sessions):
        versions = Versions(sessions, seconds=0.5, clock=clock)
        return versions, Follower(
            TEMPLATES_VERSION, sessions=sessions, versions=versions, read=read_table, seconds=0.5, clock=clock
        )

    return make


def add(sessions, name):
    with sessions.begin() as session:
        session.add(as_record(Template(name=name, values={"width": 300})))


def test_a_change_elsewhere_shows_within_its_time_and_changes_the_version(sessions, follow, clock):
    _, table = follow(sessions)
    before = table.table()
    add(sessions, "Card")
    assert table.table() is before
    clock.now = 0.5
    after = table.table()
    assert after.lookup.named("card") is not None
    assert after.version != before.version


def test_a_change_of_this_process_shows_at_once(sessions, changes, follow):
    versions, table = follow(sessions)
    changes.listen(versions.outdate)
    for name in ("One", "Two", "Three"):
        add(sessions, name)
        assert table.table().lookup.named(name) is not None


def test_what_is_not_committed_counts_for_nobody(sessions, changes, follow, clock):
    versions, table = follow(sessions)
    changes.listen(versions.outdate)
    with sessions() as session:
        with session.begin_nested():
            session.add(as_record(Template(name="Card")))
        if session.connection().dialect.name == "postgresql":
            clock.now += 1
            assert table.table().lookup.named("card") is None
        session.rollback()
    clock.now += 1
    assert table.table().lookup.named("card") is None


def test_a_change_by_a_flush_a_deletion_and_by_hand_all_count(sessions, changes, follow):
    versions, table = follow(sessions)
    changes.listen(versions.outdate)
    add(sessions, "Card")
    seen = {table.table().version}
    with sessions.begin() as session:
        session.query(TemplateRecord).one().locked = ["width"]
    seen.add(table.table().version)
    with sessions.begin() as session:
        session.delete(session.query(TemplateRecord).one())
    seen.add(table.table().version)
    with sessions.begin() as session:
        touch(session, TEMPLATES_VERSION)
    seen.add(table.table().version)
    assert len(seen) == 4


def test_nothing_is_read_again_while_nothing_has_changed(sessions, follow, clock):
    _, table = follow(sessions)
    before = table.table()
    clock.now = 10.0
    assert table.table() is before


def test_the_old_table_stays_where_the_database_is_away_and_it_is_found_again(follow, clock, tmp_path):
    engine = open_database(sqlite_url(tmp_path / "gone.db"))
    away = make_sessions(engine, Changes())
    with away.begin() as session:
        schema.upgrade(session.connection())
    _, table = follow(away)
    before = table.table()
    add(away, "Card")
    engine.dispose()
    (tmp_path / "gone.db").rename(tmp_path / "elsewhere.db")
    clock.now = 10.0
    assert table.table() is before
    engine.dispose()
    (tmp_path / "gone.db").unlink(missing_ok=True)
    (tmp_path / "elsewhere.db").rename(tmp_path / "gone.db")
    clock.now = 20.0
    assert table.table().lookup.named("card") is not None
    engine.dispose()


def test_whoever_asks_after_a_commit_sees_it_however_many_ask(sessions, changes, follow):
    versions, table = follow(sessions)
    changes.listen(versions.outdate)
    problems = []
    done = threading.Event()

    def ask():
        while not done.is_set():
            table.table()

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for number in range(20):
        add(sessions, f"T{number}")
        if table.table().lookup.named(f"T{number}") is None:
            problems.append(number)
    done.set()
    for asker in askers:
        asker.join()
    assert not problems
