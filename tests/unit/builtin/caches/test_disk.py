"""The ``disk:`` cache: the contract, several processes, and disks that fail."""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qis_core.api import CacheEntry, Unavailable
from qis_core.builtin.caches.disk import DiskCache, DiskProvider
from qis_core.builtin.caches.plugin import qis_register_caches
from qis_core.testing.suites.caches import CacheSuite

BODY = bytes(range(256)) * 20


class TestDiskCache(CacheSuite):
    @pytest.fixture
    def cache(self, tmp_path: Path) -> DiskCache:
        return DiskCache(tmp_path / "cache", 1_000_000)


@pytest.fixture
def cache(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "cache", 1_000_000)


def files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "cache" / "entries").glob("??/*") if path.is_file()]


def in_child(folder: Path, code: str) -> subprocess.Popen[bytes]:
    start = (
        "import sys, os, pathlib; from qis_core.api import CacheEntry;"
        "from qis_core.builtin.caches.disk import DiskCache;"
        "cache = DiskCache(pathlib.Path(sys.argv[1]), 1_000_000)\n"
    )
    return subprocess.Popen([sys.executable, "-c", start + code, str(folder)], stdout=subprocess.PIPE)


def test_another_process_and_a_restart_see_the_entries(tmp_path: Path, cache: DiskCache) -> None:
    cache.put("key", CacheEntry(body=BODY, meta={"a": "b"}))
    assert DiskCache(tmp_path / "cache", 1_000_000).get("key") == CacheEntry(body=BODY, meta={"a": "b"})
    child = in_child(tmp_path / "cache", "sys.stdout.buffer.write(cache.get('key').body)")
    assert child.communicate(timeout=30)[0] == BODY


def test_one_process_of_four_gets_the_lease(tmp_path: Path) -> None:
    code = "print(sum(cache.add(f'lease-{i}', str(os.getpid()), 60) for i in range(50)))"
    children = [in_child(tmp_path / "cache", code) for _ in range(4)]
    won = [int(child.communicate(timeout=60)[0]) for child in children]
    assert sum(won) == 50


def test_a_killed_writer_leaves_whole_entries_only(tmp_path: Path, cache: DiskCache) -> None:
    code = (
        "i = 0\n"
        "while True:\n"
        "    body = bytes([i % 256]) * (i % 90_000)\n"
        "    cache.put(f'key-{i % 5}', CacheEntry(body=body, meta={'n': str(len(body))}))\n"
        "    i += 1\n"
        "    print('x', flush=True)\n"
    )
    for _ in range(5):
        child = in_child(tmp_path / "cache", code)
        assert child.stdout is not None
        child.stdout.readline()
        deadline = time.monotonic() + 0.05
        while time.monotonic() < deadline:
            for number in range(5):
                found = cache.get(f"key-{number}")
                assert found is None or (len(found.body) == int(found.meta["n"]) and len(set(found.body)) <= 1)
        child.send_signal(signal.SIGKILL)
        child.communicate()
    for number in range(5):
        found = cache.get(f"key-{number}")
        assert found is None or len(found.body) == int(found.meta["n"])
    cache.put("after", CacheEntry(body=b"x"))
    assert cache.get("after") is not None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 5500), byte=st.integers(1, 255), cut=st.sampled_from(["flip", "cut", "grow"]))
def test_a_damaged_entry_is_a_miss_and_goes(tmp_path: Path, cache: DiskCache, place: int, byte: int, cut: str) -> None:
    cache.clear()
    entry = CacheEntry(body=BODY, meta={"type": "image/jpeg"})
    cache.put("key", entry, ttl=1000)
    (path,) = files(tmp_path)
    good = path.read_bytes()
    place %= len(good)
    bad = {"flip": good[:place] + bytes([good[place] ^ byte]) + good[place + 1 :],
           "cut": good[:place], "grow": good + bytes(place + 1)}[cut]  # fmt: skip
    path.write_bytes(bad)
    assert cache.get("key") is None
    assert files(tmp_path) == []


def test_an_entry_under_another_name_is_not_found(tmp_path: Path, cache: DiskCache) -> None:
    cache.put("mine", CacheEntry(body=b"mine"))
    (mine,) = files(tmp_path)
    cache.put("yours", CacheEntry(body=b"yours"))
    (yours,) = set(files(tmp_path)) - {mine}
    shutil.copy(mine, yours)
    assert cache.get("yours") is None
    assert cache.get("mine") == CacheEntry(body=b"mine")


def test_a_link_in_place_of_an_entry_is_a_miss(tmp_path: Path, cache: DiskCache) -> None:
    cache.put("key", CacheEntry(body=BODY))
    (path,) = files(tmp_path)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert cache.get("key") is None


