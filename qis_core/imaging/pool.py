"""Renderings on a bounded number of worker processes, which no file can bring down, and which a node's server
processes share."""

from __future__ import annotations

import logging
import os
import pickle
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, TypeVar

from qis_core.api import BrokenImage, QisError, Rendition, SourceInfo, TookTooLong, TooLarge, Unavailable
from qis_core.imaging import zygote
from qis_core.imaging.ahead import Ahead
from qis_core.imaging.answers import Done
from qis_core.imaging.description import Description
from qis_core.imaging.nursery import Nursery
from qis_core.imaging.orders import DescribeOrder, LevelOrder, Order, ProbeOrder, RenderOrder
from qis_core.imaging.renderer import Lost, have_done
from qis_core.imaging.setup import WorkerSetup
from qis_core.imaging.turnstile import Turnstile
from qis_core.imaging.wire import MAX_FILES
from qis_core.settings import ImagingSettings

_log = logging.getLogger(__name__)
_ATTEMPTS = 3
_TAKING_SECONDS = 10.0
"""How long an order whose turn it is may wait at least for those of other server processes, and for a new worker."""

Kind = TypeVar("Kind", Rendition, SourceInfo, Description)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """``workers`` at once, at most ``queue_length`` orders that may wait, each at most
    ``wait_seconds``; a worker is replaced after ``jobs_per_worker`` orders, or where it holds more
    than ``resident_bytes`` after one."""

    workers: int = 1
    queue_length: int = 64
    wait_seconds: float = 20.0
    jobs_per_worker: int = 500
    resident_bytes: int = 400 * 1024**2

    @classmethod
    def of(cls, settings: ImagingSettings, *, servers: int = 1) -> PoolSettings:
        """As the site's settings say. Where they leave the number of workers open, there are as many as processors;
        the ``servers`` processes of this machine share them where nothing else lets them share the workers."""
        sharing = 1 if zygote.shared() else servers
        return cls(
            workers=settings.workers or max(1, (os.cpu_count() or 1) // sharing),
            queue_length=settings.queue_length,
            wait_seconds=settings.wait_seconds,
            jobs_per_worker=settings.jobs_per_worker,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStatus:
    """The pool now, as this process sees it: ``workers`` allowed, ``busy`` ones with its orders, orders ``queued``;
    and since it began: ``jobs`` done, ``timeouts``, ``crashes`` (workers lost in other ways)."""

    workers: int
    busy: int
    queued: int
    jobs: int
    timeouts: int
    crashes: int

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for anything."""
        return not self.busy and not self.queued


class RenderPool:
    """Does orders on worker processes; to be used from many threads.

    A worker that passes its limits or crashes is ended and replaced: only its own order fails.
    Make one in each server process, after that has been forked; where ``setup`` is shared, they have the same workers.
    ``arguments`` go to the worker's command line; ``media_types``, where given, are the only
    ones that a rendering may claim to be.
    """

    def __init__(
        self,
        setup: WorkerSetup,
        settings: PoolSettings | None = None,
        *,
        media_types: Collection[str] = (),
        arguments: Sequence[str] = (),
    ) -> None:
        self._settings = settings or PoolSettings()
        self._media_types = frozenset(media_types)
        self._ahead = Ahead(self._settings.workers, self._settings.queue_length)
        self._turnstile = Turnstile(
            self._settings.workers + self._ahead.orders, self._settings.queue_length - self._ahead.most
        )
        setup = replace(
            setup,
            workers=self._settings.workers,
            jobs_per_worker=self._settings.jobs_per_worker,
            resident_bytes=self._settings.resident_bytes,
        )
        self._nursery = Nursery(setup, arguments)
        self._lock = threading.Lock()
        self._jobs = self._timeouts = self._crashes = 0
        self._closed = False

    def render(self, order: RenderOrder, files: Sequence[BinaryIO], *, client: str = "") -> Rendition:
        """The rendering of ``files[0]``; ``client`` is whom the order counts for in the queue.

        ``timings`` of the answer has 'queue' too, the seconds it waited for a worker. Raises
        Unavailable, TookTooLong, BrokenImage, TooLarge, UnsupportedFeature, NotFound.
        """
        waited, rendition = self._do(order, files, client, Rendition)
        if not self._may_be(rendition.media_type):
            raise _wrong()
        return replace(rendition, timings={"queue": waited, **rendition.timings})

    def check(self, client: str) -> None:
        """Raises Unavailable where an order of ``client`` would be sent away now, as too many wait already."""
        self._turnstile.check(client)

    def probe(self, order: ProbeOrder, files: Sequence[BinaryIO], *, client: str = "") -> SourceInfo:
        """What one page of ``files[0]`` is. Raises as ``render``."""
        return self._do(order, files, client, SourceInfo)[1]

    def describe(self, order: DescribeOrder, files: Sequence[BinaryIO], *, client: str = "") -> Description:
        """What ``files[0]`` is and says of itself. Raises as ``render``."""
        return self._do(order, files, client, Description)[1]

    def write_level(self, order: LevelOrder, source: BinaryIO, out: BinaryIO, *, client: str = "") -> SourceInfo:
        """What the page of ``source`` is, once its copy has been written to ``out``. Raises as ``render``.

        Only in a pool whose workers may write (``WorkerSetup.written_bytes``).
        """
        return self._do(order, [source, out], client, SourceInfo)[1]

    def status(self) -> PoolStatus:
        """What the pool does now and has done."""
        inside = self._turnstile.inside
        with self._lock:
            return PoolStatus(
                workers=self._settings.workers,
                busy=min(inside, self._settings.workers),
                queued=self._turnstile.queued + max(inside - self._settings.workers, 0),
                jobs=self._jobs,
                timeouts=self._timeouts,
                crashes=self._crashes,
            )

    def close(self) -> None:
        """Ends all workers that no other process shares; orders that are under way or wait end with Unavailable."""
        self._closed = True
        self._turnstile.close()
        self._nursery.close()

    def _do(self, order: Order, files: Sequence[BinaryIO], client: str, kind: type[Kind]) -> tuple[float, Kind]:
        """The seconds it waited for its turn, and what has been done."""
        if len(files) > MAX_FILES:
            raise TooLarge("the number of pictures in one rendering", len(files), MAX_FILES)
        began = time.monotonic()
        self._turnstile.enter(client, self._settings.wait_seconds)
        try:
            take_by = max(began + self._settings.wait_seconds, time.monotonic() + _TAKING_SECONDS)
            taken, done = self._done(order, [file.fileno() for file in files], take_by)
        finally:
            self._turnstile.leave()
        self._turnstile.admit(self._settings.workers + self._ahead.after(time.monotonic() - taken))
        with self._lock:
            self._jobs += 1
        if isinstance(done, QisError):
            raise done
        if not isinstance(done, kind):
            raise _wrong()
        return taken - began, done

    def _done(self, order: Order, files: Sequence[int], take_by: float) -> tuple[float, Done]:
        """When a worker took the order, and what it has done."""
        packed = pickle.dumps(order, protocol=5)
        for _ in range(_ATTEMPTS):
            try:
                return have_done(self._nursery, packed, files, order.limits, take_by=take_by)
            except Lost as lost:
                if lost.error is not None:
                    self._count_loss(lost, order.source_name)
                    raise lost.error from None
        raise Unavailable("the render processes are away; they are started again")

    def _count_loss(self, lost: Lost, name: str) -> None:
        with self._lock:
            if isinstance(lost.error, TookTooLong):
                self._timeouts += 1
            else:
                self._crashes += 1
        if not self._closed:
            _log.warning("worker %d was lost on %r: %s", lost.pid, name, lost.error)

    def _may_be(self, media_type: str) -> bool:
        return not self._media_types or media_type in self._media_types


def _wrong() -> BrokenImage:
    return BrokenImage("the renderer gave a wrong answer for this file")
