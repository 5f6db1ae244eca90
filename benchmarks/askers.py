"""Many clients in one thread that does nothing else, so that the crowd is measured and not who plays it.

Connections stand before anybody asks, and requests are bytes that are ready. Each client's time runs from the moment
before it sends its request until it has the last byte of the answer; the crowd runs on the same processors as the
server, so that what it needs itself (some 0.1 ms for each client) is in the figures of those who come last.
"""

from __future__ import annotations

import contextlib
import re
import selectors
import socket
import time
from dataclasses import dataclass

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PATIENCE = 60.0


@dataclass(frozen=True)
class Told:
    """What one client was answered: the status (0 where the connection ended before), the seconds until the last byte,
    whether it says when to come again, and the start of the body."""

    status: int
    seconds: float
    says_when: bool
    start: bytes


class Askers(contextlib.ExitStack):
    """Clients, each on a connection of its own, and what they were told."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Told] = []
        self._ready: list[_Asker] = []
        self._selector = self.enter_context(selectors.DefaultSelector())

    @property
    def waiting(self) -> int:
        """How many have asked, and have no answer yet."""
        return len(self._selector.get_map())

    def connect(self, port: int, path: str, address: str = "127.0.0.1") -> None:
        """Has one more, who wants that and comes from ``address``."""
        client = self.enter_context(socket.create_connection(("127.0.0.1", port), _PATIENCE, (address, 0)))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ready.append(_Asker(client, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()))

    def ask(self) -> None:
        """All that have not asked do."""
        for asker in self._ready:
            self._selector.register(asker.client, selectors.EVENT_READ, asker)
            asker.began = time.perf_counter()
            asker.client.sendall(asker.request)
        self._ready.clear()

    def listen(self, seconds: float) -> None:
        """Hears what comes within that time, or until something has come."""
        for key, _ in self._selector.select(seconds):
            told = key.data.hear()
            if told is not None:
                self._selector.unregister(key.fileobj)
                key.data.client.close()
                self.found.append(told)

    def hear_all(self) -> list[Told]:
        """What all were told, once all are answered or a minute passes without a word."""
        while self.waiting:
            before = time.perf_counter()
            self.listen(_PATIENCE)
            if time.perf_counter() - before > _PATIENCE:
                break
        return self.found


class _Asker:
    """One client: the request that it sends, and what it has got of the answer."""

    def __init__(self, client: socket.socket, request: bytes) -> None:
        self.client = client
        self.request = request
        self.began = 0.0
        self._head = b""
        self._left = -1

    def hear(self) -> Told | None:
        """The answer, where this was the end of it."""
        data = self.client.recv(1 << 18)
        if self._left < 0:
            self._head += data
            head, end, body = self._head.partition(b"\r\n\r\n")
            if end and (length := _LENGTH.search(head)):
                self._left = int(length[1]) - len(body)
        else:
            self._left -= len(data)
        if data and self._left:
            return None
        head, _, body = self._head.partition(b"\r\n\r\n")
        status = int(head[9:12]) if data and head.startswith(b"HTTP/1.1 ") else 0
        return Told(status, time.perf_counter() - self.began, b"\r\nretry-after: " in head.lower(), body[:200])
