"""Work that takes long, comes in crowds, or loses its workers and its cache in the middle."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from PIL import Image

from qis_core.testing.app_fixtures import Server, serving
from qis_core.testing.pictures import photo
from qis_core.testing.processes import render_processes
from qis_core.testing.raw_http import Answer, ask, target
from qis_core.testing.waiting import until
from qis_core.testing.watch import on_this_machine

Get = Callable[..., Answer]

SMALL = target("/image", src="photos/wide.jpg", width=33)
QUICK_SECONDS = 1.0
WIDTHS = itertools.count(100)
"""Below the width of the picture that is asked for."""
ABOVE = itertools.count(700)
"""Widths of the slow picture that were never asked for."""


@pytest.fixture(scope="module")
def slow(fort: Server) -> str:
    """A progressive JPEG of 60 megapixels, which has to be decoded whole for any rendering."""
    picture = photo((1000, 750)).resize((9000, 6750), Image.Resampling.BILINEAR)
    picture.save(fort.library / "photos/slow.jpg", progressive=True, quality=85)
    return "photos/slow.jpg"


def rendered(get: Get) -> int:
    """How many renderings the server has made so far."""
    found = re.search(r'qis_images_total\{origin="rendered"\} ([0-9.e+]+)', get("/metrics").text)
    return int(float(found[1])) if found else 0


def crowd(url: str, targets: list[str]) -> list[Future[Answer]]:
    """All of them asked at the same moment."""
    together = threading.Barrier(len(targets))

    def go(wanted: str) -> Answer:
        together.wait()
        return ask(url, wanted, seconds=50)

    with ThreadPoolExecutor(len(targets)) as many:
        return [many.submit(go, wanted) for wanted in targets]


def test_a_hundred_clients_of_one_new_rendering_have_it_made_once(fort: Server, get: Get, slow: str) -> None:
    assert get(SMALL).status == 200
    before = rendered(get)
    wanted = target("/image", src=slow, width=next(ABOVE))
    answers = [answer.result() for answer in crowd(fort.url, [wanted] * 100)]
    assert Counter(answer.status for answer in answers) == {200: 100}
    assert len({answer.body for answer in answers}) == 1
    assert rendered(get) == before + 1


def test_those_who_come_meanwhile_wait_before_anything_is_done_for_them(fort: Server, get: Get) -> None:
    answers = [answer.result() for answer in crowd(fort.url, [target("/image", src="photos/wide.jpg", width=333)] * 40)]
    assert Counter(answer.status for answer in answers) == {200: 40}
    # Hits tell where they are from and no more; who went the whole way tells its time as well.
    timings = Counter(answer.headers["server-timing"] == "memory" for answer in answers)
    assert timings == {True: 39, False: 1}


def test_a_crowd_for_what_cannot_be_rendered_is_told_so_one_and_all(fort: Server) -> None:
    (fort.library / "photos/broken.jpg").write_bytes(b"\xff\xd8\xff\xe0junk" * 100)
    answers = [answer.result() for answer in crowd(fort.url, [target("/image", src="photos/broken.jpg")] * 40)]
    assert Counter((answer.status, answer.text) for answer in answers) == {(415, answers[0].text): 40}


@pytest.mark.slow
def test_a_crowd_of_different_renderings_does_not_delay_what_is_known(fort: Server, get: Get, slow: str) -> None:
    assert get(SMALL).status == 200
    targets = [target("/image", src=slow, width=800, left=n / 1000, format="png") for n in range(1, 13)]
    with ThreadPoolExecutor(1) as one:
        waiting = one.submit(crowd, fort.url, targets)
        while not waiting.done():
            began = time.monotonic()
            assert get(SMALL).status == 200
            assert time.monotonic() - began < on_this_machine(QUICK_SECONDS)
            time.sleep(0.05)
        statuses = Counter(answer.result().status for answer in waiting.result())
    assert set(statuses) <= {200, 503}
    assert statuses[200] >= 1


@pytest.fixture(scope="module")
def impatient(fort: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Another server with little patience and a short queue, over the library of the first."""
    settings = {
        "qis.library.url": fort.library.as_uri(),
        "qis.imaging.workers": "1",
        "qis.imaging.max_seconds": "0.3",
        "qis.imaging.queue_length": "2",
        "qis.imaging.wait_seconds": "2",
    }
    with serving(tmp_path_factory.mktemp("impatient"), settings, log="log") as server:
        yield server


