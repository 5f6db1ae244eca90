"""Files are noticed as they are asked for or listed, and their records follow."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from PIL import Image
from sqlalchemy import Engine, event, select, text

from qis_core.api import Limits, NotFound, StorageEntry
from qis_core.db.engine import Sessions
from qis_core.db.images import ImageHistory, ImageRecord
from qis_core.domain.vocabulary import Vocabulary
from qis_core.imaging.description import Description
from qis_core.imaging.orders import DescribeOrder
from qis_core.plugins import Kernel
from qis_core.services.describing import Describer
from qis_core.services.looking import look_of
from qis_core.services.noticing import Noticer
from qis_core.services.pictures import PictureRecords
from qis_core.testing.originals import Originals, Told, in_process
from qis_core.testing.waiting import until

WIDE = "photos/wide.jpg"
SECONDS = 30


@pytest.fixture
def originals(library: Path, kernel: Kernel) -> Originals:
    return Originals(library, kernel)


@pytest.fixture
def noticer(sessions: Sessions, originals: Originals) -> Iterator[Noticer]:
    made = noticer_of(sessions, originals)
    originals.library.listener = made
    yield made
    made.close()


def noticer_of(sessions: Sessions, originals: Originals, **others: Any) -> Noticer:
    analysis = others.pop("analysis", "")
    records = PictureRecords(reading=sessions, writing=sessions, manager=Told().manager, analysis=analysis)
    return Noticer(
        **{"records": records, "describer": originals.describer, "recordable": originals.recordable, **others}
    )


@contextmanager
def told_to(sessions: Sessions, words: str) -> Iterator[list[str]]:
    """The statements with these words that the database gets meanwhile."""
    statements: list[str] = []

    def listen(connection: object, cursor: object, statement: str, *others: object) -> None:
        if words in statement:
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    yield statements
    event.remove(Engine, "before_cursor_execute", listen)


def active(sessions: Sessions) -> dict[str, int]:
    with sessions() as session:
        query = select(ImageRecord.src, ImageRecord.width).where(ImageRecord.status == 1)
        return {row.src: row.width for row in session.execute(query)}


def test_what_is_asked_for_gets_its_record(noticer: Noticer, originals: Originals, sessions: Sessions) -> None:
    originals.library.stat(WIDE)
    assert noticer.settle(SECONDS)
    assert active(sessions) == {WIDE: 1200}


def test_what_is_listed_gets_its_record(noticer: Noticer, originals: Originals, sessions: Sessions) -> None:
    for folder in ("", "photos", "art", "notes"):
        originals.library.list(folder)
    assert noticer.settle(SECONDS)
    assert active(sessions) == {WIDE: 1200, "photos/tall.png": 300, "art/poster.tif": 640}


def test_a_replaced_file_is_read_again(noticer: Noticer, originals: Originals, sessions: Sessions) -> None:
    originals.library.stat(WIDE)
    assert noticer.settle(SECONDS)
    Image.new("RGB", (50, 40)).save(originals.root / WIDE)
    originals.library.stat(WIDE)
    assert noticer.settle(SECONDS)
    assert active(sessions) == {WIDE: 50}


def test_a_file_that_is_gone_is_marked_and_comes_back(
    noticer: Noticer, originals: Originals, sessions: Sessions
) -> None:
    originals.library.stat(WIDE)
    assert noticer.settle(SECONDS)
    content = (originals.root / WIDE).read_bytes()
    (originals.root / WIDE).unlink()
    with suppress(NotFound):
        originals.library.stat(WIDE)
    assert noticer.settle(SECONDS)
    assert active(sessions) == {}
    (originals.root / WIDE).write_bytes(content)
    originals.library.stat(WIDE)
    assert noticer.settle(SECONDS)
    assert active(sessions) == {WIDE: 1200}
    with sessions() as session:
        assert list(session.scalars(select(ImageHistory.action).order_by(ImageHistory.id))) == [1, 0, 1]


def test_paths_that_were_never_there_leave_nothing(noticer: Noticer, originals: Originals, sessions: Sessions) -> None:
    for path in ("made/up.jpg", "notes/readme.txt", "photos", "x" * 300 + ".jpg", "a\udcff.jpg"):
        with suppress(NotFound):
            originals.library.stat(path)
    assert noticer.settle(SECONDS)
    with sessions() as session:
        assert session.scalars(select(ImageRecord)).all() == []


def entries_of(originals: Originals) -> list[StorageEntry]:
    return [entry for folder in ("photos", "art") for entry in originals.library.list(folder).entries]


def test_pictures_that_come_while_others_are_rendered_are_recorded_together(
    originals: Originals, sessions: Sessions
) -> None:
    idle = False
    noticer = noticer_of(sessions, originals, is_idle=lambda: idle)
    for entry in entries_of(originals):
        noticer.seen(entry)
    with told_to(sessions, "INSERT INTO images") as written:
        idle = True
        until(lambda: len(active(sessions)) == 3)
        noticer.close()
    assert len(written) == 1


def test_who_never_rests_gets_records_all_the_same(originals: Originals, sessions: Sessions) -> None:
    noticer = noticer_of(sessions, originals, is_idle=lambda: False)
    for entry in entries_of(originals):
        noticer.seen(entry)
    until(lambda: len(active(sessions)) == 3)
    noticer.close()


def test_what_waits_at_the_end_is_recorded_unread(originals: Originals, sessions: Sessions) -> None:
    noticer = noticer_of(sessions, originals, is_idle=lambda: False)
    for entry in entries_of(originals):
        noticer.seen(entry)
    (originals.root / "art/poster.tif").unlink()
    noticer.close()
    assert active(sessions) == {WIDE: 0, "photos/tall.png": 0}
    after = noticer_of(sessions, originals)
    after.seen(originals.library.stat_now(WIDE))
    assert after.settle(SECONDS)
    assert active(sessions)[WIDE] == 1200
    after.close()


def test_analysers_look_once_at_what_is_recorded(originals: Originals, sessions: Sessions, kernel: Kernel) -> None:
    looks: list[str] = []
    describe = in_process(kernel)

    def counted(order: DescribeOrder, files: Sequence[BinaryIO], *, client: str = "") -> Description:
        if order.look is not None:
            looks.append(order.source_name)
        return describe(order, files, client=client)

    vocabulary = Vocabulary(kernel.registries.operations, kernel.registries.encoders, kernel.registries.decoders)
    look = look_of(vocabulary, kernel.registries.analysers)
    describer = Describer(library=originals.library, describe=counted, limits=Limits(), look=look)
    noticers = [noticer_of(sessions, originals, describer=describer, analysis=look.analysis) for _ in range(2)]
    for noticer in noticers:
        for entry in entries_of(originals):
            noticer.seen(entry)
        assert noticer.settle(SECONDS)
        noticer.close()
    assert sorted(looks) == ["poster.tif", "tall.png", "wide.jpg"]
    with sessions() as session:
        for record in session.scalars(select(ImageRecord)):
            assert (record.analysis, record.described) == (look.analysis, True)
            assert record.facts["found"]["colour"].startswith("#")
            assert record.facts["format"] in ("jpg", "png", "tif")


def test_several_processes_that_notice_the_same_tell_it_once(originals: Originals, sessions: Sessions) -> None:
    noticers = [noticer_of(sessions, originals) for _ in range(4)]
    entries = [entry for folder in ("photos", "art") for entry in originals.library.list(folder).entries]
    for entry in entries:
        for each in noticers:
            each.seen(entry)
    assert all(each.settle(SECONDS) for each in noticers)
    for each in noticers:
        each.close()
    with sessions() as session:
        assert list(session.scalars(select(ImageHistory.action))) == [1, 1, 1]


def test_a_file_that_is_another_by_the_time_it_is_read_is_recorded_as_it_is(
    noticer: Noticer, originals: Originals, sessions: Sessions
) -> None:
    past = StorageEntry(path=WIDE, size_bytes=1, version="of yesterday")
    noticer.seen(past)
    assert noticer.settle(SECONDS)
    with sessions() as session:
        assert session.scalars(select(ImageRecord.version)).one() == originals.library.stat_now(WIDE).version


def test_more_than_can_wait_is_dropped_and_noticed_later(originals: Originals, sessions: Sessions) -> None:
    noticer = noticer_of(sessions, originals, backlog=0)
    entry = originals.library.stat_now(WIDE)
    noticer.seen(entry)
    assert noticer.dropped == 1
    noticer.close()
    assert active(sessions) == {}


def test_a_database_that_is_away_stops_nothing(
    noticer: Noticer, originals: Originals, sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    with sessions.begin() as session:
        session.execute(text("ALTER TABLE images RENAME TO elsewhere"))
    with caplog.at_level(logging.WARNING):
        originals.library.stat(WIDE)
        assert noticer.settle(SECONDS)
    assert "could not be written" in caplog.text
    with sessions.begin() as session:
        session.execute(text("ALTER TABLE elsewhere RENAME TO images"))
    originals.library.stat(WIDE)
    assert noticer.settle(SECONDS)
    assert active(sessions) == {WIDE: 1200}
