"""Copies made level by level, streamed, in a locked-in process; and the task that makes a pyramid so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from qis_core.api import Limits, PageHint, Size, SourceInfo, Task, Unavailable, UnsupportedFeature
from qis_core.api.tasks import Progress, TaskContext, parameter
from qis_core.imaging.orders import LevelOrder, ProbeOrder
from qis_core.imaging.pool import RenderPool
from qis_core.services.pyramids.service import Pyramids
from qis_core.services.pyramids.store import CopyKey
from qis_core.storage.library import Library

SMALLEST = 2048
"""The longest side of the smallest copy, at most: whatever is smaller than that is quickly made of it."""

BASES: Sequence[float] = (1.5, 2, 3, 4, 5, 7)
"""By what numbers the sides are divided for bases: rendering begins with averages of whole pixels, and
most numbers of these are multiples of one of ours; see docs/adr/bases.md."""

JPEG_BASES: Sequence[float] = (1.5, 2, 4, 8)
"""Those of JPEG: the scales at which it is decoded anyway, so that most renderings have the very same pixels."""

_BASE_BITS = 8

_LOOK_SECONDS = 0.2

OpenPool = Callable[[], AbstractContextManager[RenderPool]]
"""Opens render processes that may write to a file which they are given."""


@dataclass(frozen=True, kw_only=True)
class PyramidParameters:
    """Of what a pyramid is made."""

    src: str = parameter(help="The original, as in an image URL")
    page: int = parameter(1, help="Its page", minimum=1, maximum=999_999)


class MakePyramid(Task):
    """Makes the reduced copies of a very large original, of which tiles and small renderings are made from then on."""

    name = "make_pyramid"
    title = "Make a large picture quick to look at"
    parameters = PyramidParameters
    keep_seconds = 86_400

    def __init__(self, *, library: Library, pyramids: Pyramids, open_pool: OpenPool, limits: Limits) -> None:
        """``limits`` are those of making one copy."""
        self._library = library
        self._pyramids = pyramids
        self._open_pool = open_pool
        self._limits = limits

    def run(self, parameters: PyramidParameters, context: TaskContext) -> object:
        """How many copies there are. Raises NotFound, SourceChanged, BrokenImage, TooLarge, Unavailable."""
        entry = self._library.stat_now(parameters.src)
        key = self._pyramids.key(parameters.src, entry.version, parameters.page)
        if self._pyramids.store.knows(key):
            return {"copies": 0}

        def tell(done: int, total: int, text: str) -> None:
            context.progress.step(done, total, text)
            context.progress.stop_if_cancelled()

        with self._open_pool() as pool, _ended_with(context.progress, pool):
            copies = make_copies(
                key, library=self._library, pyramids=self._pyramids, pool=pool, limits=self._limits, tell=tell
            )
        return {"copies": copies}


@contextmanager
def _ended_with(progress: Progress, pool: RenderPool) -> Iterator[None]:
    """Ends what the pool does once the task is to stop: one level of a very large picture takes minutes."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_SECONDS):
            if progress.cancelled:
                pool.close()
                return

    watcher = threading.Thread(target=watch, name="qis-pyramid", daemon=True)
    watcher.start()
    try:
        yield
    except Unavailable:
        progress.stop_if_cancelled()
        raise
    finally:
        over.set()
        watcher.join()


def make_copies(
    key: CopyKey,
    *,
    library: Library,
    pyramids: Pyramids,
    pool: RenderPool,
    limits: Limits,
    tell: Callable[[int, int, str], None] = lambda done, total, text: None,
) -> int:
    """Makes the pyramid or the bases of an original, as its size wants, and answers how many copies these are.

    ``tell`` hears of each copy before it is made (done, total, text), and may raise. Raises
    NotFound, SourceChanged, BrokenImage, TooLarge, Unavailable; nothing is left behind then.
    """
    hint, name = PageHint(page=key.page), key.path.rsplit("/", 1)[-1]
    with library.open_version(key.path, key.version) as source:
        info = pool.probe(ProbeOrder(source_name=name, hint=hint, limits=limits), [source])
        shrinks, quick = _wanted(pyramids, info)
        with pyramids.store.adding(key) as new_file:
            for done, shrink in enumerate(shrinks):
                tell(done, len(shrinks), f"1/{shrink:g} of {info.size}")
                order = LevelOrder(source_name=name, shrink=shrink, quick=quick, hint=hint, limits=limits)
                try:
                    with new_file(shrink) as out:
                        pool.write_level(order, source, out)
                except UnsupportedFeature:
                    # Nobody makes copies of this format; that no copy was made is remembered.
                    shrinks = ()
                    break
    tell(len(shrinks), len(shrinks), "")
    return len(shrinks)


def _wanted(pyramids: Pyramids, info: SourceInfo) -> tuple[Sequence[float], bool]:
    """By what numbers the sides are divided, and whether the copies are bases; none where they would lose depth."""
    if pyramids.is_large(info.size.pixels):
        return list(levels_of(info.size)), False
    has_bases = pyramids.gets_bases(info.size.pixels) and info.bits <= _BASE_BITS
    if not has_bases:
        return (), True
    return (JPEG_BASES if info.format == "jpg" else BASES), True


def levels_of(size: Size) -> Iterator[int]:
    """By what numbers the sides of a page are divided for its copies: 1, 2, 4 … until one is small."""
    shrink = 1
    while True:
        yield shrink
        if max(size.width, size.height) / shrink <= SMALLEST:
            return
        shrink *= 2
