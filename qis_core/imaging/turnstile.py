"""Who may start work now: a bounded number at once, a bounded queue, and fair turns between clients."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque

from qis_core.api import Unavailable
from qis_core.imaging.shares import Shares


class Turnstile:
    """Lets ``places`` callers through at once; at most ``queue_length`` others wait, each client's in its share.

    Those who wait are served in turns by client, each client's own in order of arrival, so that
    somebody who asks for a hundred pictures does not keep out one who asks for one.
    """

    def __init__(self, places: int, queue_length: int) -> None:
        self._lock = threading.Lock()
        self._places = self._free = places
        self._shares = Shares(queue_length)
        self._waiting: OrderedDict[str, deque[threading.Event]] = OrderedDict()
        self._queued = 0
        self._closed = False

    def admit(self, places: int) -> None:
        """Lets ``places`` through at once from now on. Where there were more, those inside may stay."""
        with self._lock:
            self._free += places - self._places
            self._places = places
            while self._free > 0 and self._waiting:
                self._free -= 1
                self._call_next()

    @property
    def inside(self) -> int:
        """How many have a place now."""
        return self._places - self._free

    @property
    def queued(self) -> int:
        """How many wait now."""
        return self._queued

    def check(self, client: str) -> None:
        """Raises Unavailable where `enter` would now: for those who have much to do before they come to it."""
        if self._free <= 0 and not self._shares.has_room(client):
            raise self._too_busy()

    def enter(self, client: str, seconds: float) -> None:
        """Takes a place, waiting up to ``seconds`` for it; ``leave`` gives it back. Raises Unavailable."""
        with self._lock:
            self._check_open()
            if self._free > 0:
                self._free -= 1
                return
            if not self._shares.take(client):
                raise self._too_busy()
            turn = threading.Event()
            self._waiting.setdefault(client, deque()).append(turn)
            self._queued += 1
        turn.wait(seconds)
        with self._lock:
            # A turn may come between the end of the wait and this moment: it counts.
            if not turn.is_set():
                self._forget(client, turn)
                raise Unavailable(f"too busy: no renderer became free within {seconds:g} seconds")
            self._check_open()

    def leave(self) -> None:
        """Gives a place back, to the one whose turn it is."""
        with self._lock:
            if self._waiting and self._free >= 0:
                self._call_next()
            else:
                self._free += 1

    def close(self) -> None:
        """Sends all who wait away, and all who come."""
        with self._lock:
            self._closed = True
            for turns in self._waiting.values():
                for turn in turns:
                    turn.set()
            self._waiting.clear()
            self._queued = 0

    def _call_next(self) -> None:
        client, turns = self._waiting.popitem(last=False)
        turns.popleft().set()
        self._shares.give_back(client)
        self._queued -= 1
        if turns:
            self._waiting[client] = turns

    def _too_busy(self) -> Unavailable:
        return Unavailable(f"too busy: {self._queued} renderings are waiting already")

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("the server is stopping")

    def _forget(self, client: str, turn: threading.Event) -> None:
        turns = self._waiting[client]
        turns.remove(turn)
        self._shares.give_back(client)
        self._queued -= 1
        if not turns:
            del self._waiting[client]
