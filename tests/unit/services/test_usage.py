"""What is served of pictures is counted by day, kept in the records, and hurts nobody where these are away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from qis_core.db.engine import Sessions, make_sessions, open_database
from qis_core.db.folders import ROOT_ID
from qis_core.db.images import ImageRecord, image_key
from qis_core.db.usage import ImageUsage
from qis_core.services.tasks.forget_usage import ForgetUsage
from qis_core.services.usage import UsageCounter
from qis_core.services.usage_records import counted_since, remove_usage, usage_of

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture
def pictures(sessions: Sessions) -> dict[str, int]:
    """Records of three pictures, their numbers by path."""
    with sessions.begin() as session:
        records = [
            ImageRecord(key=image_key(name), src=name, filename=name, folder_id=ROOT_ID)
            for name in ("a.jpg", "b.jpg", "c.jpg")
        ]
        session.add_all(records)
        session.flush()
        return {record.src: record.id for record in records}


@pytest.fixture
def counter(sessions: Sessions, pictures: dict[str, int]) -> Iterator[UsageCounter]:
    """Counts for Monday; writes when it is told to."""
    made = UsageCounter(sessions, seconds=3600, day=lambda: MONDAY)
    yield made
    made.close()


def rows(sessions: Sessions) -> list[tuple[int, date, int, int, int]]:
    with sessions() as session:
        found = session.scalars(select(ImageUsage).order_by(ImageUsage.image_id, ImageUsage.day))
        return [(row.image_id, row.day, row.renderings, row.originals, row.bytes_sent) for row in found]


def test_processes_add_to_the_same_rows(sessions: Sessions, counter: UsageCounter, pictures: dict[str, int]) -> None:
    other = UsageCounter(sessions, day=lambda: MONDAY)
    later = UsageCounter(sessions, day=lambda: TUESDAY)
    counter.rendering("a.jpg", 100)
    counter.rendering("a.jpg", 0)
    counter.original("b.jpg", 5_000_000_000)
    other.rendering("a.jpg", 11)
    other.original("a.jpg", 1)
    later.rendering("a.jpg", 7)
    counter.rendering("unrecorded.jpg", 1)
    counter.rendering("no text \udce9.jpg", 1)
    for each in (counter, other, later):
        each.close()
    counter.rendering("a.jpg", 1000)
    counter.flush()
    a, b = pictures["a.jpg"], pictures["b.jpg"]
    assert rows(sessions) == [(a, MONDAY, 4, 1, 1112), (a, TUESDAY, 1, 0, 7), (b, MONDAY, 0, 1, 5_000_000_000)]
    with sessions() as session:
        assert counted_since(session, a) == MONDAY
        assert counted_since(session, pictures["c.jpg"]) is None
        assert [(day, tally.renderings) for day, tally in usage_of(session, a, TUESDAY)] == [(TUESDAY, 1)]


def test_nothing_is_lost_between_threads(sessions: Sessions, counter: UsageCounter, pictures: dict[str, int]) -> None:
    def ask() -> None:
        for _ in range(500):
            counter.rendering("a.jpg", 2)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        counter.flush()
    counter.flush()
    assert rows(sessions) == [(pictures["a.jpg"], MONDAY, 2000, 0, 4000)]


def test_a_moved_picture_keeps_its_usage_and_a_forgotten_one_takes_it_along(
    sessions: Sessions, counter: UsageCounter, pictures: dict[str, int]
) -> None:
    for name in pictures:
        counter.rendering(name, 1)
    counter.flush()
    a = pictures["a.jpg"]
    with sessions.begin() as session:
        session.execute(update(ImageRecord).where(ImageRecord.id == a).values(key=image_key("z.jpg"), src="z.jpg"))
        session.execute(delete(ImageRecord).where(ImageRecord.id == pictures["b.jpg"]))
    counter.rendering("z.jpg", 1)
    counter.flush()
    assert rows(sessions) == [(a, MONDAY, 2, 0, 2), (pictures["c.jpg"], MONDAY, 1, 0, 1)]


def test_old_days_are_removed(sessions: Sessions, counter: UsageCounter, pictures: dict[str, int]) -> None:
    now = UsageCounter(sessions)
    for each in (counter, now):
        each.rendering("a.jpg", 1)
        each.close()
    with sessions.begin() as session:
        assert remove_usage(session, MONDAY) == 0
    assert ForgetUsage(sessions, 0).run(None, None) == {"rows": 0}  # type: ignore[arg-type]
    removed = ForgetUsage(sessions, 100).run(None, None)  # type: ignore[arg-type]
    kept = [day for _, day, *_ in rows(sessions)]
    assert (removed, len(kept), MONDAY in kept) == ({"rows": 1}, 1, False)


def test_counts_wait_for_a_database_that_is_away(tmp_path: Path, sessions: Sessions, pictures: dict[str, int]) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/none/here.db")
    counter = UsageCounter(make_sessions(engine), seconds=3600, limit=2, day=lambda: MONDAY)
    for name in ("a.jpg", "b.jpg", "c.jpg", "c.jpg", "a.jpg"):
        counter.rendering(name, 10)
    counter.flush()
    counter.rendering("a.jpg", 10)
    counter.rendering("c.jpg", 10)
    counter.flush()
    assert counter.dropped == 3
    counter._sessions = sessions
    counter.close()
    engine.dispose()
    assert rows(sessions) == [(pictures["a.jpg"], MONDAY, 3, 0, 30), (pictures["b.jpg"], MONDAY, 1, 0, 10)]


def test_nothing_is_counted_where_it_is_not_wanted(sessions: Sessions, pictures: dict[str, int]) -> None:
    counter = UsageCounter(sessions, wanted=False)
    counter.rendering("a.jpg", 1)
    counter.original("a.jpg", 1)
    counter.close()
    assert rows(sessions) == []
