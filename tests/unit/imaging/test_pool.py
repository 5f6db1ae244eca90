"""What a caller of the render pool gets, whatever a file does to its worker."""

import json
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from qis_core.api import (
    BadOption,
    BrokenImage,
    Limits,
    Output,
    PageHint,
    QisError,
    Recipe,
    Size,
    TookTooLong,
    TooLarge,
    Unavailable,
    UnsupportedFeature,
)
from qis_core.imaging import zygote
from qis_core.imaging.orders import DescribeOrder, ProbeOrder, RenderOrder
from qis_core.imaging.pool import PoolSettings, RenderPool
from qis_core.imaging.setup import WorkerSetup, worker_environment
from qis_core.settings import ImagingSettings
from qis_core.testing.hostile import hostile_file

HOSTILE = ("--registries", "qis_core.testing.hostile:registries")
SHORT = Limits(seconds=1.0)


def make_pool(**settings: object) -> RenderPool:
    return RenderPool(WorkerSetup(), PoolSettings(**settings), arguments=HOSTILE)  # type: ignore[arg-type]


@pytest.fixture
def pool() -> Iterator[RenderPool]:
    made = make_pool(workers=1)
    yield made
    made.close()


def order(limits: Limits | None = None, **values: object) -> RenderOrder:
    recipe = Recipe(source="folder/a.hostile", output=Output(format="raw"))
    return RenderOrder(recipe=recipe, source_name="a.hostile", limits=limits or Limits(), **values)  # type: ignore[arg-type]


