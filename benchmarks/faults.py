"""Faults under load: pictures are asked for all the time while one part of a site after the other is killed.

    python benchmarks/faults.py

A node of two processes with PostgreSQL and two memcacheds, and a second one whose cache disk is full. Each answer is
looked at: known pictures must have the bytes they had, new ones the right size. What may fail is what a killed
process was just doing: connections cut within a second of its end, and a rendering whose renderer was killed (503).
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from lab import Server, server

from qis_core.testing.memcached import Memcached
from qis_core.testing.pictures import photo
from qis_core.testing.postgres import Postgres, running_postgres
from qis_core.testing.processes import is_render_process
from qis_core.testing.steady import WRONG, Outcome, Steady

Event = tuple[float, str, Callable[[], object]]
A_SECOND = 45
FULL_DISK_A_SECOND = 5
SECONDS = 120.0
MOMENT = 1.0
"""Seconds around the end of a process in which what it was doing may fail."""


def main() -> int:
    """Prints what was wrong, by fault; 1 where anything was that may not be."""
    with contextlib.ExitStack() as running, tempfile.TemporaryDirectory(prefix="qis-faults-") as name:
        library = make_library(Path(name))
        database = running.enter_context(running_postgres())
        caches = [Memcached() for _ in range(2)]
        for cache in caches:
            running.callback(cache.kill)
        addresses = ",".join(cache.address for cache in caches)
        node = running.enter_context(
            server(library, QIS_SERVER_WORKERS="2", QIS_DATABASE_URL=database.make_database(),
                   QIS_CACHE_URL=f"memcached://{addresses}/faults")
        )  # fmt: skip
        streams = {"the node": steady(node, A_SECOND)}
        disk = running.enter_context(small_disk())
        if disk is not None:
            full = running.enter_context(server(library, QIS_CACHE_URL=f"disk:{disk}", QIS_SERVER_WORKERS="1"))
            streams["the node with a full disk"] = steady(full, FULL_DISK_A_SECOND)
        for stream in streams.values():
            stream.learn()
        if disk is not None:
            fill(disk)
        with contextlib.ExitStack() as asking:
            for stream in streams.values():
                asking.enter_context(stream.asking())
            faults = go_through(timeline(node, database, caches))
    return max([tell(name, stream, faults) for name, stream in streams.items()])


def make_library(folder: Path) -> Path:
    """Four photographs of three megapixels."""
    library = folder / "library"
    library.mkdir()
    picture = photo((2000, 1500))
    for number in range(4):
        picture.rotate(90 * number, expand=True).save(library / f"photo{number}.jpg", quality=85)
    return library


def steady(node: Server, a_second: float) -> Steady:
    """Thirty known pictures, and new ones."""
    return Steady(
        f"http://127.0.0.1:{node.port}",
        [f"/image?src=photo{n % 4}.jpg&width={200 + 10 * n}" for n in range(30)],
        lambda number: (f"/image?src=photo{number % 4}.jpg&width={301 + number}", 301 + number),
        a_second,
    )


@contextlib.contextmanager
def small_disk() -> Iterator[Path | None]:
    """A file system of 4 MB in memory, for root; None for everybody else."""
    with tempfile.TemporaryDirectory(prefix="qis-small-disk-") as folder:
        mounted = os.geteuid() == 0 and not subprocess.call(
            ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], stderr=subprocess.DEVNULL
        )
        if not mounted:
            print("left out: a full cache disk needs root and a tmpfs")
        try:
            yield Path(folder) if mounted else None
        finally:
            if mounted:
                subprocess.call(["umount", "-l", folder])


def fill(disk: Path) -> None:
    """Fills the file system to the last byte."""
    with contextlib.suppress(OSError), (disk / "filling").open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


def timeline(
    node: Server, database: Postgres, caches: list[Memcached]
) -> list[tuple[float, str, Callable[[], object]]]:
    """What happens after how many seconds."""
    return [
        (8, "kill -9 of a web process", lambda: web(node).kill()),
        (20, "kill -9 of a render worker", lambda: renderer(node).kill()),
        (26, "kill -9 of a nursery of render workers", lambda: nursery(node).kill()),
        (31, "kill -9 of the zygote of render workers", lambda: zygote(node).kill()),
        (36, "kill -9 of a memcached", caches[0].kill),
        (48, "the memcached is back", caches[0].start),
        (56, "kill -9 of PostgreSQL", database.end),
        (86, "PostgreSQL is back", database.start),
        (94, "a memcached answers nothing", caches[1].pause),
        (108, "it answers again", caches[1].resume),
        (SECONDS, "end", lambda: None),
    ]


def go_through(events: list[Event]) -> list[tuple[float, str]]:
    """Does it all; when each began."""
    began, done = time.monotonic(), [(time.monotonic(), "nothing")]
    for after, name, do in events:
        time.sleep(max(0.0, began + after - time.monotonic()))
        done.append((time.monotonic(), name))
        do()
    return done


def web(node: Server) -> psutil.Process:
    """A server process."""
    return next(each for each in node.process.children() if not is_render_process(each))


def zygote(node: Server) -> psutil.Process:
    """The process that nurseries are forked from."""
    return next(each for each in node.process.children() if is_render_process(each))


def nursery(node: Server) -> psutil.Process:
    """A process that render workers are forked from."""
    return zygote(node).children()[0]


def renderer(node: Server) -> psutil.Process:
    """A render worker."""
    return next(worker for each in zygote(node).children() for worker in each.children())


def tell(name: str, stream: Steady, faults: list[tuple[float, str]]) -> int:
    """Prints a line for each fault; 1 where something failed that may not."""
    bad = 0
    print(f"\n{name}: {len(stream.outcomes)} requests")
    told = Counter(each.said for each in stream.outcomes if each.said)
    for (began, fault), (ended, _) in zip(faults, [*faults[1:], (float("inf"), "")], strict=True):
        found = [each for each in stream.outcomes if began <= each.answered < ended]
        problems = Counter(each.problem for each in found if each.problem)
        forbidden = [each for each in found if each.problem and not may_fail(each, fault, began)]
        slowest = max((each.answered - each.sent for each in found), default=0.0)
        print(f"  {fault}: {len(found)} answers, slowest {1000 * slowest:.0f} ms; {dict(problems) or 'all right'}"
              + (f"; NOT ALLOWED: {len(forbidden)}" if forbidden else ""))  # fmt: skip
        bad += len(forbidden)
    for said, count in told.most_common(5):
        print(f"  told {count} times: {said}")
    return int(bad > 0)


def may_fail(outcome: Outcome, fault: str, at: float) -> bool:
    """Whether it was in the hands of a process that was killed."""
    return outcome.problem != WRONG and fault.startswith("kill -9 of a ") and (
        ("web" in fault and not outcome.problem.isdigit()) or ("render" in fault and outcome.problem == "503")
    ) and outcome.sent <= at + MOMENT  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
