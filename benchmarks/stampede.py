"""Two hundred clients at once for one new rendering, over two nodes that share a cache: it is made once."""

from __future__ import annotations

import contextlib
import re
import shutil
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from askers import Askers
from cold import QUALITY
from lab import Server, server
from report import Figure, left_out

from qis_core.testing.memcached import Memcached

CROWD = 200
ROUNDS = 5


def over_two_nodes(library: Path) -> Iterator[Figure]:
    """Renderings made in all, and the slowest answer beyond twice one that is alone."""
    if shutil.which("memcached") is None:
        yield left_out("stampede over two nodes", "memcached is not installed (Debian: memcached)")
        return
    with contextlib.ExitStack() as running:
        cache = Memcached()
        running.callback(cache.kill)
        settings = {"QIS_CACHE_URL": f"memcached://{cache.address}", "QIS_WEB_METRICS": "1", "QIS_SERVER_WORKERS": "1"}
        nodes = [running.enter_context(server(library, **settings)) for _ in range(2)]
        for node in nodes:
            _seconds(node, _path(600))
        rounds = [_stampede(nodes, 700 + 10 * number) for number in range(ROUNDS)]
    made = max(made for made, _, _ in rounds)
    alone, slowest = (statistics.median(each[index] for each in rounds) for index in (1, 2))
    yield Figure(f"stampede of {CROWD} over two nodes: renderings made", made, "", "1")
    goal = f"≤ {2000 * alone + 100:.0f} (2 × alone + 100)"
    note = f"alone {1000 * alone:.0f} ms"
    yield Figure(f"stampede of {CROWD} over two nodes: slowest answer", 1000 * slowest, "ms", goal, note)


def _stampede(nodes: list[Server], width: int) -> tuple[float, float, float]:
    """How often it was made, one answer alone, and the slowest of all."""
    alone = _seconds(nodes[0], _path(width))
    before = sum(_rendered(node) for node in nodes)
    with Askers() as askers:
        for number in range(CROWD):
            askers.connect(nodes[number % len(nodes)].port, _path(width + 1))
        askers.ask()
        found = askers.hear_all()
    assert [each.status for each in found] == [200] * CROWD, Counter(each.status for each in found)
    return sum(_rendered(node) for node in nodes) - before, alone, max(each.seconds for each in found)


def _path(width: int) -> str:
    return f"/image?src=photo.jpg&width={width}&quality={QUALITY}"


def _seconds(node: Server, path: str) -> float:
    began = time.perf_counter()
    response, _ = node.get(path)
    assert response.status == 200, response.status
    return time.perf_counter() - began


def _rendered(node: Server) -> float:
    text = node.get("/metrics")[1].decode()
    found = re.search(r'qis_images_total\{origin="rendered"\} ([0-9.e+]+)', text)
    return float(found[1]) if found else 0.0
