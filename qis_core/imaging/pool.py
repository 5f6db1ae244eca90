"""Renderings on a bounded number of worker processes, which no file can bring down."""

from __future__ import annotations

import logging
import os
import pickle
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from qis_core.api import BrokenImage, QisError, Rendition, SourceInfo, TookTooLong, TooLarge, Unavailable
from qis_core.imaging.description import Description
from qis_core.imaging.nursery import Nursery
from qis_core.imaging.orders import DescribeOrder, LevelOrder, Order, ProbeOrder, RenderOrder
from qis_core.imaging.renderer import Lost, Renderer
from qis_core.imaging.setup import WorkerSetup
from qis_core.imaging.turnstile import Turnstile
from qis_core.imaging.wire import MAX_FILES
from qis_core.settings import ImagingSettings

_log = logging.getLogger(__name__)
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """``workers`` at once, ``queue_length`` orders that may wait, each at most
    ``wait_seconds``; a worker is replaced after ``jobs_per_worker`` orders, or where it holds more
    than ``resident_bytes`` after one."""

    workers: int = 1
    queue_length: int = 64
    wait_seconds: float = 20.0
    jobs_per_worker: int = 500
    resident_bytes: int = 400 * 1024**2

    @classmethod
    def of(cls, settings: ImagingSettings, *, servers: int = 1) -> PoolSettings:
        """As the site's settings say; where they leave the number of workers open, the ``servers``
        processes of this machine, each with a pool of its own, share its processors."""
        return cls(
            workers=settings.workers or max(1, (os.cpu_count() or 1) // servers),
            queue_length=settings.queue_length,
            wait_seconds=settings.wait_seconds,
            jobs_per_worker=settings.jobs_per_worker,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStatus:
    """The pool now: ``workers`` allowed, ``busy`` and ``idle`` ones, orders ``queued``; and since it
    began: ``jobs`` done, ``timeouts``, ``crashes`` (workers lost in other ways), ``retired`` workers."""

    workers: int
    busy: int
    idle: int
    queued: int
    jobs: int
    timeouts: int
    crashes: int
    retired: int

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for anything."""
        return not self.busy and not self.queued


class RenderPool:
    """Does orders on worker processes; to be used from many threads.

    A worker that passes its limits or crashes is ended and replaced: only its own order fails.
    Make one in each server process, after that has been forked.
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
        self._turnstile = Turnstile(self._settings.workers, self._settings.queue_length)
        self._nursery = Nursery(setup, arguments)
        self._lock = threading.Lock()
        self._idle: list[Renderer] = []
        self._busy = self._jobs = self._timeouts = self._crashes = self._retired = 0
        self._closed = False

    def render(self, order: RenderOrder, files: Sequence[BinaryIO], *, client: str = "") -> Rendition:
        """The rendering of ``files[0]``; ``client`` is whom the order counts for in the queue.

        ``timings`` of the answer has 'queue' too, the seconds it waited for a worker. Raises
        Unavailable, TookTooLong, BrokenImage, TooLarge, UnsupportedFeature, NotFound.
        """
        began = time.perf_counter()
        self._turnstile.enter(client, self._settings.wait_seconds)
        entered = time.perf_counter()
        try:
            rendition = self._do(order, files)
        finally:
            self._turnstile.leave()
        if not isinstance(rendition, Rendition) or not self._may_be(rendition.media_type):
            raise BrokenImage("the renderer gave a wrong answer for this file")
        return replace(rendition, timings={"queue": entered - began, **rendition.timings})

    def check(self, client: str) -> None:
        """Raises Unavailable where an order of ``client`` would be sent away now, as too many wait already."""
        self._turnstile.check(client)

    def probe(self, order: ProbeOrder, files: Sequence[BinaryIO], *, client: str = "") -> SourceInfo:
        """What one page of ``files[0]`` is. Raises as ``render``."""
        self._turnstile.enter(client, self._settings.wait_seconds)
        try:
            info = self._do(order, files)
        finally:
            self._turnstile.leave()
        if not isinstance(info, SourceInfo):
            raise BrokenImage("the renderer gave a wrong answer for this file")
        return info

    def describe(self, order: DescribeOrder, files: Sequence[BinaryIO], *, client: str = "") -> Description:
        """What ``files[0]`` is and says of itself. Raises as ``render``."""
        self._turnstile.enter(client, self._settings.wait_seconds)
        try:
            description = self._do(order, files)
        finally:
            self._turnstile.leave()
        if not isinstance(description, Description):
            raise BrokenImage("the renderer gave a wrong answer for this file")
        return description

    def write_level(self, order: LevelOrder, source: BinaryIO, out: BinaryIO, *, client: str = "") -> SourceInfo:
        """What the page of ``source`` is, once its copy has been written to ``out``. Raises as ``render``.

        Only in a pool whose workers may write (``WorkerSetup.written_bytes``).
        """
        self._turnstile.enter(client, self._settings.wait_seconds)
        try:
            info = self._do(order, [source, out])
        finally:
            self._turnstile.leave()
        if not isinstance(info, SourceInfo):
            raise BrokenImage("the renderer gave a wrong answer for this file")
        return info

    def status(self) -> PoolStatus:
        """What the pool does now and has done."""
        with self._lock:
            return PoolStatus(
                workers=self._settings.workers,
                busy=self._busy,
                idle=len(self._idle),
                queued=self._turnstile.queued,
                jobs=self._jobs,
                timeouts=self._timeouts,
                crashes=self._crashes,
                retired=self._retired,
            )

    def close(self) -> None:
        """Ends all workers; orders that are under way or wait end with Unavailable."""
        self._closed = True
        self._turnstile.close()
        self._nursery.close()
        with self._lock:
            idle, self._idle = self._idle, []
        for renderer in idle:
            renderer.end()

    def _do(self, order: Order, files: Sequence[BinaryIO]) -> Rendition | SourceInfo | Description:
        if len(files) > MAX_FILES:
            raise TooLarge("the number of pictures in one rendering", len(files), MAX_FILES)
        packed = pickle.dumps(order, protocol=5)
        numbers = [file.fileno() for file in files]
        for _ in range(_ATTEMPTS):
            renderer = self._take()
            try:
                answer = renderer.do(packed, numbers, order.limits)
            except Lost as lost:
                self._lost(renderer, lost, order.source_name)
                if lost.error is None:
                    continue
                raise lost.error from None
            except BaseException:
                self._count_end()
                raise
            self._give_back(renderer)
            if isinstance(answer.done, QisError):
                raise answer.done
            return answer.done
        raise Unavailable("the render processes are away; they are started again")

    def _take(self) -> Renderer:
        with self._lock:
            self._busy += 1
            # The one used last is the one whose memory is warm.
            while self._idle:
                renderer = self._idle.pop()
                if renderer.is_sound:
                    return renderer
                renderer.end()
        try:
            return Renderer(self._nursery)
        except BaseException:
            self._count_end()
            raise

    def _give_back(self, renderer: Renderer) -> None:
        settings = self._settings
        used_up = (
            renderer.jobs >= settings.jobs_per_worker
            or renderer.resident_bytes > settings.resident_bytes
            or self._closed
        )
        with self._lock:
            self._busy -= 1
            self._jobs += 1
            self._retired += used_up
            if not used_up:
                self._idle.append(renderer)
        if used_up:
            renderer.end()

    def _lost(self, renderer: Renderer, lost: Lost, name: str) -> None:
        with self._lock:
            self._busy -= 1
            if isinstance(lost.error, TookTooLong):
                self._timeouts += 1
            else:
                self._crashes += 1
        if lost.error is not None and not self._closed:
            _log.warning("worker %d was lost on %r: %s", renderer.pid, name, lost.error)

    def _count_end(self) -> None:
        with self._lock:
            self._busy -= 1

    def _may_be(self, media_type: str) -> bool:
        return not self._media_types or media_type in self._media_types
