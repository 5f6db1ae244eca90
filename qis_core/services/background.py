"""Work behind the scenes: one thing at a time on each node, when nobody waits for a rendering, at low priority.

There are kinds of work, and they take turns: one thing of each that has any. So a folder of new photographs, whose
bases take half a minute, holds up no AVIF that the next visitor of an old page is to get, nor the other way round;
whoever waits waits twice as long as without the other kind, at most. None is always first, because both save: a base
three quarters of all further renderings of a photograph, an AVIF a third of the bytes of the rendering that is asked
for right now. Bases begin, as they make the costly rendering of the same photograph cheaper.
"""

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

BASES, FORMATS = "bases", "costly formats"
"""The kinds of work, in the order of their turns."""

WAITING = 200
"""How much of a kind may wait; more is left out, and thought of again when it is wanted again."""

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
        self._waiting: dict[str, OrderedDict[Hashable, Work]] = {BASES: OrderedDict(), FORMATS: OrderedDict()}
        self._making: Hashable = None
        self._pool: RenderPool | None = None
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def want(self, kind: str, key: Hashable, work: Work) -> None:
        """Has ``work`` done soon, once for all who want the same ``key`` meanwhile; forgets it where too much waits."""
        with self._changed:
            waiting = self._waiting[kind]
            if self._closing.is_set() or key in waiting or key == self._making or len(waiting) >= WAITING:
                return
            waiting[key] = work
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="qis-background", daemon=True)
                self._thread.start()

    @property
    def rests(self) -> bool:
        """Whether nothing waits or is being made."""
        return self._making is None and not any(self._waiting.values())

    def close(self) -> None:
        """Forgets what waits, and ends what is being made."""
        self._closing.set()
        with self._changed:
            for waiting in self._waiting.values():
                waiting.clear()
            self._changed.notify()
            pool = self._pool
        if pool is not None:
            # Its workers are ended, so that what is being made fails at once and is tidied up by its own thread.
            pool.close()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while (first := self._next(None)) is not None:
            try:
                with self._alone(), self._opened() as pool:
                    following: tuple[Hashable, Work] | None = first
                    while following is not None and not self._closing.is_set():
                        self._await_rest()
                        self._try(pool, *following)
                        following = self._next(LINGER_SECONDS)
            except Exception:
                if not self._closing.is_set():
                    _log.exception("work in the background cannot be done")

    @contextmanager
    def _opened(self) -> Iterator[RenderPool]:
        with self._open_pool() as pool:
            with self._changed:
                # Where it is closing already, nothing is done with it.
                self._pool = pool
            try:
                yield pool
            finally:
                with self._changed:
                    self._pool = None

    def _try(self, pool: RenderPool, key: Hashable, work: Work) -> None:
        try:
            work(pool)
        except QisError as error:
            if not self._closing.is_set():
                _log.info("%s could not be made in the background: %s", key, error)

    def _next(self, seconds: float | None) -> tuple[Hashable, Work] | None:
        """What has waited for longest of the kind whose turn it is; None after so many seconds without any, or at
        the end."""
        with self._changed:
            self._making = None
            self._changed.wait_for(lambda: any(self._waiting.values()) or self._closing.is_set(), seconds)
            for kind, waiting in self._waiting.items():
                if waiting:
                    # Its next turn comes after all others.
                    self._waiting[kind] = self._waiting.pop(kind)
                    self._making, work = waiting.popitem(last=False)
                    return self._making, work
            return None

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
