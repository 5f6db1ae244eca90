"""Kills processes in the middle of changes of files: run as a script, it tells what it found as JSON lines.

For each change, a process does it and is killed before its first, second, third … step: a step is
whatever changes the disk or the database (Python tells of each system call that renames, links, makes
or removes; SQLAlchemy of each commit, which is stopped before and after). None is named here. Then
another process recovers, and looks whether everything is as it was before, or everything is done.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import hashlib
import itertools
import json
import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session, configure_mappers

from qis_core.api import Limits
from qis_core.db.engine import for_reading, make_sessions, open_database
from qis_core.db.file_changes import FileChange, TrashEntry
from qis_core.db.folders import FolderPermission, FolderRecord
from qis_core.db.images import ImageHistory, ImageRecord
from qis_core.plugins import load
from qis_core.services.access import AccessService, read_table
from qis_core.services.actors import OPERATOR
from qis_core.services.describing import Describer, Recordable
from qis_core.services.files import moving
from qis_core.services.files.assembly import open_trash
from qis_core.services.files.changes import Parts, Who
from qis_core.services.files.files import Files
from qis_core.services.files.journal import Journal, Owner
from qis_core.services.files.runner import Runner
from qis_core.services.files.storing import Storing
from qis_core.services.files.trees import MANIFEST
from qis_core.services.permissions import Permissions
from qis_core.services.pictures import Finding, PictureRecords
from qis_core.services.platform import open_library
from qis_core.services.startup import database_url, prepare
from qis_core.testing.postgres import Postgres

STEPS = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir"}
EMPTY = hashlib.sha256().hexdigest()


class Site:
    """What changes files, without a render worker."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder = folder
        raw = {
            "qis.library.url": (folder / "library").as_uri(),
            "qis.library.mounts": f"other={(folder / 'other').as_uri()}",
            "qis.server.data": str(folder / "data"),
            "qis.passwords.memory_kib": "1024",
            "qis.passwords.rounds": "1",
        }
        if url:
            raw["qis.database.url"] = url
        self.kernel = load(raw, environ={}, here=folder)

    def open(self) -> Site:
        """In the process that works with it."""
        library = open_library(self.kernel)
        self.engine = open_database(database_url(self.kernel))
        self.reading, self.writing = for_reading(self.engine), make_sessions(self.engine)
        self.pictures = PictureRecords(reading=self.reading, writing=self.writing, manager=self.kernel.manager)
        recordable = Recordable(self.kernel.registries.decoders.unique)
        describer = Describer(library=library, describe=None, limits=Limits())  # type: ignore[arg-type]
        # Nobody reads a picture here: what is known of it is only that it is there.
        describer.of = lambda entry: Finding(entry=entry)  # type: ignore[method-assign]
        parts = Parts(
            library=library,
            trash=open_trash(self.kernel, library),
            describer=describer,
            manager=self.kernel.manager,
        )
        journal = Journal(self.writing, Owner(self.folder / "data/changes"))
        self.runner = Runner(parts=parts, journal=journal, sessions=self.writing, beat_seconds=3600)
        self.files = Files(
            runner=self.runner, library=library, access=AccessService(table=None, decide=None),  # type: ignore[arg-type]
            checker=None, recordable=recordable, sessions=self.reading, trash_days=30,  # type: ignore[arg-type]
        )  # fmt: skip
        return self

    def number(self, path: str) -> int:
        """The number of a picture or folder."""
        with self.reading() as session:
            image = select(ImageRecord.id).where(ImageRecord.src == path)
            folder = select(FolderRecord.id).where(FolderRecord.name == "/" + path)
            found = session.scalar(image) or session.scalar(folder)
            assert found is not None, path
            return found

    def store(self, path: str, content: bytes, before: str = "") -> None:
        """Stores a file as an upload does when it was checked."""
        with tempfile.TemporaryFile() as body:
            body.write(content)
            digest = hashlib.sha256(content).hexdigest()
            place = "replaced" if before else ""
            self.runner.run(
                Storing(
                    who=Who(), path=path, digest=digest, body=body, replaces=bool(before), before=before, place=place
                )
            )

    def state(self) -> dict[str, Any]:
        """Everything that a change may change, but for numbers and moments."""
        with self.reading() as session:
            images = session.scalars(select(ImageRecord)).all()
            history = session.scalars(select(ImageHistory).order_by(ImageHistory.id)).all()
            folders = {record.id: record for record in session.scalars(select(FolderRecord))}
            table = read_table(session, "")
            return {
                "files": _files(self.folder / "library"),
                "other": _files(self.folder / "other"),
                "trash": sorted(_files(self.folder / "data/trash").values()),
                "images": sorted(
                    [image.src, image.status, folders[image.folder_id].name, image.title,
                     [[entry.action, entry.action_info] for entry in history if entry.image_id == image.id]]
                    for image in images
                ),
                "folders": sorted([record.name, record.status] for record in folders.values()),
                "rules": {path: {str(k): int(v) for k, v in rules.items()} for path, rules in table.rules.items()},
                "permissions": len(session.scalars(select(FolderPermission)).all()),
                "in trash": sorted(entry.path for entry in session.scalars(select(TrashEntry))),
                "journal": len(session.scalars(select(FileChange)).all()),
            }  # fmt: skip


def _files(root: Path) -> dict[str, str]:
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        found[name] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        if path.name == MANIFEST:
            found[name] = "manifest"
    return found