def render(pool: RenderPool, deed: str, argument: object = "", limits: Limits | None = None, client: str = "") -> bytes:
    with hostile_file(deed, argument) as file:
        return pool.render(order(limits), [file], client=client).body


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def is_running(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_a_rendering_comes_back_whole(pool: RenderPool) -> None:
    with hostile_file("bytes", 3_000_000) as file:
        rendition = pool.render(order(), [file])
    assert rendition.body == b"x" * 3_000_000
    assert (rendition.media_type, rendition.size) == ("image/x-raw", Size(width=4, height=3))
    assert set(rendition.timings) == {"queue", "plan", "decode"}


def test_a_probe_tells_what_the_file_is(pool: RenderPool) -> None:
    with hostile_file("size", "640x480") as file:
        info = pool.probe(ProbeOrder(source_name="a.hostile", hint=PageHint()), [file])
    assert (info.format, info.size, info.pages, info.facts) == ("hostile", Size(width=640, height=480), 1, {})


def test_further_pictures_come_with_the_order(pool: RenderPool) -> None:
    with hostile_file("bytes", 3) as file, hostile_file("name") as overlay:
        rendition = pool.render(order(pictures={"logos/b.hostile": 1}), [file, overlay])
    assert rendition.body == b"xxx" + b"logos/b.hostile"


def test_the_worker_is_kept_for_the_next_order(pool: RenderPool) -> None:
    assert render(pool, "pid") == render(pool, "pid")


def test_no_descriptor_stays_open(pool: RenderPool) -> None:
    assert render(pool, "descriptors") == render(pool, "descriptors")


@pytest.mark.parametrize(
    ("deed", "argument", "kind", "text"),
    [
        ("loop", "", TookTooLong, "did not end within 1 seconds"),
        ("sleep", 60, TookTooLong, "did not end within 1 seconds"),
        ("probe-loop", "", TookTooLong, "did not end within 1 seconds"),
        ("allocate", 4 * 1024**3, TooLarge, "the limit is 600 MB"),
        ("allocate-hidden", 4 * 1024**3, TooLarge, "the limit is 600 MB"),
        ("exit", 0, BrokenImage, "crashed"),
        ("exit", 3, BrokenImage, "crashed"),
        ("segfault", "", BrokenImage, "crashed"),
        ("probe-segfault", "", BrokenImage, "crashed"),
        ("abort", "", BrokenImage, "crashed"),
        ("refuse", 7, BadOption, "sepia: '7' is not allowed here; it must be a number from 0 to 1"),
    ],
)
def test_a_deed_gets_its_error_and_the_pool_goes_on(
    pool: RenderPool, deed: str, argument: object, kind: type[QisError], text: str
) -> None:
    with pytest.raises(kind, match=text):
        render(pool, deed, argument, SHORT if kind is TookTooLong else None)
    assert render(pool, "bytes", 5) == b"xxxxx"
    assert pool.status().busy == 0


def test_a_fault_in_a_plugin_says_nothing_of_the_inside(pool: RenderPool, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(QisError) as caught:
        render(pool, "fault")
    assert type(caught.value) is QisError
    assert caught.value.code == "error"
    assert "secret" not in caught.value.message
    assert eventually(lambda: "ValueError: the inside of the server: /etc/secret" in caplog.text)
    assert "engine plain of qis_core.testing.hostile" in caplog.text


def test_what_a_worker_complains_of_is_logged(pool: RenderPool, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "qis.worker"):
        assert render(pool, "complain", "tag 42 \x1b[31mis odd") == b"complained"
        assert eventually(lambda: "tag 42 ?[31mis odd" in caplog.text)


def test_a_file_cannot_fill_the_log(pool: RenderPool, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "qis.worker"):
        render(pool, "chatter", 100_000)
        time.sleep(1.1)
        render(pool, "complain", "the end")
        assert eventually(lambda: "the end" in caplog.text)
    assert "more lines were left out" in caplog.text
    assert caplog.text.count("blah") < 2000


def test_neighbours_notice_nothing() -> None:
    pool = make_pool(workers=4)
    deeds: list[tuple[str, object]] = [("segfault", ""), ("allocate", 4 * 1024**3), ("exit", 1), ("loop", "")]

    def attack(number: int) -> str:
        deed, argument = deeds[number % len(deeds)]
        with pytest.raises((BrokenImage, TooLarge, TookTooLong)) as caught:
            render(pool, deed, argument, SHORT if deed == "loop" else None)
        return caught.value.code

    with ThreadPoolExecutor(8) as threads:
        attacks = threads.map(attack, range(16))
        neighbours = threads.map(lambda size: render(pool, "bytes", size), range(200))
        assert [len(body) for body in neighbours] == list(range(200))
        assert sorted(set(attacks)) == ["broken-image", "too-large", "took-too-long"]
    status = pool.status()
    assert (status.jobs, status.timeouts, status.busy) == (204, 4, 0)
    # Who wants too much memory may be refused it, or lose its worker.
    assert 8 <= status.crashes <= 12
    pool.close()


def test_a_worker_that_is_killed_from_outside_fails_one_order(pool: RenderPool) -> None:
    pid = int(render(pool, "pid"))
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(render, pool, "sleep", 30)
        assert eventually(lambda: pool.status().busy == 1)
        time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(Unavailable, match="try again"):
            answer.result()
    assert int(render(pool, "pid")) != pid


def test_a_worker_that_died_between_orders_is_replaced_unnoticed(pool: RenderPool) -> None:
    pid = int(render(pool, "pid"))
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not is_running(pid))
    assert int(render(pool, "pid")) != pid
    assert not psutil.pid_exists(pid)


def test_a_nursery_that_died_is_started_again(pool: RenderPool) -> None:
    worker = psutil.Process(int(render(pool, "pid")))
    nursery = worker.parent()
    assert nursery is not None
    nursery.kill()
    assert eventually(lambda: not is_running(worker.pid))
    assert render(pool, "bytes", 1) == b"x"


def test_polite_signals_are_left_to_the_server(pool: RenderPool) -> None:
    pid = int(render(pool, "pid"))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
    assert int(render(pool, "pid")) == pid


def test_nothing_can_be_written(pool: RenderPool, tmp_path: Path) -> None:
    with pytest.raises(QisError):
        render(pool, "write", tmp_path / "planted")
    planted = tmp_path / "planted"
    assert not planted.exists() or planted.stat().st_size == 0


@pytest.mark.parametrize(
    ("deed", "argument"),
    [
        ("fork", ""),
        ("execute", "true"),
        ("connect", 9),
        ("kill", os.getpid()),
        ("read", f"/proc/{os.getpid()}/environ"),
    ],
    # Numbers of processes differ between those that share the tests out.
    ids=lambda value: re.sub(r"[0-9]{2,}", "pid", str(value)),
)
def test_a_worker_reaches_no_other_process_program_or_host(
    pool: RenderPool, caplog: pytest.LogCaptureFixture, deed: str, argument: object
) -> None:
    pid = render(pool, "pid")
    with caplog.at_level(logging.WARNING), pytest.raises(QisError):
        render(pool, deed, argument)
    assert eventually(lambda: "PermissionError" in caplog.text)
    assert render(pool, "pid") == pid


def test_a_worker_can_be_kept_to_the_folders_of_originals(tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library/a.hostile").write_bytes(b"HOSTILE bytes 3")
    (tmp_path / "secret").write_text("secret")
    pool = RenderPool(WorkerSetup(readable=[tmp_path / "library"]), PoolSettings(workers=1), arguments=HOSTILE)
    with (tmp_path / "library/a.hostile").open("rb") as file:
        assert pool.render(order(), [file]).body == b"xxx"
    (tmp_path / "library/b.hostile").write_bytes(f"HOSTILE read {tmp_path / 'secret'}".encode())
    with (tmp_path / "library/b.hostile").open("rb") as file, pytest.raises(QisError):
        pool.render(order(), [file])
    # An open file that the server hands over is its own affair, wherever it lies.
    with hostile_file("bytes", 4) as file:
        assert pool.render(order(), [file]).body == b"xxxx"
    pool.close()


@pytest.mark.parametrize(
    "said",
    [
        r"\0\0\0\5\0\0\0\0\0\0\0\0hello",
        r"\xff\xff\xff\xff\0\0\0\0\0\0\0\0",
        r"\0\0\0\2\0\0\0\xff\xff\xff\xff\xff{}",
        r"\0\0\0\2\0\0\0\0\0\0\0\0{}",
        r"\0\0\0",
    ],
)
def test_a_worker_that_talks_nonsense_is_ended(pool: RenderPool, said: str) -> None:
    with pytest.raises((BrokenImage, TookTooLong)):
        render(pool, "babble", said, SHORT)
    assert render(pool, "bytes", 2) == b"xx"


def test_a_type_of_content_that_no_encoder_makes_is_refused() -> None:
    pool = RenderPool(WorkerSetup(), PoolSettings(workers=1), media_types=["image/jpeg"], arguments=HOSTILE)
    with pytest.raises(BrokenImage):
        render(pool, "bytes", 1)
    pool.close()


def test_a_worker_is_replaced_after_its_number_of_orders() -> None:
    pool = make_pool(workers=1, jobs_per_worker=3)
    pids = [render(pool, "pid") for _ in range(6)]
    assert len(set(pids[:3])) == len(set(pids[3:])) == 1
    assert pids[0] != pids[3]
    pool.close()


def test_a_worker_that_keeps_too_much_memory_is_replaced() -> None:
    pool = make_pool(workers=1, resident_bytes=200 * 1024**2)
    assert render(pool, "pid") == render(pool, "pid")
    hoarder = render(pool, "hoard", 300 * 1024**2)
    assert render(pool, "pid") != hoarder
    pool.close()


def test_a_full_queue_says_so_at_once_and_a_long_wait_at_its_end() -> None:
    pool = make_pool(workers=1, queue_length=1, wait_seconds=1.0)
    render(pool, "bytes", 1)
    with ThreadPoolExecutor(2) as threads:
        busy = threads.submit(render, pool, "sleep", 3)
        assert eventually(lambda: pool.status().busy == 1)
        waiting = threads.submit(render, pool, "bytes", 1)
        assert eventually(lambda: pool.status().queued == 1)
        with pytest.raises(Unavailable, match="too busy: 1 renderings are waiting") as caught:
            render(pool, "bytes", 1)
        assert caught.value.retry_after >= 1
        with pytest.raises(Unavailable, match="no renderer became free"):
            waiting.result()
        assert busy.result() == b"slept"
    assert render(pool, "bytes", 1) == b"x"
    pool.close()


def test_closing_ends_what_is_under_way_and_what_comes() -> None:
    pool = make_pool(workers=1)
    worker = int(render(pool, "pid"))
    with ThreadPoolExecutor(2) as threads:
        orders = [threads.submit(render, pool, "sleep", 30) for _ in range(2)]
        assert eventually(lambda: pool.status().busy == 1 and pool.status().queued == 1)
        pool.close()
        for each in orders:
            with pytest.raises(Unavailable):
                each.result()
    with pytest.raises(Unavailable, match="stopping"):
        render(pool, "bytes", 1)
    assert eventually(lambda: not is_running(worker))


def test_a_server_killed_leaves_no_process_behind() -> None:
    program = f"""
import threading, time
from qis_core.imaging.pool import RenderPool, PoolSettings
from qis_core.imaging.setup import WorkerSetup
from qis_core.imaging.orders import RenderOrder
from qis_core.api import Recipe, Output
from qis_core.settings import ImagingSettings
from qis_core.testing.hostile import hostile_file
pool = RenderPool(WorkerSetup(), PoolSettings(workers=2), arguments={HOSTILE!r})
order = RenderOrder(recipe=Recipe(source="a", output=Output(format="raw")), source_name="a")
print(pool.render(order, [hostile_file("pid")]).body.decode(), flush=True)
threading.Thread(target=pool.render, args=(order, [hostile_file("loop")])).start()
threading.Thread(target=pool.render, args=(order, [hostile_file("loop")])).start()
time.sleep(60)
"""
    server = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    worker = psutil.Process(int(server.stdout.readline()))
    nursery = worker.parent()
    assert nursery is not None
    assert eventually(lambda: len(nursery.children()) == 2)
    family = [nursery, *nursery.children()]
    server.kill()
    server.wait()
    server.stdout.close()
    assert eventually(lambda: not any(is_running(member.pid) for member in family))


def test_secrets_of_the_environment_stay_with_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QIS_DATABASE_URL", "postgresql://secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    pool = make_pool(workers=1)
    seen = json.loads(render(pool, "environment"))
    assert not {"QIS_DATABASE_URL", "AWS_SECRET_ACCESS_KEY"} & set(seen)
    assert seen["PATH"] == os.environ["PATH"]
    assert worker_environment({"LC_ALL": "C", "PASSWORD": "x"}).keys() >= {"LC_ALL"}
    pool.close()


def test_an_order_with_too_many_pictures_is_refused(pool: RenderPool) -> None:
    with hostile_file("bytes", 1) as file, pytest.raises(TooLarge, match="the limit is 32"):
        pool.render(order(), [file] * 33)


def test_a_worker_that_hangs_up_is_ended(pool: RenderPool) -> None:
    pid = int(render(pool, "pid"))
    with pytest.raises(BrokenImage):
        render(pool, "hang-up")
    assert not is_running(pid)


def test_the_pool_is_as_the_settings_say() -> None:
    settings = PoolSettings.of(ImagingSettings(workers=3, queue_length=4, wait_seconds=5.0, jobs_per_worker=6))
    assert (settings.workers, settings.queue_length, settings.wait_seconds, settings.jobs_per_worker) == (3, 4, 5.0, 6)


def test_processes_that_cannot_start_are_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    pool = RenderPool(WorkerSetup(), PoolSettings(workers=1), arguments=["--registries", "nowhere:nothing"])
    with caplog.at_level(logging.WARNING), pytest.raises(Unavailable):
        render(pool, "bytes", 1)
    assert eventually(lambda: "No module named 'nowhere'" in caplog.text)
    pool.close()


def test_server_processes_share_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    processors = os.cpu_count() or 1
    monkeypatch.setattr(zygote, "_shared", None)
    assert PoolSettings.of(ImagingSettings()).workers == processors
    assert PoolSettings.of(ImagingSettings(), servers=processors * 2).workers == 1
    assert PoolSettings.of(ImagingSettings(workers=3), servers=2).workers == 3


def test_a_description_tells_what_the_file_is_and_what_readers_found(pool: RenderPool) -> None:
    with hostile_file("print", "hello") as file:
        described = pool.describe(DescribeOrder(source_name="a.hostile"), [file])
        plain = pool.describe(DescribeOrder(source_name="a.hostile", metadata=False), [file])
    assert described.info == plain.info
    assert described.metadata["deed"] == {"text": "HOSTILE print hello"}
    assert 0 < len(described.metadata["long"]) < 100
    assert plain.metadata == {}


def test_a_reader_that_fails_takes_nothing_else_with_it(pool: RenderPool, caplog: pytest.LogCaptureFixture) -> None:
    with hostile_file("read-fault") as file:
        assert pool.describe(DescribeOrder(source_name="a.hostile"), [file]).metadata == {}
    assert eventually(lambda: "fault in metadata reader hostile" in caplog.text)


def test_a_file_that_nobody_knows_cannot_be_described(pool: RenderPool) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"no picture at all")
        file.flush()
        with pytest.raises(UnsupportedFeature):
            pool.describe(DescribeOrder(source_name="a.jpg"), [file])
