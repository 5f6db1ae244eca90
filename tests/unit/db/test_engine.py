"""SQLite is opened so that many can use it at once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from qis_core.api import Unavailable
from qis_core.db.engine import for_reading, make_sessions, open_database, sqlite_url


def test_readers_go_on_while_somebody_writes(tmp_path: Path) -> None:
    engine = open_database(sqlite_url(tmp_path / "qis.db"))
    writing, reading = make_sessions(engine), for_reading(engine)
    with writing.begin() as session:
        session.execute(text("CREATE TABLE things (n INTEGER)"))
    with writing.begin() as writer:
        writer.execute(text("INSERT INTO things VALUES (1)"))
        with reading() as reader:
            assert reader.scalar(text("SELECT count(*) FROM things")) == 0
    with reading() as reader:
        assert reader.scalar(text("SELECT count(*) FROM things")) == 1


def test_writers_who_read_first_wait_for_each_other(tmp_path: Path) -> None:
    engine = open_database(sqlite_url(tmp_path / "qis.db"))
    writing = make_sessions(engine)
    with writing.begin() as session:
        session.execute(text("CREATE TABLE counter (n INTEGER)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))

    def count() -> None:
        for _ in range(20):
            with writing.begin() as session:
                found = session.scalar(text("SELECT n FROM counter"))
                session.execute(text("UPDATE counter SET n = :n"), {"n": found + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with writing.begin() as session:
        assert session.scalar(text("SELECT n FROM counter")) == 80


@pytest.mark.parametrize("url", ["nonsense", "oracle://somewhere/x", "sqlite+nothing:///x"])
def test_a_url_that_cannot_be_used_is_named(url: str) -> None:
    with pytest.raises(Unavailable, match="cannot be used"):
        open_database(url)


def test_the_password_in_a_url_is_not_told() -> None:
    with pytest.raises(Unavailable) as caught:
        open_database("nothing://qis:hush@db/qis")
    assert "hush" not in str(caught.value)
