"""The ``memory:`` cache."""

import threading

import pytest

from qis_core.api import CacheEntry, Unavailable
from qis_core.builtin.caches.memory import MemoryCache, MemoryProvider
from qis_core.testing.suites.caches import CacheSuite


class TestMemoryCache(CacheSuite):
    @pytest.fixture
    def cache(self) -> MemoryCache:
        return MemoryCache(1_000_000)


def test_the_entry_used_longest_ago_goes_first() -> None:
    cache = MemoryCache(10_000)
    for key in "abc":
        cache.put(key, CacheEntry(body=bytes(2500)))
    cache.get("a")
    cache.put("d", CacheEntry(body=bytes(2500)))
    assert [key for key in "abcd" if cache.get(key)] == ["a", "c", "d"]


def test_bytes_are_counted_right_under_threads() -> None:
    cache = MemoryCache(200_000)

    def work(seed: int) -> None:
        for turn in range(2000):
            key = f"key-{(turn * 7 + seed) % 200}"
            if turn % 3 == 0:
                cache.put(key, CacheEntry(body=bytes(turn % 3000)), ttl=0.0001 if turn % 2 else None)
            elif turn % 11 == 0:
                cache.delete([key])
            else:
                cache.get(key)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.status().used_bytes <= 200_000
    cache.delete([f"key-{number}" for number in range(200)])
    assert (cache.status().used_bytes, cache.status().entries) == (0, 0)


def test_leases_that_ended_are_not_kept() -> None:
    cache = MemoryCache(1000)
    for number in range(5000):
        assert cache.add(f"lease-{number}", "token", 0)
    assert len(cache._leases) <= 1001


def test_the_provider_reads_the_size() -> None:
    assert MemoryProvider().open("memory:?size=1M").status().limit_bytes == 2**20
    assert MemoryProvider().open("memory:").status().limit_bytes == 128 * 2**20
    with pytest.raises(Unavailable, match="'lots' is not a size"):
        MemoryProvider().open("memory:?size=lots")
