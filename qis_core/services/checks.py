"""Is this server fit to run? One check after another, each with what to do about it."""

from __future__ import annotations

import enum
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, cast

from PIL import Image
from sqlalchemy.exc import SQLAlchemyError

from qis_core.api import Output, QisError, Recipe
from qis_core.db import schema
from qis_core.db.engine import for_reading, make_sessions, open_database
from qis_core.db.tasks import TaskStatus
from qis_core.db.times import now
from qis_core.imaging.orders import RenderOrder
from qis_core.plugins import Kernel
from qis_core.services.platform import open_cache, open_library, open_pool, open_profiles
from qis_core.services.startup import database_url
from qis_core.services.tasks.queue import Queue
from qis_core.settings import CacheSettings, ImagingSettings, PluginsSettings, ServerSettings, TasksSettings

SPARE_BYTES = 1024**3
"""Free space on the disk of the data folder below which there is a warning."""


LONG_WAIT = timedelta(minutes=1)
"""How long a task waits, while none runs, until there is a warning."""


class Outcome(enum.StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found; ``advice`` says what to do, '' where there is nothing."""

    check: str
    outcome: Outcome
    text: str
    advice: str = ""


def examine(kernel: Kernel) -> Iterator[Finding]:
    """Runs every check; none changes anything, and one that fails does not keep the next from running."""
    checks: dict[str, Callable[[Kernel], Iterator[Finding]]] = {
        "python": _python,
        "plugins": _plugins,
        "data folder": _data,
        "disk space": _space,
        "database": _database,
        "tasks": _tasks,
        "library": _library,
        "cache": _cache,
        "profiles": _profiles,
        "render worker": _worker,
    }
    for name, check in checks.items():
        try:
            yield from check(kernel)
        except QisError as error:
            yield Finding(check=name, outcome=Outcome.FAIL, text=error.message)
        except (OSError, SQLAlchemyError) as error:
            yield Finding(check=name, outcome=Outcome.FAIL, text=f"{type(error).__name__}: {_line(error)}")


def _python(kernel: Kernel) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.platform.startswith("linux"):
        yield _ok("python", f"Python {version} on Linux")
    else:
        yield _warn(
            "python", f"Python {version} on {sys.platform}: render workers are not locked in", "serve from Linux"
        )


def _plugins(kernel: Kernel) -> Iterator[Finding]:
    settings = kernel.settings.of(PluginsSettings)
    for record in kernel.records:
        if record.is_broken:
            outcome = Outcome.FAIL if settings.strict else Outcome.WARN
            yield Finding(
                check="plugins",
                outcome=outcome,
                text=f"{record.name} ({record.origin}) is {record.state}: {record.reason}",
                advice=f"install what is missing, update {record.distribution}, or block it by qis.plugins.blocked",
            )
    for name in set(settings.blocked) - {record.name for record in kernel.records}:
        yield _warn(
            "plugins", f"{name} is blocked, and there is no such plugin", "look for a slip in qis.plugins.blocked"
        )
    working = sum(not record.is_broken and not record.reason for record in kernel.records)
    slowest = max(kernel.records, key=lambda record: record.seconds, default=None)
    tail = f"; the slowest, {slowest.name}, takes {slowest.seconds * 1000:.0f} ms at start" if slowest else ""
    yield _ok("plugins", f"{working} of {len(kernel.records)} loaded{tail}")


def _data(kernel: Kernel) -> Iterator[Finding]:
    folder = kernel.settings.of(ServerSettings).data
    if not folder.exists():
        yield _warn("data folder", f"{folder} is not there yet", "run qis init, or start the server")
        return
    with tempfile.TemporaryFile(dir=folder):
        yield _ok("data folder", f"{folder} can be written")


def _space(kernel: Kernel) -> Iterator[Finding]:
    folder = kernel.settings.of(ServerSettings).data
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    text = f"{free / 1024**3:.1f} GiB free for {folder}"
    yield _ok("disk space", text) if free >= SPARE_BYTES else _warn("disk space", text, "make room")


def _database(kernel: Kernel) -> Iterator[Finding]:
    url = database_url(kernel)
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not file.exists():
        yield _warn("database", f"{file} is not there yet", "run qis init, or start the server")
        return
    engine = open_database(url)
    try:
        with engine.connect() as connection:
            schema.check(connection)
        yield _ok("database", f"{engine.dialect.name}, its schema is this version's")
    finally:
        engine.dispose()


def _tasks(kernel: Kernel) -> Iterator[Finding]:
    url, workers = database_url(kernel), kernel.settings.of(TasksSettings).workers
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return
    engine = open_database(url)
    try:
        queue = Queue(reading=for_reading(engine), writing=make_sessions(engine))
        counts, oldest = queue.counts(), queue.oldest_waiting()
    finally:
        engine.dispose()
    text = (
        f"{counts[TaskStatus.NEW]} wait, {counts[TaskStatus.RUNNING]} run; each server process runs {workers} at once"
    )
    if oldest is not None and now() - oldest > LONG_WAIT and not counts[TaskStatus.RUNNING]:
        advice = "start the server, or qis tasks work" if workers else "run qis tasks work somewhere"
        yield _warn(
            "tasks", f"{text}; nobody has taken the oldest for {(now() - oldest).seconds // 60} minutes", advice
        )
    else:
        yield _ok("tasks", text)


def _library(kernel: Kernel) -> Iterator[Finding]:
    library = open_library(kernel)
    roots = library.roots()
    for folder in sorted(library.folders):
        check, root = f"library /{folder}" if folder else "library", roots.get(folder, "the store")
        try:
            entries = library.list(folder, limit=1).entries
        except QisError as error:
            yield Finding(check=check, outcome=Outcome.FAIL, text=f"{root}: {error.message}")
            continue
        if entries:
            yield _ok(check, f"{root} can be read, and overlaps no folder of the server")
        else:
            setting = "qis.library.mounts" if folder else "qis.library.url"
            yield _warn(check, f"{root} is empty", f"put pictures there, or set {setting} to where they are")


def _cache(kernel: Kernel) -> Iterator[Finding]:
    if not kernel.settings.of(CacheSettings).url and not kernel.settings.of(ServerSettings).data.exists():
        yield _ok("cache", "a folder of the data folder, made with it")
        return
    cache = open_cache(kernel)
    try:
        status = cache.status()
    finally:
        cache.close()
    if status.healthy:
        used, limit = (f"{count / 1024**2:.0f} MiB" for count in (status.used_bytes, status.limit_bytes))
        yield _ok("cache", f"{status.entries} renderings, {used} of {limit}")
    else:
        yield _warn("cache", "the shared cache does not answer; every rendering is made afresh", "see qis.cache.url")


def _profiles(kernel: Kernel) -> Iterator[Finding]:
    imaging = kernel.settings.of(ImagingSettings)
    for folder in imaging.icc_folders:
        if not folder.is_dir():
            yield _warn("profiles", f"there is no folder {folder}", "correct qis.imaging.icc_folders")
    profiles = open_profiles(kernel)
    names = [profile.name for profile in profiles.all()]
    if imaging.default_cmyk and imaging.default_cmyk.lower() not in (name.lower() for name in names):
        yield Finding(
            check="profiles",
            outcome=Outcome.FAIL,
            text=f"qis.imaging.default_cmyk is {imaging.default_cmyk!r}; the installed profiles are {', '.join(names)}",
            advice="install it into a folder of qis.imaging.icc_folders, or correct the name",
        )
    else:
        yield _ok("profiles", ", ".join(names))


def _worker(kernel: Kernel) -> Iterator[Finding]:
    order = RenderOrder(
        recipe=Recipe(source="check.png", output=Output(format="png")),
        source_name="check.png",
        limits=kernel.settings.of(ImagingSettings).limits,
    )
    pool = open_pool(kernel, open_library(kernel))
    try:
        with _drawn_file() as source:
            made = pool.render(order, [source])
    finally:
        pool.close()
    milliseconds = sum(made.timings.values()) * 1000
    yield _ok("render worker", f"made a picture of {made.size} in {milliseconds:.0f} ms")


def _drawn_file() -> BinaryIO:
    """A tiny picture as an open file, which the caller closes."""
    # A worker is kept from reading files outside the library; one that lies in no folder it may read.
    in_memory = hasattr(os, "memfd_create")
    file = os.fdopen(os.memfd_create("check"), "w+b") if in_memory else tempfile.NamedTemporaryFile()  # noqa: SIM115
    Image.new("RGB", (8, 8), "teal").save(file, "PNG")
    file.seek(0)
    return cast(BinaryIO, file)


def _ok(check: str, text: str) -> Finding:
    return Finding(check=check, outcome=Outcome.OK, text=text)


def _warn(check: str, text: str, advice: str) -> Finding:
    return Finding(check=check, outcome=Outcome.WARN, text=text, advice=advice)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
