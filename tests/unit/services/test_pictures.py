"""Records of pictures: what a finding makes of them, told once, whoever brings it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from qis_core.api import ImageAdded, ImageDeleted, ImageReplaced
from qis_core.db.engine import Sessions
from qis_core.db.folders import FolderRecord
from qis_core.db.images import ImageAction, ImageHistory, ImageRecord
from qis_core.plugins import Kernel
from qis_core.services.pictures import Analysis, Change, PictureRecords
from qis_core.testing.originals import Originals, Told

WIDE = "photos/wide.jpg"


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def records(sessions: Sessions, told: Told) -> PictureRecords:
    return PictureRecords(reading=sessions, writing=sessions, manager=told.manager)


@pytest.fixture
def originals(library: Path, kernel: Kernel) -> Originals:
    return Originals(library, kernel)


def record(sessions: Sessions, src: str = WIDE) -> ImageRecord:
    with sessions() as session:
        found = session.scalars(select(ImageRecord).where(ImageRecord.src == src)).one()
        assert found.embedded is not None
        return found


def history(sessions: Sessions, src: str = WIDE) -> list[int]:
    query = select(ImageHistory.action).join(ImageRecord, ImageRecord.id == ImageHistory.image_id)
    with sessions() as session:
        return list(session.scalars(query.where(ImageRecord.src == src).order_by(ImageHistory.id)))


def draw(path: Path, size: tuple[int, int], orientation: int = 1) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Maker"
    Image.new("RGB", size, "teal").save(path, exif=exif)


def test_a_new_picture_gets_its_record(
    records: PictureRecords, originals: Originals, sessions: Sessions, told: Told
) -> None:
    draw(originals.root / WIDE, (40, 30), orientation=6)
    finding = originals.finding(WIDE)
    assert records.keep([finding]) == {WIDE: Change.ADDED}
    made = record(sessions)
    assert (made.filename, made.width, made.height, made.title, made.status) == ("wide.jpg", 30, 40, "", 1)
    assert (made.size_bytes, made.version) == (finding.entry.size_bytes, finding.entry.version)
    assert made.facts["format"] == "jpg"
    assert made.embedded["exif"]["Make"] == "Maker"
    assert made.created == made.updated
    with sessions() as session:
        folder = session.get_one(FolderRecord, made.folder_id)
        assert (folder.path, folder.parent_id) == ("photos", 1)
    assert history(sessions) == [ImageAction.CREATED]
    assert told.events == [ImageAdded(path=WIDE, size_bytes=finding.entry.size_bytes)]


def test_to_find_the_same_again_changes_nothing(
    records: PictureRecords, originals: Originals, sessions: Sessions, told: Told
) -> None:
    records.keep([originals.finding(WIDE)])
    before = record(sessions)
    plain = replace(originals.finding(WIDE), described=False, width=0, facts={})
    assert records.keep([plain]) == {WIDE: Change.SAME}
    assert (record(sessions).updated, record(sessions).width) == (before.updated, 1200)
    assert (history(sessions), len(told.events)) == ([ImageAction.CREATED], 1)


def test_a_replaced_picture_keeps_what_people_said_of_it(
    records: PictureRecords, originals: Originals, sessions: Sessions, told: Told
) -> None:
    records.keep([originals.finding(WIDE)])
    with sessions.begin() as session:
        session.get_one(ImageRecord, record(sessions).id).title = "A wide view"
    draw(originals.root / WIDE, (50, 20))
    finding = originals.finding(WIDE)
    assert records.keep([finding]) == {WIDE: Change.REPLACED}
    made = record(sessions)
    assert (made.width, made.height, made.title) == (50, 20, "A wide view")
    assert history(sessions) == [ImageAction.CREATED, ImageAction.REPLACED]
    assert told.events[1:] == [ImageReplaced(path=WIDE, size_bytes=finding.entry.size_bytes)]


def test_a_picture_that_went_and_came_back_is_the_same_one(
    records: PictureRecords, originals: Originals, sessions: Sessions, told: Told
) -> None:
    records.keep([originals.finding(WIDE)])
    number = record(sessions).id
    assert records.lose([WIDE, "never/there.jpg"]) == [WIDE]
    assert records.lose([WIDE]) == []
    assert record(sessions).status == 0
    assert records.keep([originals.finding(WIDE)]) == {WIDE: Change.RETURNED}
    assert (record(sessions).id, record(sessions).status) == (number, 1)
    assert history(sessions) == [ImageAction.CREATED, ImageAction.DELETED, ImageAction.CREATED]
    assert [type(event) for event in told.events] == [ImageAdded, ImageDeleted, ImageAdded]


def test_a_record_made_without_reading_is_filled_later(
    records: PictureRecords, originals: Originals, sessions: Sessions, told: Told
) -> None:
    plain = replace(originals.finding(WIDE), described=False, width=0, height=0, facts={}, embedded={})
    records.keep([plain])
    changed = record(sessions).updated
    assert not records.known([WIDE])[WIDE].tells(plain.entry, described=True)
    assert records.keep([originals.finding(WIDE)]) == {WIDE: Change.DESCRIBED}
    assert records.known([WIDE])[WIDE].tells(plain.entry, described=True)
    assert (record(sessions).width, history(sessions), len(told.events)) == (1200, [ImageAction.CREATED], 1)
    assert record(sessions).updated == changed


def test_what_analysers_find_is_added_where_the_record_still_tells_of_that_file(
    records: PictureRecords, originals: Originals, sessions: Sessions
) -> None:
    draw(originals.root / WIDE, (40, 30))
    finding = originals.finding(WIDE)
    version = finding.entry.version
    found = Analysis(path=WIDE, version=version, found={"colour": "#000000"}, analysis="later")
    assert records.supplement([found]) == []
    records.keep([finding])
    assert records.supplement([found, replace(found, path="never/there.jpg")]) == [WIDE]
    made = record(sessions)
    assert made.updated == made.created
    assert (made.analysis, made.facts["found"]) == ("later", {"colour": "#000000"})
    assert (made.width, made.facts["format"]) == (40, finding.facts["format"])
    assert records.supplement([replace(found, found={})]) == [WIDE]
    assert "found" not in record(sessions).facts
    draw(originals.root / WIDE, (400, 300))
    records.keep([originals.finding(WIDE)])
    assert records.supplement([found]) == []
    records.lose([WIDE])
    assert records.supplement([replace(found, version=record(sessions).version)]) == []
    assert (record(sessions).status, history(sessions)) == (0, [1, 2, 0])


def test_a_record_tells_what_is_missing_from_it(sessions: Sessions, originals: Originals) -> None:
    records = PictureRecords(reading=sessions, writing=sessions, manager=Told().manager, analysis="ours")
    finding = originals.finding(WIDE)
    records.keep([replace(finding, described=False)])
    plain = records.known([WIDE])[WIDE]
    assert (plain.tells(finding.entry, described=False), plain.tells(finding.entry, described=True)) == (True, False)
    assert not plain.lacks_analysis(finding.entry)
    records.keep([finding])
    read = records.known([WIDE])[WIDE]
    assert (read.tells(finding.entry, described=True), read.lacks_analysis(finding.entry)) == (False, True)
    assert not read.lacks_analysis(replace(finding.entry, version="another"))
    records.supplement([Analysis(path=WIDE, version=finding.entry.version, found={}, analysis="ours")])
    whole = records.known([WIDE])[WIDE]
    assert (whole.tells(finding.entry, described=True), whole.lacks_analysis(finding.entry)) == (True, False)


def test_a_file_that_is_no_picture_has_a_record_that_says_so(
    records: PictureRecords, originals: Originals, sessions: Sessions
) -> None:
    (originals.root / WIDE).write_bytes(b"this is no picture")
    records.keep([originals.finding(WIDE)])
    made = record(sessions)
    assert (made.width, made.described) == (0, True)
    assert "no picture" in made.facts["error"]


def test_a_folder_that_is_gone_takes_all_below_it_along(
    records: PictureRecords, originals: Originals, sessions: Sessions
) -> None:
    names = ["a/b.jpg", "a/b/c.jpg", "a_/d.jpg", "a/b/c/e.jpg", "ab/f.jpg"]
    for name in names:
        (originals.root / name).parent.mkdir(parents=True, exist_ok=True)
        draw(originals.root / name, (4, 3))
    records.keep([originals.finding(name) for name in names])
    assert records.lose_folder("a") == 3
    with sessions() as session:
        active = session.scalars(select(ImageRecord.src).where(ImageRecord.status == 1)).all()
        folders = session.scalars(select(FolderRecord.name).where(FolderRecord.status == 1)).all()
    assert sorted(active) == ["a_/d.jpg", "ab/f.jpg"]
    assert sorted(folders) == ["/", "/a_", "/ab"]
    records.keep([originals.finding("a/b/c.jpg")])
    assert sorted(records.folders_in("")) == ["a", "a_", "ab"]
    assert records.folders_in("a") == ["a/b"]
    assert records.folders_in("a/b") == []


def test_names_come_in_the_order_of_the_store(records: PictureRecords, originals: Originals) -> None:
    names = ["Z.png", "a.png", "A.png", "_.png", "é.png", "z.png", "\U0001f600.png", "\uffee.png", "10.png", "9.png"]
    for name in names:
        (originals.root / name).write_bytes(b"x")
    listed = [entry for entry in originals.library.list("").entries if entry.path in names]
    records.keep([originals.finding(entry.path) for entry in listed])
    expected = [entry.name for entry in listed]
    assert [name for name, _ in records.known_in("", limit=100)] == expected
    assert [name for name, _ in records.known_in("", after=expected[3], until=expected[6], limit=100)] == expected[4:7]
    # Names of bytes that are no text have no record; as a bound they stand where the store has them.
    odd = os.fsdecode(b"\xff.png")
    assert [name for name, _ in records.known_in("", after=odd, limit=100)] == [name for name in expected if name > odd]
    assert [name for name, _ in records.known_in("", until=odd, limit=100)] == [name for name in expected if name < odd]


@pytest.mark.parametrize("change", [Change.ADDED, Change.REPLACED, Change.RETURNED])
def test_many_who_find_the_same_at_once_make_one_change(
    change: Change, records: PictureRecords, originals: Originals, sessions: Sessions, told: Told
) -> None:
    names = [f"many/{number}.png" for number in range(30)]
    (originals.root / "many").mkdir()
    for name in names:
        draw(originals.root / name, (4, 3))
    if change is not Change.ADDED:
        records.keep([originals.finding(name) for name in names])
    if change is Change.RETURNED:
        records.lose(names)
    if change is Change.REPLACED:
        for name in names:
            draw(originals.root / name, (5, 3))
    findings = [originals.finding(name) for name in names]
    told.events.clear()
    with ThreadPoolExecutor(6) as threads:
        answers = list(
            threads.map(records.keep, [findings, findings[::-1], findings[10:], findings[:20], findings[::2]])
        )
    assert sum(list(answer.values()).count(change) for answer in answers) == len(names)
    assert sorted(event.path for event in told.events) == sorted(names)
    assert all(len(history(sessions, name)) == {"added": 1, "replaced": 2, "returned": 3}[change] for name in names)


def test_very_long_paths_have_records(records: PictureRecords, originals: Originals, sessions: Sessions) -> None:
    folder = "/".join(["\U0001f600" * 60] * 4)
    (originals.root / folder).mkdir(parents=True)
    path = f"{folder}/{'é' * 120}.png"
    draw(originals.root / path, (4, 3))
    assert records.keep([originals.finding(path)]) == {path: Change.ADDED}
    assert path in records.known([path])
