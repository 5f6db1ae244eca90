"""Work behind the scenes: one thing at a time on each node, when nobody waits for a rendering, at low priority."""

from __future__ import annotations

import fcntl
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from qis_core.api import QisError
from qis_core.imaging.pool import RenderPool

_log = logging.getLogger(__name__)

Work = Callable[[RenderPool], object]
"""Makes something with render processes of low priority, and sees to it that it is found."""

WAITING = 200
"""What may wait; more is left out, and thought of again when it is wanted again."""

PATIENCE_SECONDS = 2.0
"""How long one waits for the render workers to have nothing to do: on a busy server they never have, and then
what is made in advance saves most."""

LINGER_SECONDS = 3.0
"""How long the process that does it is kept after the last work."""

_LOOK_SECONDS = 0.05
_STOP_SECONDS = 5.0


class Background:
    """Does the work that is wanted, in a thread that begins with the first. Safe to use from many threads."""

    def __init__(
        self,
        *,
        open_pool: Callable[[], AbstractContextManager[RenderPool]],
        is_idle: Callable[[], bool],
        lock: Path,
    ) -> None:
        """``is_idle`` tells whether no rendering is made or waits; who holds the file ``lock`` works on this node."""
        self._open_pool = open_pool
        self._is_idle = is_idle
        self._lock = lock
        self._waiting: OrderedDict[Hashable, Work] = OrderedDict()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def want(self, key: Hashable, work: Work) -> None:
        """Has ``work`` done soon, once for all who want the same ``key`` meanwhile; forgets it where too much waits."""
        with self._changed:
            if self._closing.is_set() or key in self._waiting or len(self._waiting) >= WAITING:
                return
            self._waiting[key] = work
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="qis-background", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Forgets what waits, and stops after what is being made."""
        self._closing.set()
        with self._changed:
            self._waiting.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while (first := self._next(None)) is not None:
            try:
                with self._alone(), self._open_pool() as pool:
                    following: tuple[Hashable, Work] | None = first
                    while following is not None and not self._closing.is_set():
                        self._await_rest()
                        self._try(pool, *following)
                        following = self._next(LINGER_SECONDS)
            except Exception:
                _log.exception("work in the background cannot be done")

    def _try(self, pool: RenderPool, key: Hashable, work: Work) -> None:
        try:
            work(pool)
        except QisError as error:
            if not self._closing.is_set():
                _log.info("%s could not be made in the background: %s", key, error)

    def _next(self, seconds: float | None) -> tuple[Hashable, Work] | None:
        """What has waited for longest; None after so many seconds without any, or at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing.is_set(), seconds)
            return self._waiting.popitem(last=False) if self._waiting else None

    def _await_rest(self) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not self._is_idle() and time.monotonic() < until and not self._closing.wait(_LOOK_SECONDS):
            pass

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While no other process of this node works so."""
        with self._lock.open("w") as file:
            while not self._closing.is_set():
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    self._closing.wait(_LOOK_SECONDS * 10)
            yield
