"""The two tiers of finished renderings."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qis_core.api import Cache, CacheEntry
from qis_core.builtin.caches.disk import DiskCache
from qis_core.builtin.caches.memory import MemoryCache
from qis_core.cache.tiers import RenditionCache
from qis_core.testing.suites.caches import CacheSuite

SMALL = CacheEntry(body=b"small", meta={"type": "image/png"})
LARGE = CacheEntry(body=bytes(20_000))


@pytest.fixture
def memory() -> MemoryCache:
    return MemoryCache(100_000)


@pytest.fixture
def shared(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "cache", 1_000_000)


@pytest.fixture
def cache(memory: MemoryCache, shared: DiskCache) -> RenditionCache:
    return RenditionCache(memory, shared)


class TestRenditionCache(CacheSuite):
    @pytest.fixture
    def cache(self, tmp_path: Path) -> RenditionCache:
        return RenditionCache(MemoryCache(100_000), DiskCache(tmp_path / "cache", 1_000_000))

    def test_what_is_used_stays_and_space_is_bounded(self, cache: Cache) -> None:
        assert isinstance(cache, RenditionCache)
        for number in range(200):
            cache.put(f"key-{number}", CacheEntry(body=bytes(10_000)))
        assert cache.memory.status().used_bytes <= 100_000
        assert cache.shared.status().used_bytes <= 1_000_000


def test_an_entry_is_found_in_memory_then_shared(cache: RenditionCache, memory: MemoryCache, shared: DiskCache) -> None:
    cache.put("key", SMALL)
    assert cache.find("key") == (SMALL, "memory")
    memory.clear()
    assert cache.find("key") == (SMALL, "shared")
    assert cache.find("key") == (SMALL, "memory")
    assert cache.find("other") is None
    assert cache.get("another") is None
    counts = cache.counts
    assert (counts.memory_hits, counts.shared_hits, counts.misses, counts.stored) == (2, 1, 1, 1)


def test_a_large_entry_skips_memory(cache: RenditionCache, memory: MemoryCache) -> None:
    cache.put("key", SMALL)
    cache.put("key", LARGE)
    assert memory.get("key") is None
    assert cache.find("key") == (LARGE, "shared")
    assert memory.get("key") is None


def test_memory_forgets_after_its_own_time(memory: MemoryCache, shared: DiskCache) -> None:
    cache = RenditionCache(memory, shared, memory_seconds=0)
    cache.put("key", SMALL)
    assert cache.find("key") == (SMALL, "shared")
    shared.clear()
    assert cache.find("key") is None


def test_without_memory_the_shared_cache_answers(shared: DiskCache) -> None:
    cache = RenditionCache(MemoryCache(0), shared)
    cache.put("key", SMALL)
    assert cache.find("key") == (SMALL, "shared")


def test_deleting_and_clearing_reach_both(cache: RenditionCache, memory: MemoryCache, shared: DiskCache) -> None:
    for key in ("a", "b"):
        cache.put(key, SMALL)
    cache.delete(key for key in ["a"])
    assert (memory.get("a"), shared.get("a")) == (None, None)
    cache.clear()
    assert (memory.get("b"), shared.get("b")) == (None, None)


def test_leases_are_shared(cache: RenditionCache, shared: DiskCache) -> None:
    assert cache.add("lease", "token", 10)
    assert not shared.add("lease", "other", 10)
    cache.release("lease", "token")
    assert shared.add("lease", "other", 10)


def test_a_large_entry_is_the_same_object_for_all_who_hold_it(cache: RenditionCache, shared: DiskCache) -> None:
    cache.put("key", LARGE)
    first = cache.get("key")
    assert first == LARGE
    assert cache.get("key") is first
    cache.delete(["key"])
    assert cache.get("key") is None
    cache.put("key", LARGE)
    cache.put("key", SMALL)
    cache.memory.clear()
    assert cache.get("key") == SMALL


def test_what_is_held_is_believed_no_longer_than_memory(memory: MemoryCache, shared: DiskCache) -> None:
    forgetful = RenditionCache(memory, shared, memory_seconds=0.05)
    forgetful.put("key", LARGE)
    held = forgetful.get("key")
    shared.delete(["key"])
    time.sleep(0.06)
    assert held == LARGE
    assert forgetful.get("key") is None


class SlowCache(MemoryCache):
    """Answers nobody before ``gate`` opens, and what it saw at the time of the question."""

    def __init__(self) -> None:
        super().__init__(100_000)
        self.gate, self.asked = threading.Event(), threading.Semaphore(0)
        self.questions = 0

    def get(self, key: str) -> CacheEntry | None:
        found = super().get(key)
        self.questions += 1
        self.asked.release()
        self.gate.wait()
        return found


def test_a_crowd_reads_the_shared_cache_once() -> None:
    slow = SlowCache()
    cache = RenditionCache(MemoryCache(0), slow)
    slow.put("key", SMALL)
    with ThreadPoolExecutor(8) as many:
        answers = [many.submit(cache.get, "key")]
        assert slow.asked.acquire(timeout=30)
        answers += [many.submit(cache.get, "key") for _ in range(7)]
        time.sleep(0.1)
        slow.gate.set()
        assert [answer.result() for answer in answers] == [SMALL] * 8
    # On a busy machine some come so late that the first has its answer already.
    assert slow.questions < 8


def test_who_comes_while_another_finds_nothing_looks_again() -> None:
    slow = SlowCache()
    cache = RenditionCache(MemoryCache(0), slow)
    with ThreadPoolExecutor(2) as two:
        early = two.submit(cache.get, "key")
        assert slow.asked.acquire(timeout=30)
        slow.put("key", SMALL)
        late = two.submit(cache.get, "key")
        time.sleep(0.1)
        slow.gate.set()
        assert (early.result(), late.result()) == (None, SMALL)