def test_a_rendering_that_takes_too_long_is_ended_and_said_to_be(impatient: Server, slow: str) -> None:
    until(lambda: ask(impatient.url, SMALL).status == 200)
    answer = ask(impatient.url, target("/image", src=slow, width=5000, format="avif"))
    assert answer.status == 503
    assert "0.3 seconds" in answer.text
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["x-content-type-options"] == "nosniff"
    until(lambda: ask(impatient.url, target("/image", src="photos/tall.png", width=31)).status == 200)


def test_a_queue_that_is_full_sends_away_at_once(impatient: Server, slow: str) -> None:
    targets = [target("/image", src=slow, width=4000, format="avif", top=n / 100) for n in range(1, 31)]
    answers = [answer.result() for answer in crowd(impatient.url, targets)]
    assert {answer.status for answer in answers} == {503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    assert sum("too busy" in answer.text for answer in answers) >= 20
    until(lambda: ask(impatient.url, target("/image", src="photos/tall.png", width=32)).status == 200)
    assert impatient.log is not None
    assert b"Traceback" not in impatient.log.read_bytes()


def processes_of(fort: Server, *, nursery: bool) -> list[psutil.Process]:
    """All render processes, or those without any below them: the workers."""
    parents: dict[psutil.Process, int] = {}
    for process in render_processes(psutil.Process(fort.pid), recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            parents[process] = process.ppid()
    return [process for process in parents if nursery or process.pid not in parents.values()]


@pytest.mark.parametrize("nursery", [False, True], ids=["worker", "nursery"])
def test_render_processes_that_are_killed_are_replaced(fort: Server, get: Get, slow: str, nursery: bool) -> None:
    wanted = target("/image", src=slow, width=next(ABOVE), format="png")
    with ThreadPoolExecutor(1) as one:
        lost = one.submit(get, wanted)
        victims = until(lambda: processes_of(fort, nursery=nursery))
        for victim in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim.pid, signal.SIGKILL)
        assert lost.result().status in {200, 503}
    until(lambda: get(wanted).status == 200)
    with ThreadPoolExecutor(8) as many:
        targets = [target("/image", src="photos/tall.png", width=next(WIDTHS)) for _ in range(8)]
        # Who is given a worker that is just dying is asked to come again.
        list(many.map(lambda each: until(lambda: get(each).status == 200), targets))


def entries(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def is_gone(folder: Path) -> bool:
    """Removes a folder into which a server may be writing."""
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def test_the_cache_folder_may_vanish_be_locked_or_be_spoilt(fort: Server, get: Get) -> None:
    cache = fort.data / "cache"

    def all_is_well() -> None:
        for _ in range(3):
            # Cropped, and never asked for before, not even by this test: the server's memory cannot know it.
            wanted = target("/image", src="photos/tall.png", width=next(WIDTHS), left=0.1)
            first, second = get(wanted), get(wanted)
            assert (first.status, second.status) == (200, 200)
            assert first.body == second.body

    all_is_well()
    assert entries(cache)
    until(lambda: is_gone(cache))
    all_is_well()
    assert entries(cache)
    for path in entries(cache):
        path.write_bytes(b"junk" * 1000)
    all_is_well()
    until(lambda: is_gone(cache))
    cache.write_bytes(b"not even a folder")
    all_is_well()
    cache.unlink()
    cache.mkdir(mode=0o500)
    all_is_well()
    cache.chmod(0o700)
    until(lambda: is_gone(cache))
    cache.symlink_to("/nonexistent/folder")
    all_is_well()
    cache.unlink()
    all_is_well()


def test_what_is_junk_in_the_cache_is_never_sent(fort: Server, tmp_path: Path) -> None:
    wanted = target("/image", src="photos/tall.png", width=77)
    settings = {"qis.cache.memory_bytes": "0", "qis.library.url": fort.library.as_uri()}
    with serving(tmp_path, settings, log="log") as server:
        good = ask(server.url, wanted)
        assert good.status == 200
        (kept,) = [path for path in entries(server.data / "cache") if good.body in path.read_bytes()]
        whole = kept.read_bytes()
        assert ask(server.url, wanted).headers["x-from-cache"] == "True"
        spoilt = [b"", b"junk", whole[:-5], whole[: len(whole) // 2], whole[:10], b"\0" * len(whole), whole + b"more"]
        for data in [*spoilt, whole.replace(good.body, bytes(len(good.body)))]:
            kept.write_bytes(data)
            answer = ask(server.url, wanted)
            assert (answer.status, answer.body) == (200, good.body), data[:20]
        assert server.log is not None
        assert b"Traceback" not in server.log.read_bytes()
