"""What stores said a moment ago, remembered for a few seconds."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from qis_core.api import StorageEntry


class FreshnessMemo:
    """Entries by path, believed for ``seconds``, ``limit`` of them at most; 0 seconds remembers nothing.

    That nothing is there is not remembered: made-up paths would push out what is asked for often.
    """

    def __init__(self, seconds: float, limit: int = 20_000) -> None:
        self._seconds = seconds
        self._limit = limit
        self._known: OrderedDict[str, tuple[StorageEntry, float]] = OrderedDict()
        self._epoch = 0
        self._version = ""
        self._lock = threading.Lock()

    def get(self, path: str, ask: Callable[[str], StorageEntry]) -> tuple[StorageEntry, float]:
        """What is remembered of ``path``, or what ``ask`` says now (its errors pass); and until when
        it is believed, by the monotonic clock."""
        known = self._known.get(path)
        if known is not None and known[1] > monotonic():
            return known
        epoch, asked = self._epoch, monotonic()
        entry = ask(path)
        if not self._seconds:
            return entry, asked
        with self._lock:
            # Not if something was changed while we asked: this may be how it was before.
            if self._epoch == epoch:
                self._known.pop(path, None)
                self._known[path] = (entry, asked + self._seconds)
                if len(self._known) > self._limit:
                    self._known.popitem(last=False)
        return entry, asked + self._seconds

    def forget(self, path: str) -> None:
        """Nothing is believed of ``path`` and what is below it any more."""
        with self._lock:
            self._epoch += 1
            self._known.pop(path, None)
            for known in [known for known in self._known if known.startswith(path + "/")]:
                del self._known[known]

    def keep_up(self, version: str) -> None:
        """Believes nothing that was said under another ``version`` than this one."""
        if version != self._version:
            with self._lock:
                self._epoch += 1
                self._known.clear()
                self._version = version

    def __len__(self) -> int:
        return len(self._known)