def make(folder: Path, url: str = "") -> None:
    """A library over two stores, with records, permissions, something in the trash, and files without a record."""
    for name, content in {"a/one.jpg": b"one", "a/deep/two.jpg": b"two", "a/deep/note.txt": b"note", "b/x.jpg": b"x",
                          "c/gone.jpg": b"gone"}.items():  # fmt: skip
        place = folder / "library" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    (folder / "other").mkdir()
    site = Site(folder, url)
    prepare(site.kernel, environ={"QIS_ADMIN_PASSWORD": "secretsecret"}, samples=False)
    site.open()
    library = site.runner.parts.library
    site.pictures.keep(
        [Finding(entry=library.stat_now(path)) for path in ("a/one.jpg", "a/deep/two.jpg", "b/x.jpg", "c/gone.jpg")]
    )
    with site.writing.begin() as session:
        Permissions(session, OPERATOR).set("a/deep", 2, 0)
    site.files.delete_image(OPERATOR, site.number("c/gone.jpg"))
    site.runner.close()
    site.engine.dispose()


CHANGES: dict[str, Callable[[Site], object]] = {
    "store": lambda site: site.store("a/new.jpg", b"new"),
    "replace": lambda site: site.store("b/x.jpg", b"y", site.runner.parts.library.stat_now("b/x.jpg").version),
    "make folder": lambda site: site.files.make_folder(OPERATOR, "/d/e/f"),
    "rename image": lambda site: site.files.move_image(OPERATOR, site.number("a/one.jpg"), "/b/three.jpg"),
    "move image to another store": lambda site: site.files.move_image(OPERATOR, site.number("b/x.jpg"), "/other/x.jpg"),
    "delete image": lambda site: site.files.delete_image(OPERATOR, site.number("b/x.jpg")),
    "move folder": lambda site: site.files.move_folder(OPERATOR, site.number("a"), "/b/a"),
    "move folder to another store": lambda site: site.files.move_folder(OPERATOR, site.number("a"), "/other/a"),
    "delete folder": lambda site: site.files.delete_folder(OPERATOR, site.number("a")),
    "restore": lambda site: site.files.restore(OPERATOR, 1),
    "purge": lambda site: site.files.purge(OPERATOR, 1),
}


def in_a_process(work: Callable[[], Any]) -> tuple[int, Any]:
    """The status of a process of its own, and what ``work`` gave there."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        status = 1
        try:
            answer = work()
            with os.fdopen(writing, "w") as pipe:
                json.dump(answer, pipe)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    return os.waitpid(child, 0)[1], json.loads(text) if text else None


def killed_at(number: int, site: Site, change: Callable[[Site], object]) -> list[str]:
    """Does a change until its step of that number, counted from 0; all its steps where it has fewer."""
    site.open()
    # Other nodes have nothing to hear here.
    moving.HEARD_SECONDS = 0.0
    steps: list[str] = []

    def reached(step: str) -> None:
        if len(steps) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        steps.append(step)

    inside = str(site.folder)

    def audit(name: str, arguments: tuple[Any, ...]) -> None:
        if name in STEPS and not any(str(argument).startswith(inside + "/data/qis.db") for argument in arguments):
            reached(name)

    event.listen(site.engine, "commit", lambda _connection: reached("before a commit"))
    sys.addaudithook(audit)
    event.listen(Session, "after_commit", lambda _session: reached("after a commit"))
    change(site)
    return steps


def recovered(site: Site) -> dict[str, Any]:
    """What is there after a restart."""
    site.open()
    site.runner.recover()
    # What could not be told from the work of a living process is found by looking twice.
    site.runner.look()
    return site.state()


@contextlib.contextmanager
def database(postgres: str, template: Path) -> Iterator[Callable[[], str]]:
    """Gives a fresh copy of the template's database at each call: '' is the file that was copied with the data."""
    if not postgres:
        yield lambda: ""
        return
    server = Postgres(Path(postgres))
    server._run("CREATE DATABASE crash_template")
    in_a_process(lambda: make(template, server.url("crash_template")))

    def copy() -> str:
        server._run("DROP DATABASE IF EXISTS crash_try WITH (FORCE)")
        server._run("CREATE DATABASE crash_try TEMPLATE crash_template")
        return server.url("crash_try")

    try:
        yield copy
    finally:
        for name in ("crash_try", "crash_template"):
            server._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def main(postgres: str, names: list[str]) -> None:
    """Tries the changes of these names, all where there are none; with PostgreSQL where its folder is told."""
    memory = Path("/dev/shm")
    # Done once, not in each of some hundred processes.
    configure_mappers()
    gc.freeze()
    gc.disable()
    with tempfile.TemporaryDirectory(prefix="qis-crash-", dir=memory if memory.is_dir() else None) as name:
        template, folder = Path(name) / "template", Path(name) / "try"
        template.mkdir()
        with database(postgres, template) as fresh:
            if not postgres:
                in_a_process(lambda: make(template))
            # Settings and journal have absolute paths: each try is made at the same place.
            shutil.copytree(template, folder)
            site = Site(folder, fresh())
            _, before = in_a_process(lambda: site.open().state())
            for change in names or CHANGES:
                for number in itertools.count():
                    shutil.rmtree(folder)
                    shutil.copytree(template, folder)
                    fresh()
                    status, steps = in_a_process(functools.partial(killed_at, number, site, CHANGES[change]))
                    _, after = in_a_process(lambda: recovered(site))
                    told = {"change": change, "killed": status == signal.SIGKILL, "steps": steps, "status": status}
                    print(json.dumps({**told, "before": before, "after": after}), flush=True)
                    if status != signal.SIGKILL:
                        break


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
