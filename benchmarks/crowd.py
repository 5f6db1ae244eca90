"""More clients than there is room for: what they are told, and how soon, while hits go on beside them."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import selectors
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path

from cold import COPIES
from lab import Server, server
from report import Figure

CROWD = 300
ROUNDS = 5
PER_SECOND = 300
STREAM_SECONDS = 5
BETWEEN_HITS = 0.01
HIT = "/image?src=0.jpg&width=400"


@dataclass(frozen=True)
class Told:
    """What one of the crowd was answered: the status, the seconds until the answer began, and whether it says when
    to come again."""

    status: int
    seconds: float
    says_when: bool


def over_the_queue(library: Path) -> Iterator[Figure]:
    """Three hundred want a new picture each, all at once and then one after the other within a second, for some
    seconds: from one address first, then each from one of its own."""
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
    refused = [each.seconds for each in found if each.status == 503 and each.says_when]
    answered = sum(each.status == 200 for each in found)
    others = len(found) - answered - len(refused)
    note = f"{answered} answered, {len(refused)} told to come again, {others} anything else"
    yield Figure(f"{what}: neither a picture nor Retry-After", others, "", "0", note)
    if refused:
        note = f"median {1000 * statistics.median(refused):.0f} ms, slowest {1000 * max(refused):.0f} ms"
        yield Figure(f"{what}: 503 with Retry-After, p99", _p99(refused), "ms", "< 50", note)
    note = f"median {1000 * statistics.median(hits):.1f} ms, slowest {1000 * max(hits):.0f} ms, {len(hits)} hits"
    yield Figure(f"{what}: hits meanwhile, p99", _p99(hits), "ms", "< 100", note)


def _p99(seconds: Sequence[float]) -> float:
    return 1000 * sorted(seconds)[int(0.99 * (len(seconds) - 1))]


def _crowd(node: Server, paths: Sequence[str], addresses: int) -> list[Told]:
    """All ask at once, on connections that stand already; what each is told first."""
    with _Askers(node, addresses) as askers:
        for path in paths:
            askers.connect(path)
        askers.ask()
        while askers.waiting:
            askers.listen(60)
        return askers.found


def _stream(node: Server, paths: Sequence[str], addresses: int) -> list[Told]:
    """One asks after the other, whatever became of those before; what each is told first."""
    with _Askers(node, addresses) as askers:
        began = time.perf_counter()
        for number, path in enumerate(paths):
            askers.connect(path)
            askers.ask()
            until = began + (number + 1) / PER_SECOND
            while (left := until - time.perf_counter()) > 0:
                askers.listen(left)
        while askers.waiting:
            askers.listen(60)
        return askers.found


class _Askers(contextlib.ExitStack):
    """Clients from so many addresses, and what they were told first."""

    def __init__(self, node: Server, addresses: int) -> None:
        super().__init__()
        self._node, self._addresses = node, addresses
        self._places = itertools.count()
        self._ready: list[tuple[socket.socket, str]] = []
        self._selector = selectors.DefaultSelector()
        self.waiting = 0
        self.found: list[Told] = []

    def connect(self, path: str) -> None:
        """Has one more, who wants that."""
        number = next(self._places) % self._addresses
        place = (f"127.0.{number // 200 + 1}.{number % 200 + 1}", 0)
        client = self.enter_context(socket.create_connection(("127.0.0.1", self._node.port), 60, place))
        self._ready.append((client, path))

    def ask(self) -> None:
        """All that have not asked do."""
        for client, path in self._ready:
            self._selector.register(client, selectors.EVENT_READ, time.perf_counter())
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            self.waiting += 1
        self._ready.clear()

    def listen(self, seconds: float) -> None:
        """Hears those that are answered within that time."""
        for key, _ in self._selector.select(seconds):
            head = key.fileobj.recv(4096)  # type: ignore[union-attr]
            self._selector.unregister(key.fileobj)
            # A picture that nobody reads on would keep a thread of the server waiting.
            key.fileobj.close()  # type: ignore[union-attr]
            self.waiting -= 1
            status = int(head[9:12]) if head.startswith(b"HTTP/1.1 ") else 0
            self.found.append(Told(status, time.perf_counter() - key.data, b"\r\nretry-after: " in head.lower()))


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
