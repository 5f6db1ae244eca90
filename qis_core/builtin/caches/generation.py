"""The generation of a namespace on several memcached servers: a number in every key, raised to forget them all."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from qis_core.builtin.caches.memcached_node import Away, Node

BELIEVED_SECONDS = 1.0


class Generation:
    """The highest number that any node has counts; nodes with none or a lower one are given it.

    So neither a node that lost its memory nor one that missed a ``raise_`` brings back
    what was forgotten. Numbers are times (µs): one that was lost everywhere is followed by a higher one.
    """

    def __init__(self, nodes: Sequence[Node], key: str) -> None:
        self._nodes = nodes
        self._key = key
        self._number = 0
        self._due = 0.0
        self._lock = threading.Lock()

    def current(self) -> int:
        """The number as it is, or was a second ago; 0 as long as no node has answered."""
        # One thread looks, the others go on with what is known, where something is.
        if time.monotonic() >= self._due and self._lock.acquire(blocking=self._number == 0):
            try:
                if time.monotonic() >= self._due:
                    self._look()
            finally:
                self._lock.release()
        return self._number

    def raise_(self) -> None:
        """Another number from now on: at once here, within a second elsewhere."""
        with self._lock:
            self._look()
            self._number = max(_now(), self._number + 1)
            self._tell(dict.fromkeys(self._nodes, 0))

    def _look(self) -> None:
        found: dict[Node, int] = {}
        for node in self._nodes:
            if not node.is_away:
                with suppress(Away):
                    found[node] = _number(node.get(self._key))
        if found:
            self._number = max(self._number, *found.values()) or _now()
            self._tell(found)
        self._due = time.monotonic() + BELIEVED_SECONDS

    def _tell(self, found: dict[Node, int]) -> None:
        """Tells the number to those that have a lower one; who cannot be told is to lose the one that it has."""
        text = str(self._number).encode()
        for node, number in found.items():
            if number < self._number:
                try:
                    # Where there is none another process may be telling one, too; the next look settles it.
                    node.set(self._key, text, 0)
                except Away:
                    # Alone with the old number it would show a process that starts now what was forgotten.
                    node.note_missed(self._key)


def _number(item: bytes | None) -> int:
    try:
        return int(item or 0)
    except ValueError:
        return 0


def _now() -> int:
    return time.time_ns() // 1000