def test_a_full_disk_is_a_miss(tmp_path: Path) -> None:
    code = (
        "import resource\n"
        "cache.put('before', CacheEntry(body=b'x'))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))\n"
        "cache.put('before', CacheEntry(body=bytes(10_000)))\n"
        "cache.put('key', CacheEntry(body=bytes(10_000)))\n"
        "left = os.listdir(sys.argv[1] + '/parts')\n"
        "print(cache.get('key'), cache.get('before').body, cache.status().healthy, left)\n"
        "cache.put('small', CacheEntry(body=b'fits'))\n"
        "print(cache.get('small').body, cache.status().healthy)\n"
    )
    out = in_child(tmp_path / "cache", code).communicate(timeout=30)[0].decode().splitlines()
    assert out == ["None b'x' False []", "b'fits' True"]


def test_a_folder_that_is_emptied_is_made_again(tmp_path: Path, cache: DiskCache) -> None:
    cache.put("key", CacheEntry(body=BODY))
    shutil.rmtree(tmp_path / "cache")
    assert cache.get("key") is None
    assert cache.add("lease", "token", 10)
    assert not cache.add("lease", "other", 10)
    cache.put("key", CacheEntry(body=BODY))
    assert cache.get("key") == CacheEntry(body=BODY)
    assert cache.status().entries == 1


def test_a_folder_that_became_a_file_is_a_miss(tmp_path: Path, cache: DiskCache) -> None:
    shutil.rmtree(tmp_path / "cache")
    (tmp_path / "cache").write_bytes(b"")
    cache.put("key", CacheEntry(body=BODY))
    assert cache.get("key") is None
    assert cache.add("lease", "token", 10)
    cache.release("lease", "token")
    cache.delete(["key"])
    cache.clear()
    assert not cache.status().healthy


def test_lost_or_wrong_counts_are_made_anew(tmp_path: Path, cache: DiskCache) -> None:
    for number in range(20):
        cache.put(f"key-{number}", CacheEntry(body=BODY))
    before = cache.status()
    (tmp_path / "cache" / "entries" / "counts").unlink()
    assert cache.status() == before
    (tmp_path / "cache" / "entries" / "counts").write_bytes(b"torn")
    assert cache.status() == before


def test_clear_touches_nothing_of_others(tmp_path: Path, cache: DiskCache) -> None:
    for place in ("mine.txt", "entries/mine.txt", "other/entries/00/x"):
        (tmp_path / "cache" / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "cache" / place).write_text("mine")
    cache.put("key", CacheEntry(body=BODY))
    cache.clear()
    assert cache.status().used_bytes == 0
    for place in ("mine.txt", "entries/mine.txt", "other/entries/00/x"):
        assert (tmp_path / "cache" / place).read_text() == "mine"


def test_what_was_read_stays_longer(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "cache", 40 * 8192)
    for number in range(40):
        cache.put(f"key-{number}", CacheEntry(body=bytes(5000)))
    for path in files(tmp_path):
        os.utime(path, (time.time() - 1000,) * 2)
    assert cache.get("key-3")
    for number in range(40, 75):
        cache.put(f"key-{number}", CacheEntry(body=bytes(5000)))
    assert cache.get("key-3")
    assert cache.status().used_bytes <= 40 * 8192


def test_nobody_else_may_read_the_entries(tmp_path: Path, cache: DiskCache) -> None:
    cache.put("key", CacheEntry(body=BODY))
    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in files(tmp_path))


def open_below(folder: Path) -> list[str]:
    """What this process has open of a folder: other descriptors come and go with threads of earlier tests."""
    found = []
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):
            found.append(os.readlink(f"/proc/self/fd/{number}"))
    return sorted(path for path in found if path.startswith(str(folder)))


def test_no_descriptor_is_left_open(tmp_path: Path, cache: DiskCache) -> None:
    before = open_below(tmp_path)
    for number in range(300):
        cache.put(f"key-{number}", CacheEntry(body=BODY))
        cache.get(f"key-{number}")
        cache.get("missing")
        cache.add("lease", str(number), 10)
        cache.release("lease", str(number))
    assert open_below(tmp_path) == before


def test_too_many_open_files_are_a_miss(cache: DiskCache) -> None:
    cache.put("key", CacheEntry(body=BODY))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        found = cache.get("key")
        cache.put("other", CacheEntry(body=BODY))
        taken = cache.add("lease", "token", 10)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (found, taken) == (None, True)
    assert cache.get("key") is not None


@pytest.fixture
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_provider_opens_urls(away: Path) -> None:
    provider = DiskProvider()
    assert provider.open(f"disk://{away}/a%20b?size=10G").status().limit_bytes == 10 * 2**30
    assert (away / "a b").is_dir()
    assert provider.open("disk:c/d").status().limit_bytes == 2**30
    assert (away / "c" / "d").is_dir()
    (away / "file").write_text("")
    for url, text in (
        ("disk:file/x", "cannot be made"), ("disk:", "is written"), ("disk://host/x", "is written"),
        ("disk:///", "is written"), ("disk:x?size=0G0", "is not a size"), ("disk:x?foo=1", "no parameter 'foo'"),
    ):  # fmt: skip
        with pytest.raises(Unavailable, match=text):
            provider.open(url)


def test_the_plugin_registers_its_schemes() -> None:
    assert [provider.scheme for provider in qis_register_caches()] == ["memory", "disk", "memcached"]
