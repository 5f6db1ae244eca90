"""Hits against what no server can beat: from the process, from memcached, and through nginx."""

from __future__ import annotations

import contextlib
import shutil
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

from baselines import bare_view, has_nginx, nginx
from cold import QUALITY, ROUNDS, WIDTH
from lab import server
from report import Figure, left_out
from wrk import Load, is_installed, load

from qis_core.testing.memcached import Memcached

PATH = f"/image?src=photo.jpg&width={WIDTH}&quality={QUALITY}"
MANY = [f"/image?src=photo.jpg&width={WIDTH + n}&quality={QUALITY}" for n in range(-25, 25)]
"""Fifty pictures: of one and the same, a crowd's looks into the shared cache would be one."""


def from_memory(library: Path, folder: Path) -> Iterator[Figure]:
    """A rendering in the process's memory, one process: against a bare view, against nginx, and behind nginx."""
    if not is_installed():
        yield left_out("hot", "wrk is not installed (Debian: wrk)")
        return
    with contextlib.ExitStack() as running:
        ours = running.enter_context(server(library, QIS_SERVER_WORKERS="1"))
        base, body = f"http://127.0.0.1:{ours.port}", ours.get(PATH)[1]
        view = running.enter_context(bare_view(folder, body))
        found = _in_turns(("ours", base, PATH), ("view", view, "/image"))
        yield from _against("hot, from memory", found, "a bare Pyramid view", "≥ 0.85")
        if not has_nginx():
            yield left_out("hot, against nginx", "nginx is not installed (Debian: nginx)")
            return
        front = running.enter_context(nginx(folder, body, behind=base))
        found = _in_turns(("ours", base, PATH), ("file", front, "/body"))
        yield from _against("hot, from memory", found, "nginx and a file", "≥ 0.6")
        found = _in_turns(("ours", front, PATH), ("file", front, "/body"))
        yield from _against("hot, behind nginx with proxy_cache", found, "nginx and a file", "≥ 0.9")


def from_memcached(library: Path, folder: Path) -> Iterator[Figure]:
    """Renderings that are fetched from memcached for each request, against a bare view that does so."""
    if not is_installed() or shutil.which("memcached") is None:
        yield left_out("hot, from memcached", "wrk or memcached is not installed")
        return
    with contextlib.ExitStack() as running:
        cache = Memcached()
        running.callback(cache.kill)
        settings = {"QIS_CACHE_URL": f"memcached://{cache.address}", "QIS_CACHE_MEMORY_BYTES": "0"}
        ours = running.enter_context(server(library, QIS_SERVER_WORKERS="1", **settings))
        body = max((ours.get(path)[1] for path in MANY), key=len)
        view = running.enter_context(bare_view(folder, body, cache.address))
        found = _in_turns(("ours", f"http://127.0.0.1:{ours.port}", *MANY), ("view", view, "/image"))
        yield from _against("hot, from memcached", found, "a bare view with one GET", "≥ 0.85")


def _in_turns(*asked: tuple[str, ...]) -> dict[str, list[Load]]:
    for _, base, *paths in asked:
        load(base, paths, seconds=1)
    found: dict[str, list[Load]] = {name: [] for name, *_ in asked}
    for _ in range(ROUNDS):
        for name, base, *paths in asked:
            found[name].append(load(base, paths))
    assert not sum(each.errors for rounds in found.values() for each in rounds), found
    return found


def _against(what: str, found: dict[str, list[Load]], whom: str, goal: str) -> Iterator[Figure]:
    ours, theirs = found.values()
    ratio = statistics.median(a.rate / b.rate for a, b in zip(ours, theirs, strict=True))
    yield Figure(f"{what}: requests a second against {whom}", ratio, "×", goal)
    yield Figure(what, _median(ours, lambda each: each.rate), "requests/s", note=f"{whom}: {_rate(theirs)}")
    yield Figure(f"{what}: p99", _median(ours, lambda each: each.p99), "ms", "< 15")


def _median(found: list[Load], of: Callable[[Load], float]) -> float:
    return statistics.median(of(each) for each in found)


def _rate(found: list[Load]) -> str:
    return f"{_median(found, lambda each: each.rate):,.0f}"
