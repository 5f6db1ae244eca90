"""Clients whose bytes come or go slowly: they never keep all threads of a process to themselves.

A thread that reads what a client sends, or sends more than fits into the network's buffers, is
as slow as that client, who may be so on purpose. Only a few threads may be in that state;
what is short is handed to the server whole, which needs no thread to send it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response
from pyramid.tweens import EXCVIEW

from qis_core.api import Unavailable

AT_ONCE = 1024**2
"""The most bytes that are handed to the server whole: it keeps them in memory until the client has them."""

_BLOCK = 256 * 1024
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})

Handler = Callable[[Request], Response]


def includeme(config: Configurator) -> None:
    """Watches over requests that may have a body."""
    config.add_tween("qis_core.web.slow_clients.bodies", under=EXCVIEW)


def bodies(handler: Handler, registry: Registry) -> Handler:
    """The tween: a request with a body counts as a slow client while it is handled."""
    slow_clients: SlowClients = registry["qis"].slow_clients

    def handle(request: Request) -> Response:
        if request.method in _WITHOUT_BODY:
            return handler(request)
        slow_clients.enter()
        try:
            return handler(request)
        finally:
            slow_clients.leave()

    return handle


class SlowClients:
    """At most ``places`` threads that wait for a client's bytes. Safe to use from many threads."""

    def __init__(self, places: int) -> None:
        self._places = threading.BoundedSemaphore(places)

    def enter(self) -> None:
        """Takes a place, which ``leave`` gives back. Raises Unavailable where none is free."""
        if not self._places.acquire(blocking=False):
            raise Unavailable("too many transfers are under way; try again shortly", retry_after=5)

    def leave(self) -> None:
        """Gives a place back."""
        self._places.release()

    def sending(self, stream: BinaryIO, length: int) -> Iterable[bytes]:
        """The next ``length`` bytes of ``stream``, to be sent; closes the stream at the end. Raises Unavailable."""
        if length <= AT_ONCE:
            with stream:
                return [stream.read(length)]
        try:
            self.enter()
        except Unavailable:
            stream.close()
            raise
        return Sending(stream, length, self.leave)


class Sending:
    """Blocks of a stream, ``length`` bytes in all; ``close``, called at the end, by the server where it gives up,
    or when nobody wants the rest, closes the stream and calls ``ended`` once."""

    def __init__(self, stream: BinaryIO, length: int, ended: Callable[[], None]) -> None:
        self._stream = stream
        self._left = length
        self._ended: Callable[[], None] | None = ended

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0:
            block = self._stream.read(min(_BLOCK, self._left))
            if not block:
                break
            self._left -= len(block)
            yield block
        self.close()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Closes the stream and gives the place back."""
        self._stream.close()
        ended, self._ended = self._ended, None
        if ended is not None:
            ended()
