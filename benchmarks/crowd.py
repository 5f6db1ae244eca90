"""More clients than there is room for: what they are told, and how soon, while hits go on beside them."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import statistics
import time
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path

from askers import Askers, Told
from cold import COPIES
from lab import Server, server
from report import Figure

CROWD = 300
ROUNDS = 5
PER_SECOND = 300
STREAM_SECONDS = 5
BETWEEN_HITS = 0.01
IN_VAIN = b"no renderer became free"
HIT = "/image?src=0.jpg&width=400"


def over_the_queue(library: Path) -> Iterator[Figure]:
    """Three hundred want a new picture each, all at once and then one after the other within a second, for some
    seconds: from one address first, then each from one of its own. Times are those of `askers`."""
    with server(library, QIS_SERVER_WORKERS="2") as node:
        for number in range(COPIES):
            node.get(_path(number, 400))
        new = (_path(number, width) for width in itertools.count(500) for number in range(COPIES))
        yield from _quiet(node)
        for who, addresses in (("one client", 1), ("as many clients", CROWD)):
            found: list[Told] = []
            with _hits(node) as hits:
                for _ in range(ROUNDS):
                    found += _crowd(node, list(itertools.islice(new, CROWD)), addresses)
            yield from _told(f"crowd of {CROWD}, {who}", found, hits)
        for who, addresses in (("one client", 1), ("as many clients", CROWD)):
            with _hits(node) as hits:
                found = _stream(node, list(itertools.islice(new, STREAM_SECONDS * PER_SECOND)), addresses)
            yield from _told(f"{PER_SECOND} a second, {who}", found, hits)


def _path(number: int, width: int) -> str:
    return f"/image?src={number}.jpg&width={width}"


def _quiet(node: Server) -> Iterator[Figure]:
    with _hits(node) as hits:
        time.sleep(2)
    yield Figure("hits with nobody else there: p99", _p99(hits), "ms")


def _told(what: str, found: Sequence[Told], hits: Sequence[float]) -> Iterator[Figure]:
    told = [each for each in found if each.status == 503 and each.says_when]
    # Who was let into the queue and waited there in vain was not refused: there were fewer renderings than hoped.
    refused = [each.seconds for each in told if IN_VAIN not in each.start]
    answered = sum(each.status == 200 for each in found)
    others = len(found) - answered - len(told)
    in_vain = len(told) - len(refused)
    note = f"{answered} answered, {len(refused)} refused, {in_vain} waited in vain, {others} anything else"
    yield Figure(f"{what}: neither a picture nor Retry-After", others, "", "0", note)
    if refused:
        note = f"median {1000 * statistics.median(refused):.0f} ms, slowest {1000 * max(refused):.0f} ms"
        yield Figure(f"{what}: 503 with Retry-After, p99", _p99(refused), "ms", "< 50", note)
    note = f"median {1000 * statistics.median(hits):.1f} ms, slowest {1000 * max(hits):.0f} ms, {len(hits)} hits"
    yield Figure(f"{what}: hits meanwhile, p99", _p99(hits), "ms", "< 100", note)


def _p99(seconds: Sequence[float]) -> float:
    return 1000 * sorted(seconds)[int(0.99 * (len(seconds) - 1))]


def _crowd(node: Server, paths: Sequence[str], addresses: int) -> list[Told]:
    """All ask at once; what each is told."""
    with Askers() as askers:
        for number, path in enumerate(paths):
            askers.connect(node.port, path, _address(number % addresses))
        askers.ask()
        return askers.hear_all()


def _stream(node: Server, paths: Sequence[str], addresses: int) -> list[Told]:
    """One asks after the other, whatever became of those before; what each is told."""
    with Askers() as askers:
        began = time.perf_counter()
        for number, path in enumerate(paths):
            askers.connect(node.port, path, _address(number % addresses))
            askers.ask()
            until = began + (number + 1) / PER_SECOND
            while (left := until - time.perf_counter()) > 0:
                askers.listen(left)
        return askers.hear_all()


def _address(number: int) -> str:
    return f"127.0.{number // 200 + 1}.{number % 200 + 1}"


@contextlib.contextmanager
def _hits(node: Server) -> Iterator[list[float]]:
    """The seconds that a known picture takes, a hundred times a second: complete once the block is left."""
    ours, theirs = multiprocessing.Pipe()
    # A process of its own: the crowd's must not keep it waiting.
    process = multiprocessing.get_context("fork").Process(target=_ask_for_hits, args=(node.port, theirs))
    process.start()
    seconds: list[float] = []
    try:
        yield seconds
    finally:
        ours.send("enough")
        seconds += ours.recv()
        process.join()


def _ask_for_hits(port: int, until: Connection) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    seconds = []
    while not until.poll(BETWEEN_HITS):
        began = time.perf_counter()
        connection.request("GET", HIT)
        answer = connection.getresponse()
        assert len(answer.read()) > 1000, answer.status
        seconds.append(time.perf_counter() - began)
    until.send(seconds)
