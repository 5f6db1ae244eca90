"""The ``memcached:`` cache: the contract on a real server, and servers that die, stall and come back."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from qis_core.api import Cache, CacheEntry, Unavailable
from qis_core.builtin.caches import memcached_node
from qis_core.builtin.caches.memcached import MemcachedProvider
from qis_core.testing.memcached import MakeMemcached, Memcached
from qis_core.testing.suites.caches import CacheSuite

pytestmark = pytest.mark.services

BODY = bytes(range(256)) * 240


PATIENCE = 20.0
"""Seconds for an answer: none of these tests is about how quick a server is, and this machine may be slow."""

STALLED = 1.5
"""Where a server that answers nothing is waited for: long enough for one that does."""


def open_cache(*servers: Memcached, prefix: str = "qis", timeout: float = PATIENCE) -> Cache:
    addresses = ",".join(server.address for server in servers)
    return MemcachedProvider().open(f"memcached://{addresses}/{prefix}?timeout={timeout}")


def entry(body: bytes | str, **meta: str) -> CacheEntry:
    return CacheEntry(body=body.encode() if isinstance(body, str) else body, meta=meta)


def key_of(cache: Cache, server: Memcached, start: int = 0) -> str:
    """A key whose own node is ``server``."""
    return next(key for n in range(start, start + 200) if cache._line(key := f"key-{n}")[0].name == server.address)


@pytest.fixture(autouse=True)
def tried_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memcached_node, "AWAY_SECONDS", 0.2)


def when_back(cache: Cache) -> None:
    """Waits until the cache believes all of its nodes again."""
    until = time.monotonic() + 20
    while not cache.status().healthy:
        assert time.monotonic() < until
        time.sleep(0.05)


class TestMemcachedCache(CacheSuite):
    @pytest.fixture
    def cache(self, new_memcached: MakeMemcached) -> Iterator[Cache]:
        cache = open_cache(new_memcached(megabytes=8))
        yield cache
        cache.close()


class TestThreeNodes(CacheSuite):
    @pytest.fixture
    def cache(self, new_memcached: MakeMemcached) -> Iterator[Cache]:
        cache = open_cache(*(new_memcached(megabytes=8) for _ in range(3)))
        yield cache
        cache.close()


@pytest.fixture
def server(new_memcached: MakeMemcached) -> Memcached:
    return new_memcached()


@pytest.fixture
def pair(new_memcached: MakeMemcached) -> tuple[Memcached, Memcached]:
    return new_memcached(), new_memcached()


def test_five_megabytes_come_back_whole(server: Memcached) -> None:
    cache = open_cache(server)
    body = BODY * 85
    assert len(body) > 5_000_000
    cache.put("large", entry(body, type="image/png"))
    assert cache.get("large") == entry(body, type="image/png")
    cache.put("large", entry("small"))
    assert cache.get("large") == entry("small")


@pytest.mark.parametrize("size", [999_999, 1_000_000, 1_000_001, 2_000_000, 2_000_001])
def test_bodies_at_the_limit_of_an_item_come_back_whole(server: Memcached, size: int) -> None:
    cache = open_cache(server)
    cache.put("k" * 200, entry(bytes(size), type="x" * 30_000))
    assert cache.get("k" * 200) == entry(bytes(size), type="x" * 30_000)


def test_a_body_that_lost_a_part_is_a_miss(server: Memcached) -> None:
    cache = open_cache(server)
    cache.put("large", entry(BODY * 50))
    opened = put_of("large", cache)
    node = cache._nodes[0]
    node.delete(cache._part_names(opened, 3)[1])
    assert cache.get("large") is None
    node.set(cache._part_names(opened, 3)[1], b"something else", 0)
    assert cache.get("large") is None


def put_of(key: str, cache: Cache) -> str:
    from qis_core.builtin.caches.memcached_items import unpack

    item = cache._nodes[0].get(cache._name(cache._generation.current(), key))
    assert item is not None
    opened = unpack(key, item)
    assert opened is not None
    assert opened.missing == 3
    return opened.put


def test_large_bodies_put_together_by_many_threads_are_never_mixed(server: Memcached) -> None:
    cache, wrong = open_cache(server), []

    def work(letter: int) -> None:
        for _ in range(8):
            cache.put("key", entry(bytes([letter]) * 2_500_000))
            found = cache.get("key")
            if found is not None and len(set(found.body)) != 1:
                wrong.append(letter)

    threads = [threading.Thread(target=work, args=(letter,)) for letter in b"abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_name_space_is_cleared_alone_and_for_everybody(server: Memcached) -> None:
    ours, same, other = open_cache(server), open_cache(server), open_cache(server, prefix="other")
    for cache in (ours, other):
        cache.put("key", entry("x"))
    assert same.get("key") == entry("x")
    ours.clear()
    assert ours.get("key") is None
    assert other.get("key") == entry("x")
    until = time.monotonic() + 10
    while same.get("key") is not None and time.monotonic() < until:
        time.sleep(0.05)
    assert same.get("key") is None


def test_keys_are_spread_and_only_a_lost_nodes_keys_move(new_memcached: MakeMemcached) -> None:
    servers = [new_memcached() for _ in range(3)]
    three, two = open_cache(*servers), open_cache(*servers[:2])
    reversed_three = open_cache(*reversed(servers))
    first = {f"key-{n}": three._line(f"key-{n}")[0].name for n in range(3000)}
    assert all(reversed_three._line(key)[0].name == name for key, name in first.items())
    assert all(900 < count < 1100 for count in Counter(first.values()).values())
    kept = {key: name for key, name in first.items() if name != servers[2].address}
    assert all(two._line(key)[0].name == name for key, name in kept.items())


def test_a_dead_node_is_a_miss_and_another_stands_in(pair: tuple[Memcached, Memcached]) -> None:
    cache = open_cache(*pair)
    key, other = key_of(cache, pair[0]), key_of(cache, pair[1])
    for each in (key, other):
        cache.put(each, entry("old"))
    pair[0].kill()
    assert cache.get(key) is None
    assert cache.get(other) == entry("old")
    cache.put(key, entry("new"))
    assert cache.get(key) == entry("new")
    assert cache.add(key, "mine", 30)
    assert not cache.add(key, "yours", 30)
    assert not cache.status().healthy


def test_a_stalled_node_costs_one_request_its_time_limit_and_no_other(pair: tuple[Memcached, Memcached]) -> None:
    cache = open_cache(*pair, timeout=STALLED)
    key = key_of(cache, pair[0])
    cache.put(key, entry("x"))
    pair[0].pause()
    try:
        assert cache.get(key) is None
        assert cache._nodes[0].is_away
        cache.put(key, entry("y"))
        assert cache.get(key) == entry("y")
    finally:
        pair[0].resume()


def test_a_node_that_comes_back_gives_nothing_old(pair: tuple[Memcached, Memcached]) -> None:
    cache = open_cache(*pair, timeout=STALLED)
    changed, deleted, kept = (key_of(cache, pair[0], start) for start in (0, 200, 400))
    for key in (changed, deleted, kept):
        cache.put(key, entry("old"))
    pair[0].pause()
    try:
        assert cache.get(changed) is None
        cache.put(changed, entry("new"))
        cache.delete([deleted])
    finally:
        pair[0].resume()
    when_back(cache)
    assert cache.get(changed) in (None, entry("new"))
    assert cache.get(deleted) is None
    assert cache.get(kept) == entry("old")


def test_a_lease_that_a_slow_node_took_late_is_held_by_nobody(pair: tuple[Memcached, Memcached]) -> None:
    cache = open_cache(*pair, timeout=STALLED)
    key = key_of(cache, pair[0])
    pair[0].pause()
    try:
        assert cache.add(key, "mine", 300)
    finally:
        pair[0].resume()
    when_back(cache)
    assert cache.add(key, "yours", 300)


def test_what_was_cleared_while_a_node_was_away_stays_forgotten(pair: tuple[Memcached, Memcached]) -> None:
    cache = open_cache(*pair, timeout=STALLED)
    key = key_of(cache, pair[0])
    cache.put(key, entry("old"))
    pair[0].pause()
    try:
        assert cache.get(key) is None
        cache.clear()
    finally:
        pair[0].resume()
    when_back(cache)
    assert cache.get(key) is None
    # A process that starts now may hear from the one alone that was away.
    pair[1].pause()
    try:
        assert open_cache(*pair, timeout=STALLED).get(key) is None
    finally:
        pair[1].resume()


@pytest.mark.parametrize(
    "answer",
    [
        b"VALUE k 0\r\n",
        b"VALUE k 0 99999999999\r\n",
        b"VALUE k 0 3\r\nabcdeEND\r\n",
        b"?" * 9000,
        b"END",
        b"SERVER_ERROR\r\n",
    ],
)
def test_what_is_no_answer_of_memcached_is_a_miss(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor() as threads:
        cache = MemcachedProvider().open(f"memcached://127.0.0.1:{listening.getsockname()[1]}")

        def talk() -> None:
            client, _ = listening.accept()
            with client:
                client.recv(1000)
                client.sendall(answer)
                client.shutdown(socket.SHUT_WR)
                client.recv(1000)

        talking = threads.submit(talk)
        assert cache.get("key") is None
        talking.result(60)


def test_a_node_started_again_is_used_at_once(server: Memcached) -> None:
    cache = open_cache(server)
    cache.put("key", entry("x"))
    server.kill()
    server.start()
    # The connections that were kept are dead; that is no reason to leave the server alone.
    assert cache.get("key") is None
    cache.put("key", entry("y"))
    assert cache.get("key") == entry("y")


def test_without_any_node_everything_is_a_miss_and_nothing_an_error(server: Memcached) -> None:
    server.kill()
    cache = open_cache(server)
    cache.put("key", entry("x"))
    assert cache.get("key") is None
    assert cache.add("key", "token", 30)
    cache.release("key", "token")
    cache.delete(["key"])
    cache.clear()
    assert cache.status().limit_bytes == 0
    assert not cache.status().healthy
    server.start()
    when_back(cache)
    until = time.monotonic() + 20
    while cache.get("key") is None and time.monotonic() < until:
        cache.put("key", entry("x"))
        time.sleep(0.05)
    assert cache.get("key") == entry("x")


def test_a_late_holder_does_not_free_anothers_lease(server: Memcached) -> None:
    cache = open_cache(server)
    assert cache.add("lease", "mine", 30)
    cache._nodes[0].set(cache._lease("lease"), b"yours", 30)
    cache.release("lease", "mine")
    assert not cache.add("lease", "third", 30)
    cache.release("lease", "yours")
    assert cache.add("lease", "third", 30)


def test_times_of_months_are_no_dates_of_1970(server: Memcached) -> None:
    cache = open_cache(server)
    cache.put("key", entry("x"), ttl=90 * 24 * 3600)
    assert cache.get("key") == entry("x")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("memcached:", "no server is named"),
        ("memcached:///qis", "no server is named"),
        ("memcached://a:1,a:1", "named twice"),
        ("memcached://a:0", "'a:0' is no address"),
        ("memcached://a b", "'a b' is no address"),
        ("memcached://a/b/c", "'b/c' is no namespace"),
        ("memcached://a?timeout=no", "timeout is 'no'"),
        ("memcached://a?timeout=0", "timeout is '0'"),
        ("memcached://a?retries=3", "'retries'"),
    ],
)
def test_a_wrong_url_is_told(url: str, told: str) -> None:
    with pytest.raises(Unavailable, match=told):
        MemcachedProvider().open(url)


def test_addresses_are_read() -> None:
    cache = MemcachedProvider().open("memcached://[::1]:11212,cache.example.org,10.0.0.1:1")
    assert [node.name for node in cache._nodes] == ["::1:11212", "cache.example.org:11211", "10.0.0.1:1"]


def test_without_the_library_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['pymemcache'] = None\n"
        "from qis_core.builtin.caches.plugin import qis_register_caches\n"
        "try: qis_register_caches()[-1].open('memcached://127.0.0.1')\n"
        "except Exception as error: print(error)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    assert "needs pymemcache, which is not installed: pip install 'qis-core[memcached]'" in told
