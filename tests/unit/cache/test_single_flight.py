"""Single flight, with real threads and real processes."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from qis_core.api import BrokenImage, CacheEntry, TooLarge, Unavailable
from qis_core.builtin.caches.disk import DiskCache
from qis_core.builtin.caches.memory import MemoryCache
from qis_core.cache.single_flight import SingleFlight

ENTRY = CacheEntry(body=b"made")


class Maker:
    """Makes an entry slowly, stores it, and counts."""

    def __init__(self, cache: MemoryCache | DiskCache, seconds: float = 0.1) -> None:
        self.cache = cache
        self.seconds = seconds
        self.made = 0
        self.error: Exception | None = None

    def make(self) -> CacheEntry:
        self.made += 1
        time.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        self.cache.put("key", ENTRY)
        return ENTRY

    def lookup(self) -> CacheEntry | None:
        return self.cache.get("key")


@pytest.fixture
def cache() -> MemoryCache:
    return MemoryCache(1_000_000)


@pytest.fixture
def maker(cache: MemoryCache) -> Maker:
    return Maker(cache)


def all_at_once(count: int, call: Callable[[], object]) -> list[object]:
    """What each of ``count`` threads got or raised."""
    answers: list[object] = []
    barrier = threading.Barrier(count)

    def run() -> None:
        barrier.wait()
        try:
            answers.append(call())
        except Exception as error:
            answers.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_hundred_threads_make_once(cache: MemoryCache, maker: Maker) -> None:
    flight: SingleFlight[CacheEntry] = SingleFlight(cache)
    answers = all_at_once(100, lambda: flight.run("key", maker.make, maker.lookup, 20))
    assert answers == [ENTRY] * 100
    assert maker.made == 1
    assert flight.in_flight == 0


def test_what_is_there_is_not_made(cache: MemoryCache, maker: Maker) -> None:
    cache.put("key", ENTRY)
    flight: SingleFlight[CacheEntry] = SingleFlight(cache)
    assert flight.run("key", maker.make, maker.lookup, 20) == ENTRY
    assert maker.made == 0


def test_different_keys_do_not_wait_for_each_other(cache: MemoryCache) -> None:
    flight: SingleFlight[str] = SingleFlight(cache)
    barrier = threading.Barrier(10, timeout=20)
    numbers = iter(range(10))
    lock = threading.Lock()

    def run() -> str:
        with lock:
            key = f"key-{next(numbers)}"

        def make() -> str:
            barrier.wait()
            return key

        return flight.run(key, make, lambda: None, 20)

    assert sorted(map(str, all_at_once(10, run))) == [f"key-{number}" for number in range(10)]


def test_an_error_reaches_everybody_once_and_is_not_kept(cache: MemoryCache, maker: Maker) -> None:
    flight: SingleFlight[CacheEntry] = SingleFlight(cache)
    maker.error = BrokenImage("cut off")
    maker.seconds = 0.3
    answers = all_at_once(50, lambda: flight.run("key", maker.make, maker.lookup, 20))
    assert [str(answer) for answer in answers] == ["cut off"] * 50
    assert maker.made == 1
    assert flight.in_flight == 0
    maker.error = None
    assert flight.run("key", maker.make, maker.lookup, 20) == ENTRY
    assert maker.made == 2


def test_errors_keep_their_kind(cache: MemoryCache, maker: Maker) -> None:
    flight: SingleFlight[CacheEntry] = SingleFlight(cache)
    maker.error = TooLarge("the picture", 10, 5, "pixels")
    with pytest.raises(TooLarge, match="limit is 5 pixels"):
        flight.run("key", maker.make, maker.lookup, 20)
    assert cache.add("lease:key", "free again", 10)


def test_waiting_ends_with_the_wait_limit(cache: MemoryCache, maker: Maker) -> None:
    flight: SingleFlight[CacheEntry] = SingleFlight(cache, retry_after=7)
    maker.seconds = 1.0
    leader = threading.Thread(target=flight.run, args=("key", maker.make, maker.lookup, 20))
    leader.start()
    while maker.made == 0:
        time.sleep(0.001)
    with pytest.raises(Unavailable) as caught:
        flight.run("key", maker.make, maker.lookup, 0.05)
    assert caught.value.retry_after == 7
    leader.join()
    assert maker.made == 1
    assert flight.in_flight == 0


def test_somebody_elses_lease_is_waited_for(cache: MemoryCache, maker: Maker) -> None:
    flight: SingleFlight[CacheEntry] = SingleFlight(cache)
    assert cache.add("lease:key", "another process", 30)
    threading.Timer(0.1, cache.put, ("key", ENTRY)).start()
    assert flight.run("key", maker.make, maker.lookup, 20) == ENTRY
    assert maker.made == 0


def test_waiting_for_another_process_ends_too(cache: MemoryCache, maker: Maker) -> None:
    flight: SingleFlight[CacheEntry] = SingleFlight(cache)
    assert cache.add("lease:key", "another process", 30)
    answers = all_at_once(10, lambda: flight.run("key", maker.make, maker.lookup, 0.2))
    assert {type(answer) for answer in answers} == {Unavailable}
    assert maker.made == 0
    assert flight.in_flight == 0


def test_a_patient_thread_takes_over_from_an_impatient_one(cache: MemoryCache, maker: Maker) -> None:
    flight: SingleFlight[CacheEntry] = SingleFlight(cache)
    assert cache.add("lease:key", "another process", 30)
    answers: list[object] = []

    def impatient() -> None:
        try:
            flight.run("key", maker.make, maker.lookup, 0.1)
        except Unavailable as error:
            answers.append(error)

    first = threading.Thread(target=impatient)
    first.start()
    while flight.in_flight == 0:
        time.sleep(0.001)
    threading.Timer(0.4, cache.put, ("key", ENTRY)).start()
    assert flight.run("key", maker.make, maker.lookup, 20) == ENTRY
    first.join()
    assert len(answers) == 1
    assert maker.made == 0


def test_a_maker_that_died_frees_the_key_with_its_lease(cache: MemoryCache, maker: Maker) -> None:
    assert cache.add("lease:key", "died", 0.3)
    flight: SingleFlight[CacheEntry] = SingleFlight(cache)
    assert flight.run("key", maker.make, maker.lookup, 20) == ENTRY
    assert maker.made == 1


CHILD = """
import os, sys, threading, time
from pathlib import Path
from qis_core.api import CacheEntry
from qis_core.builtin.caches.disk import DiskCache
from qis_core.cache.single_flight import SingleFlight

