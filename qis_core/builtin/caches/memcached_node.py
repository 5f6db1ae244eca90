"""One memcached server: asked within a time limit, and left alone for a while after it failed."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TypeVar

from pymemcache.exceptions import MemcacheClientError, MemcacheError, MemcacheServerError, MemcacheUnexpectedCloseError

from qis_core.builtin.caches.memcached_connection import Connection

log = logging.getLogger(__name__)

AWAY_SECONDS = 2.0
"""How long a node that failed is left alone before one request tries it again."""

_MOST_MISSED = 20_000
_NOBODY = "qis-nobody"

T = TypeVar("T")


class Away(Exception):
    """The node does not answer, or did not a moment ago."""


class Node:
    """The connections to one server. Every method raises Away where it does not answer in time.

    What is written elsewhere while it is away has to be told by `note_missed`: the node is made to
    forget it (the last 20,000 keys) before it is believed again. Safe to use from many threads.
    """

    def __init__(self, host: str, port: int, seconds: float) -> None:
        """``seconds`` is the limit for connecting and for one answer, together."""
        self.name = f"{host}:{port}"
        self._address = host, port
        self._seconds = seconds
        self._idle: deque[Connection] = deque()
        self._trying, self._noting = threading.Lock(), threading.Lock()
        self._is_away = False
        self._away_until = 0.0
        self._missed: dict[str, None] = {}

    @property
    def is_away(self) -> bool:
        """Whether it is to be left alone now."""
        return self._is_away and time.monotonic() < self._away_until

    def get(self, key: str) -> bytes | None:
        """The item."""
        return self.read(key, bytes)

    def read(self, key: str, use: Callable[[memoryview], T]) -> T | None:
        """What ``use`` makes of the item; None where there is none. It must keep nothing of what it is given."""
        return self._do(lambda client: client.read(key, use))

    def set(self, key: str, item: bytes, expire: int) -> bool:
        """Keeps the item for ``expire`` seconds (0: as long as there is room); whether it was taken."""
        return bool(self._do(lambda client: client.set(key, item, expire)))

    def add(self, key: str, item: bytes, expire: int) -> bool:
        """Keeps the item unless there is one; whether it was taken."""
        return bool(self._do(lambda client: client.add(key, item, expire)))

    def delete(self, key: str) -> None:
        """Deletes the item."""
        self._do(lambda client: client.delete(key))

    def delete_if(self, key: str, item: bytes) -> None:
        """Deletes the item if it is ``item``, in one step."""
        found, version = self._do(lambda client: client.gets(key)) or (None, None)
        if found == item:
            # A time in the past: it is gone as soon as it is set.
            self._do(lambda client: client.cas(key, b"", version, -1))

    def statistics(self) -> Mapping[bytes, int]:
        """memcached's own counters."""
        return self._do(lambda client: client.stats()) or {}

    def note_missed(self, key: str) -> None:
        """Something was done with ``key`` that this node did not hear of: what it has there is old."""
        with self._noting:
            self._missed[key] = None
            if len(self._missed) > _MOST_MISSED:
                del self._missed[next(iter(self._missed))]

    def close(self) -> None:
        """Closes the connections that nobody uses now."""
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:
                return

    def _do(self, call: Callable[[Connection], T]) -> T | None:
        if self._is_away or self._missed:
            self._try_again()
        try:
            return self._call(call)
        except MemcacheServerError as error:
            # It lives, and does not take this: too large an item, or no room for it.
            log.debug("memcached %s: %s", self.name, error)
        except MemcacheClientError as error:
            log.error("memcached %s refuses a command: %s", self.name, error)
        except (MemcacheError, OSError) as error:
            self._leave(error)
            raise Away from error
        return None

    def _call(self, call: Callable[[Connection], T]) -> T:
        try:
            return self._call_once(call)
        except ConnectionError:
            # A server that was started again has closed the connections that we kept; new ones are good.
            self.close()
            return self._call_once(call)

    def _call_once(self, call: Callable[[Connection], T]) -> T:
        try:
            client = self._idle.pop()
        except IndexError:
            client = self._new_client()
        try:
            answer = call(client)
        except BaseException as error:
            # What is left of an answer must not be taken for the next one's.
            client.close()
            if isinstance(error, MemcacheUnexpectedCloseError):
                raise ConnectionResetError("it closed the connection") from error
            raise
        self._idle.append(client)
        return answer

    def _new_client(self) -> Connection:
        # A third for connecting: no server that is worth asking takes longer within one network.
        return Connection(
            self._address,
            connect_timeout=self._seconds / 3,
            timeout=self._seconds * 2 / 3,
            no_delay=True,
            # Without an answer there is no telling whether an `add` won.
            default_noreply=False,
        )

    def _try_again(self) -> None:
        """Returns once the node may be asked. One thread at a time finds out, the others are told that it is away."""
        if time.monotonic() < self._away_until or not self._trying.acquire(blocking=False):
            raise Away
        try:
            self._away_until = time.monotonic() + AWAY_SECONDS
            with self._noting:
                missed, self._missed = self._missed, {}
            try:
                self._call(lambda client: client.delete_many(tuple(missed) or (_NOBODY,)))
            except (MemcacheError, OSError) as error:
                with self._noting:
                    self._missed = missed | self._missed
                raise Away from error
            if self._is_away:
                log.warning("memcached %s is back", self.name)
            self._is_away, self._away_until = False, 0.0
        finally:
            self._trying.release()

    def _leave(self, error: Exception) -> None:
        self.close()
        self._away_until = time.monotonic() + AWAY_SECONDS
        if not self._is_away:
            self._is_away = True
            log.warning("memcached %s is away: %s", self.name, error or type(error).__name__)
