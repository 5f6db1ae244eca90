"""The library follows its files: what is served, listed, replaced and removed, and ``qis sync``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine, func, select

from qis_core.db.engine import open_database
from qis_core.db.images import ImageHistory, ImageRecord

SECONDS = 60
QIS = [sys.executable, "-c", "from qis_core.cli import main; main()"]


def recorded(engine: Engine, status: int = 1) -> dict[str, int]:
    with engine.connect() as connection:
        query = select(ImageRecord.src, ImageRecord.width).where(ImageRecord.status == status)
        return {row.src: row.width for row in connection.execute(query)}


def test_a_picture_that_is_served_gets_its_record_and_a_new_one_counts_at_once(new_site: Callable[..., Any]) -> None:
    made = new_site({"qis.library.freshness_seconds": "0"})
    testapp, site = made.testapp, made.site
    testapp.get("/image?src=photos/wide.jpg&width=100")
    assert site.noticer.settle(SECONDS)
    assert recorded(site.engine) == {"photos/wide.jpg": 1200}
    Image.new("RGB", (60, 40)).save(made.library / "photos/wide.jpg")
    tag = testapp.get("/image?src=photos/wide.jpg&format=png").headers["ETag"]
    assert site.noticer.settle(SECONDS)
    assert recorded(site.engine) == {"photos/wide.jpg": 60}
    os.remove(made.library / "photos/wide.jpg")
    testapp.get("/image?src=photos/wide.jpg&format=png", headers={"If-None-Match": tag}, status=404)
    assert site.noticer.settle(SECONDS)
    assert recorded(site.engine) == {}


def test_the_pages_of_a_folder_make_records_of_its_pictures(new_site: Callable[..., Any]) -> None:
    made = new_site()
    made.testapp.get("/list/?path=photos")
    assert made.site.noticer.settle(SECONDS)
    assert {"photos/wide.jpg", "photos/tall.png"} <= set(recorded(made.site.engine))


def test_an_answer_from_memory_does_not_ask_the_store(new_site: Callable[..., Any]) -> None:
    made = new_site({"qis.library.freshness_seconds": "1000"})
    url = "/image?src=photos/wide.jpg&width=50"
    made.testapp.get(url)
    assert made.site.noticer.settle(SECONDS)
    os.remove(made.library / "photos/wide.jpg")
    assert made.testapp.get(url).headers["X-From-Cache"] == "True"
    assert made.site.noticer.settle(SECONDS)
    assert recorded(made.site.engine) == {"photos/wide.jpg": 1200}


class Command:
    """``qis`` in a folder of its own, with many tiny pictures."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.engine = open_database(url)
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("QIS_")}
        quick = {"QIS_PASSWORDS_MEMORY_KIB": "1024", "QIS_IMAGING_WORKERS": "1", "QIS_ADMIN_PASSWORD": "a password"}
        self.environ = {**inherited, **quick, "QIS_DATABASE_URL": url}
        library = folder / "library"
        for name in ("one", "two/three"):
            (library / name).mkdir(parents=True)
        Image.new("RGB", (8, 6)).save(library / "one/000.png")
        for number in range(1, 900):
            place = "one" if number % 2 else "two/three"
            os.link(library / "one/000.png", library / f"{place}/{number:03}.png")
        self.run("init", "--no-samples")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts the command."""
        return subprocess.Popen(
            [*QIS, *arguments],
            cwd=self.folder,
            env=self.environ,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self, *arguments: str, status: int = 0) -> str:
        """What it says until its end."""
        process = self.start(*arguments)
        said, complaints = process.communicate(timeout=300)
        assert process.returncode == status, complaints
        return said + complaints


@pytest.fixture
def command(tmp_path: Path, database_url: str) -> Iterator[Command]:
    made = Command(tmp_path / "site", database_url)
    yield made
    made.engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_a_sync_that_was_cut_off_goes_on_where_it_was(command: Command, number: int, status: int) -> None:
    process = command.start("sync")
    until = time.monotonic() + SECONDS
    while not recorded(command.engine) and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(process.pid, number)
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == status
    done = len(recorded(command.engine))
    assert 0 < done < 900
    if number == signal.SIGINT:
        assert f"{done} added" in said
    assert f"{done} unchanged, {900 - done} added." in command.run("sync")
    assert command.run("sync") == "900 pictures in 4 folders: 900 unchanged.\n"
    with command.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(ImageHistory)) == 900


@pytest.mark.slow
def test_two_syncs_at_once_make_each_record_once(command: Command) -> None:
    processes = [command.start("sync", "/") for _ in range(2)]
    for process in processes:
        process.communicate(timeout=300)
        assert process.returncode == 0
    assert len(recorded(command.engine)) == 900
    with command.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(ImageHistory)) == 900


@pytest.mark.slow
def test_what_the_command_says(command: Command) -> None:
    assert command.run("sync", "/one/", "--no-metadata") == "451 pictures in 1 folders: 451 added.\n"
    assert set(recorded(command.engine).values()) == {0}
    assert command.run("sync", "one/001.png", "--workers=2") == "1 pictures in 0 folders: 1 read.\n"
    assert "0 pictures in 0 folders: nothing to record." in command.run("sync", "never/there")
    assert "qis sync / production.ini" in command.run("sync", "production.ini", status=2)
    for entry in (command.folder / "library").iterdir():
        entry.rename(command.folder / entry.name)
    said = command.run("sync", status=1)
    assert "1 not looked at" in said
    assert "is it mounted?" in said
    assert "451 marked deleted" in command.run("sync", "--empty")