folder, log = Path(sys.argv[1]), sys.argv[2]
cache = DiskCache(folder, 10_000_000)
flight = SingleFlight(cache, lease_seconds=float(sys.argv[3]))

def make():
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, b"made\\n")
    os.close(file)
    if sys.argv[4] == "die":
        os._exit(9)
    time.sleep(0.3)
    entry = CacheEntry(body=b"made")
    cache.put("key", entry)
    return entry

answers = []
def ask():
    answers.append(flight.run("key", make, lambda: cache.get("key"), 30).body)

print("ready", flush=True)
sys.stdin.readline()
threads = [threading.Thread(target=ask) for _ in range(25)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(answers == [b"made"] * 25, flight.in_flight)
"""


def start(folder: Path, lease: float, how: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", CHILD, str(folder / "cache"), str(folder / "log"), str(lease), how]
    child = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def go(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("go\n")
    child.stdin.flush()


def test_four_processes_of_25_threads_make_once(tmp_path: Path) -> None:
    children = [start(tmp_path, 30, "live") for _ in range(4)]
    for child in children:
        go(child)
    assert [child.communicate(timeout=60)[0] for child in children] == ["True 0\n"] * 4
    assert (tmp_path / "log").read_text() == "made\n"


def test_a_process_that_dies_while_making_is_replaced(tmp_path: Path) -> None:
    dying = start(tmp_path, 1.0, "die")
    go(dying)
    assert dying.wait(timeout=30) == 9
    other = start(tmp_path, 1.0, "live")
    go(other)
    assert other.communicate(timeout=60)[0] == "True 0\n"
    assert (tmp_path / "log").read_text() == "made\nmade\n"
