"""What every cache must do. Subclass it, give a fixture ``cache``, run pytest::

class TestMyCache(CacheSuite):
    @pytest.fixture
    def cache(self):
        return MyCache(...)        # empty, about 1 MB if it can be chosen
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qis_core.api import Cache, CacheEntry

# Each test puts its own state in place, and a suite runs for many subclasses.
INHERITED = (HealthCheck.function_scoped_fixture, HealthCheck.differing_executors)

WRONG_KEYS = ("", "a b", "a/b", "../x", "a\n", "é", "x" * 201, "a\0", "k\ud800")


class CacheSuite:
    """The contract of ``Cache``; the fixture ``cache`` gives an empty one for each test."""

    @pytest.fixture
    def cache(self) -> Iterator[Cache]:
        """An empty cache; subclasses must override this."""
        raise NotImplementedError("give a fixture named cache")

    def test_an_entry_comes_back_whole(self, cache: Cache) -> None:
        entry = CacheEntry(body=bytes(range(256)) * 40, meta={"type": "image/jpeg", "naïve": "日本\n"})
        cache.put("a:1._-Z", entry)
        assert cache.get("a:1._-Z") == entry
        assert cache.get("a:1._-z") is None

    def test_empty_bodies_and_texts_are_entries(self, cache: Cache) -> None:
        cache.put("empty", CacheEntry(body=b""))
        assert cache.get("empty") == CacheEntry(body=b"", meta={})

    def test_a_sample_tells_of_entries_or_says_that_it_cannot(self, cache: Cache) -> None:
        empty = cache.sample(10)
        for number in range(40):
            cache.put(f"key-{number}", CacheEntry(body=b"x" * 100, meta={"source": f"{number}"}))
        found = cache.sample(1000)
        assert (found is None) == (empty is None)
        if found is not None and empty is not None:
            assert (len(empty.items), len(found.items), found.share) == (0, 40, 1)
            assert {item.meta["source"] for item in found.items} == set(map(str, range(40)))
            assert all(item.size_bytes >= 100 for item in found.items)
            some = cache.sample(10)
            assert some is not None
            assert 0 < len(some.items) < 40
            assert 0 < some.share < 1

    def test_the_longest_key_is_good(self, cache: Cache) -> None:
        cache.put("k" * 200, CacheEntry(body=b"x"))
        assert cache.get("k" * 200) == CacheEntry(body=b"x")
        assert cache.get("k" * 199) is None

    @pytest.mark.parametrize("key", WRONG_KEYS, ids=lambda key: ascii(key)[:20])
    def test_another_key_is_refused_and_never_found(self, cache: Cache, key: str) -> None:
        with pytest.raises(ValueError, match="no cache key"):
            cache.put(key, CacheEntry(body=b"x"))
        with pytest.raises(ValueError, match="no cache key"):
            cache.add(key, "token", 10)
        assert cache.get(key) is None
        cache.delete([key])
        cache.release(key, "token")

    @settings(max_examples=30, deadline=None, suppress_health_check=INHERITED)
    @given(body=st.binary(max_size=5000), meta=st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=4))
    def test_any_bytes_and_texts_come_back(self, cache: Cache, body: bytes, meta: dict[str, str]) -> None:
        cache.put("key", CacheEntry(body=body, meta=meta))
        assert cache.get("key") == CacheEntry(body=body, meta=meta)

    def test_the_last_put_counts(self, cache: Cache) -> None:
        for body in (b"one", b"two", b"three" * 1000, b"4"):
            cache.put("key", CacheEntry(body=body))
            found = cache.get("key")
            assert found is not None
            assert found.body == body

    def test_time_runs_out(self, cache: Cache) -> None:
        cache.put("short", CacheEntry(body=b"x"), ttl=1)
        cache.put("long", CacheEntry(body=b"x"), ttl=1000)
        cache.put("over", CacheEntry(body=b"x"), ttl=0)
        assert cache.get("long") is not None
        assert cache.get("over") is None
        until = time.monotonic() + 10
        while cache.get("short") is not None and time.monotonic() < until:
            time.sleep(0.05)
        assert cache.get("short") is None
        assert cache.get("long") is not None

    def test_deleted_entries_are_gone(self, cache: Cache) -> None:
        for key in ("a", "b", "c"):
            cache.put(key, CacheEntry(body=key.encode()))
        cache.delete(["a", "c", "never"])
        assert [cache.get(key) is None for key in ("a", "b", "c")] == [True, False, True]

    def test_clear_forgets_everything(self, cache: Cache) -> None:
        for number in range(50):
            cache.put(f"key-{number}", CacheEntry(body=b"x" * 100))
        cache.clear()
        assert all(cache.get(f"key-{number}") is None for number in range(50))
        cache.put("after", CacheEntry(body=b"x"))
        assert cache.get("after") is not None

    def test_a_lease_has_one_holder(self, cache: Cache) -> None:
        assert cache.add("lease", "mine", 30)
        assert not cache.add("lease", "yours", 30)
        cache.release("lease", "yours")
        assert not cache.add("lease", "yours", 30)
        cache.release("lease", "mine")
        assert cache.add("lease", "yours", 30)
        assert cache.add("other", "mine", 30)

    def test_a_lease_ends_by_itself(self, cache: Cache) -> None:
        assert cache.add("lease", "died", 1)
        until = time.monotonic() + 10
        while not (taken := cache.add("lease", "next", 30)) and time.monotonic() < until:
            time.sleep(0.05)
        assert taken
        # The old holder comes back late and must not free what is another's now.
        cache.release("lease", "died")
        assert not cache.add("lease", "third", 30)

    def test_a_lease_is_no_entry(self, cache: Cache) -> None:
        assert cache.add("key", "token", 30)
        assert cache.get("key") is None
        cache.put("key", CacheEntry(body=b"x"))
        assert not cache.add("key", "other", 30)
        assert cache.get("key") == CacheEntry(body=b"x")

    def test_of_many_threads_one_gets_the_lease(self, cache: Cache) -> None:
        won: list[int] = []
        barrier = threading.Barrier(16)

        def take(number: int) -> None:
            barrier.wait()
            if cache.add("lease", f"token-{number}", 30):
                won.append(number)

        run_together([threading.Thread(target=take, args=(number,)) for number in range(16)])
        assert len(won) == 1

    def test_what_is_used_stays_and_space_is_bounded(self, cache: Cache) -> None:
        limit = cache.status().limit_bytes
        size = min(max(limit // 50, 1), 200_000)
        for number in range(2 * limit // size):
            cache.put(f"key-{number}", CacheEntry(body=b"x" * size))
        status = cache.status()
        assert 0 < status.used_bytes <= limit
        assert status.healthy
        assert cache.get("key-0") is None
        assert cache.get(f"key-{2 * limit // size - 1}") is not None

    def test_an_entry_larger_than_the_cache_is_forgotten(self, cache: Cache) -> None:
        limit = cache.status().limit_bytes
        if limit > 100_000_000:
            pytest.skip("too large a cache to pass its limit")
        cache.put("key", CacheEntry(body=b"old"))
        cache.put("key", CacheEntry(body=bytes(limit + 1)))
        assert cache.get("key") is None

    def test_many_threads_see_whole_entries_only(self, cache: Cache) -> None:
        bodies = {bytes([letter]) * 3000 for letter in b"abcdef"}
        wrong: list[object] = []

        def work(letter: int) -> None:
            for turn in range(60):
                cache.put("key", CacheEntry(body=bytes([letter]) * 3000, meta={"letter": chr(letter)}))
                found = cache.get("key")
                if found is not None and (found.body not in bodies or found.meta["letter"] != chr(found.body[0])):
                    wrong.append(found)
                if turn % 10 == 0:
                    cache.delete(["key"])

        run_together([threading.Thread(target=work, args=(letter,)) for letter in b"abcdef"])
        assert wrong == []


def run_together(threads: list[threading.Thread]) -> None:
    """Starts all threads and waits for their end."""
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
