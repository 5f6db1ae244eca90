"""Bases are made behind the scenes: one at a time on each node, when nobody waits for a rendering, at low priority."""

from __future__ import annotations

import fcntl
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from qis_core.api import QisError
from qis_core.imaging.pool import RenderPool
from qis_core.services.pyramids.making import OpenPool
from qis_core.services.pyramids.store import CopyKey

_log = logging.getLogger(__name__)

WAITING = 200
"""Originals that may wait; more are left out, and thought of again at a later rendering."""

PATIENCE_SECONDS = 2.0
"""How long one waits for the render workers to have nothing to do: on a busy server they never have, and then
bases save most."""

LINGER_SECONDS = 3.0
"""How long the process that makes bases is kept after the last one."""

_LOOK_SECONDS = 0.05
_STOP_SECONDS = 5.0


class BaseMaker:
    """Makes the bases that are wanted, in a thread that begins with the first. Safe to use from many threads."""

    def __init__(
        self,
        *,
        make: Callable[[RenderPool, CopyKey], object],
        open_pool: OpenPool,
        is_idle: Callable[[], bool],
        lock: Path,
    ) -> None:
        """``is_idle`` tells whether no rendering is made or waits; who holds the file ``lock`` makes bases here."""
        self._make = make
        self._open_pool = open_pool
        self._is_idle = is_idle
        self._lock = lock
        self._waiting: OrderedDict[CopyKey, None] = OrderedDict()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def want(self, key: CopyKey) -> None:
        """Has the bases of an original made soon; forgets it where too many wait already."""
        with self._changed:
            if self._closing.is_set() or len(self._waiting) >= WAITING:
                return
            self._waiting[key] = None
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="qis-bases", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Stops after the base that is being made."""
        self._closing.set()
        with self._changed:
            self._waiting.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)

    def _work(self) -> None:
        while (first := self._next(None)) is not None:
            try:
                with self._alone(), self._open_pool() as pool:
                    key: CopyKey | None = first
                    while key is not None:
                        self._await_rest()
                        self._try(pool, key)
                        key = self._next(LINGER_SECONDS)
            except Exception:
                _log.exception("bases cannot be made")

    def _try(self, pool: RenderPool, key: CopyKey) -> None:
        try:
            self._make(pool, key)
        except QisError as error:
            if not self._closing.is_set():
                _log.info("there are no bases of %r: %s", key.path, error)

    def _next(self, seconds: float | None) -> CopyKey | None:
        """The one that has waited for longest; None after so many seconds without any, or at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing.is_set(), seconds)
            return self._waiting.popitem(last=False)[0] if self._waiting else None

    def _await_rest(self) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not self._is_idle() and time.monotonic() < until and not self._closing.wait(_LOOK_SECONDS):
            pass

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While no other process of this node makes bases."""
        with self._lock.open("w") as file:
            while not self._closing.is_set():
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    self._closing.wait(_LOOK_SECONDS * 10)
            yield
