"""Syncing a tree: the records are as the files are, however often and wherever it was cut off."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

from qis_core.db.engine import Sessions
from qis_core.db.folders import FolderRecord
from qis_core.db.images import ImageHistory, ImageRecord
from qis_core.plugins import Kernel
from qis_core.services import syncing
from qis_core.services.pictures import PictureRecords
from qis_core.services.syncing import Stopped, Sync, SyncOptions, SyncProgress, SyncReport
from qis_core.testing.originals import Originals, Told

Run = Callable[..., SyncReport]
ALL = {"photos/wide.jpg": 1200, "photos/tall.png": 300, "art/poster.tif": 640}


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def originals(library: Path, kernel: Kernel) -> Originals:
    return Originals(library, kernel)


@pytest.fixture
def sync(originals: Originals, sessions: Sessions, told: Told) -> Callable[..., Sync]:
    def make(progress: Callable[[SyncProgress], None] = lambda progress: None, **options: bool) -> Sync:
        return Sync(
            library=originals.library,
            records=PictureRecords(reading=sessions, writing=sessions, manager=told.manager),
            describer=originals.describer,
            recordable=originals.recordable,
            workers=2,
            options=SyncOptions(**options),
            progress=progress,
        )

    return make


@pytest.fixture
def run(sync: Callable[..., Sync]) -> Run:
    return lambda path="", **options: sync(**options).run(path)


def active(sessions: Sessions) -> dict[str, int]:
    with sessions() as session:
        query = select(ImageRecord.src, ImageRecord.width).where(ImageRecord.status == 1)
        return {row.src: row.width for row in session.execute(query)}


def folders(sessions: Sessions) -> list[str]:
    with sessions() as session:
        return sorted(session.scalars(select(FolderRecord.name).where(FolderRecord.status == 1)))


def counted(report: SyncReport) -> dict[str, int]:
    names = ("unchanged", "added", "replaced", "returned", "described", "deleted", "unreadable", "unnamed", "failed")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


def draw(path: Path, size: tuple[int, int] = (8, 6)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size).save(path)


def test_everything_gets_its_record(run: Run, sessions: Sessions) -> None:
    report = run()
    assert (report.pictures, report.folders, counted(report)) == (3, 4, {"added": 3})
    assert active(sessions) == ALL
    assert folders(sessions) == ["/", "/art", "/notes", "/photos"]


def test_a_second_run_finds_nothing_to_do(run: Run, told: Told) -> None:
    run()
    told.events.clear()
    assert counted(run()) == {"unchanged": 3}
    assert told.events == []


def test_files_that_came_changed_and_went(run: Run, originals: Originals, sessions: Sessions) -> None:
    run()
    draw(originals.root / "new/deep/a.png")
    draw(originals.root / "photos/wide.jpg", (40, 30))
    (originals.root / "photos/tall.png").unlink()
    shutil.rmtree(originals.root / "art")
    assert counted(run()) == {"added": 1, "replaced": 1, "deleted": 2}
    assert active(sessions) == {"new/deep/a.png": 8, "photos/wide.jpg": 40}
    assert folders(sessions) == ["/", "/new", "/new/deep", "/notes", "/photos"]
    draw(originals.root / "art/poster.tif", (9, 9))
    assert counted(run()) == {"returned": 1, "unchanged": 2}


def test_one_folder_or_one_picture(run: Run, originals: Originals, sessions: Sessions) -> None:
    assert counted(run("photos")) == {"added": 2}
    assert counted(run("art/poster.tif")) == {"added": 1}
    assert active(sessions) == ALL
    shutil.rmtree(originals.root / "photos")
    (originals.root / "art/poster.tif").unlink()
    assert counted(run("photos")) == {"deleted": 2}
    assert counted(run("art/poster.tif")) == {"deleted": 1}
    assert counted(run("never/there")) == {}


def test_metadata_can_wait(run: Run, sessions: Sessions) -> None:
    assert counted(run(metadata=False)) == {"added": 3}
    assert set(active(sessions).values()) == {0}
    assert counted(run(metadata=False)) == {"unchanged": 3}
    assert counted(run()) == {"described": 3}
    assert active(sessions) == ALL
    assert counted(run(again=True)) == {"described": 3}


def test_what_is_no_picture_is_told(run: Run, originals: Originals, sessions: Sessions) -> None:
    (originals.root / "art/broken.jpg").write_bytes(b"\xff\xd8\xff")
    assert counted(run()) == {"added": 4, "unreadable": 1}
    assert counted(run()) == {"unchanged": 4}


def test_names_that_are_no_text_are_told(run: Run, originals: Originals, sessions: Sessions) -> None:
    for name in (b"bad\xff.jpg", b"bad\xff"):
        os.mkdir(os.fsencode(originals.root / "art") + b"/" + name)
    shutil.copy(originals.root / "photos/wide.jpg", os.fsencode(originals.root) + b"/wide\xff.jpg")
    report = run()
    assert counted(report) == {"added": 3, "unnamed": 3}
    assert any("no text" in problem for problem in report.problems)
    assert counted(run()) == {"unchanged": 3, "unnamed": 3}


def test_folders_of_many_names_are_compared_page_by_page(
    run: Run, originals: Originals, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "PAGE", 7)
    monkeypatch.setattr(syncing, "BATCH", 5)
    draw(originals.root / "many/000.png")
    for number in range(1, 60):
        os.link(originals.root / "many/000.png", originals.root / f"many/{number:03}.png")
    assert counted(run()) == {"added": 63}
    assert counted(run()) == {"unchanged": 63}
    gone = [*range(3, 40), 58, 59]
    for number in gone:
        (originals.root / f"many/{number:03}.png").unlink()
    draw(originals.root / "many/0005.png")
    assert counted(run()) == {"unchanged": 63 - len(gone), "deleted": len(gone), "added": 1}
    assert sum(path.startswith("many/") for path in active(sessions)) == 61 - len(gone)


def test_an_interruption_loses_nothing_of_what_was_done(
    sync: Callable[..., Sync], run: Run, originals: Originals, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "BATCH", 3)
    for number in range(20):
        draw(originals.root / f"many/{number:02}.png")

    def interrupt(progress: SyncProgress) -> None:
        if progress.done >= 6:
            work.stop()

    work = sync(progress=interrupt)
    with pytest.raises(Stopped):
        work.run()
    done = len(active(sessions))
    assert 6 <= done < 23
    assert work.report.added == done
    assert counted(run()) == {"unchanged": done, "added": 23 - done}
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(ImageHistory)) == 23


class TestSeveralStores:
    """Stores at folders of one library."""

    @pytest.fixture
    def originals(self, library: Path, tmp_path: Path, kernel: Kernel) -> Originals:
        for name in ("old", "team"):
            draw(tmp_path / name / "in/a.png")
        return Originals(library, kernel, {"archive/old": tmp_path / "old", "team": tmp_path / "team"})

    def test_they_are_one_tree(self, run: Run, sessions: Sessions) -> None:
        assert counted(run()) == {"added": 5}
        assert set(active(sessions)) == {*ALL, "archive/old/in/a.png", "team/in/a.png"}
        assert folders(sessions)[1:4] == ["/archive", "/archive/old", "/archive/old/in"]
        assert counted(run()) == {"unchanged": 5}

    @pytest.mark.parametrize("way", ["empty", "away"])
    def test_a_store_that_is_not_mounted_keeps_its_records(
        self, way: str, run: Run, sessions: Sessions, tmp_path: Path
    ) -> None:
        run()
        shutil.move(tmp_path / "team", tmp_path / "unmounted")
        if way == "empty":
            (tmp_path / "team").mkdir()
        report = run()
        assert counted(report) == {"unchanged": 4, "failed": 1}
        assert "team" in report.problems[0]
        assert len(active(sessions)) == 5
        if way == "empty":
            assert counted(run(believe_empty=True)) == {"unchanged": 4, "deleted": 1}

    def test_the_root_may_hold_nothing_of_its_own(self, run: Run, sessions: Sessions, originals: Originals) -> None:
        run()
        for name in ("photos", "art", "notes"):
            shutil.rmtree(originals.root / name)
        assert counted(run()) == {"failed": 1}
        assert counted(run(believe_empty=True)) == {"unchanged": 2, "deleted": 3}
        assert counted(run()) == {"unchanged": 2}


def test_render_workers_that_are_away_leave_it_for_the_next_time(
    originals: Originals, run: Run, sessions: Sessions
) -> None:
    originals.away = True
    assert counted(run()) == {"failed": 3}
    assert active(sessions) == {}
    originals.away = False
    assert counted(run()) == {"added": 3}
