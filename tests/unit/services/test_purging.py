"""Purges in the records: none is lost, and other processes hear of them."""

from __future__ import annotations

import threading

from qis_core.api import CacheEntry
from qis_core.builtin.caches.memory import MemoryCache
from qis_core.db.engine import Sessions
from qis_core.db.properties import PURGES_VERSION
from qis_core.db.versions import Changes
from qis_core.domain.purging import Purge
from qis_core.services.following import Follower, Versions
from qis_core.services.purging import Purging, read_table


def follow(sessions: Sessions, versions: Versions) -> Follower:
    return Follower(PURGES_VERSION, sessions=sessions, versions=versions, read=read_table)


def test_a_purge_counts_at_once_here_and_soon_elsewhere(sessions: Sessions, changes: Changes) -> None:
    now = [0.0]
    here = Versions(sessions, clock=lambda: now[0])
    changes.listen(here.outdate)
    ours = follow(sessions, here)
    theirs = follow(sessions, Versions(sessions, clock=lambda: now[0]))
    assert ours.table().number(["a/1.jpg"], "") == theirs.table().number(["a/1.jpg"], "") == 0
    Purging(sessions, MemoryCache(1000)).purge(Purge.of(folders=["a"]))
    assert ours.table().number(["a/1.jpg"], "") == 1
    now[0] += 1
    assert theirs.table().number(["a/1.jpg"], "") == 1


def test_purges_made_together_all_count(sessions: Sessions) -> None:
    purging = Purging(sessions, MemoryCache(1000))

    def work(number: int) -> None:
        for turn in range(5):
            purging.purge(Purge.of(images=[f"{number}/{turn}.jpg"]))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions() as session:
        table = read_table(session)
    assert sorted(table.images.values()) == list(range(1, 21))


def test_only_a_purge_of_everything_empties_the_cache(sessions: Sessions) -> None:
    cache = MemoryCache(10_000)
    cache.put("key", CacheEntry(body=b"x"))
    purging = Purging(sessions, cache)
    purging.purge(Purge.of(images=["a.jpg"], folders=["b"], templates=["card"]))
    assert cache.get("key") is not None
    purging.purge(Purge.of(everything=True))
    assert cache.get("key") is None
