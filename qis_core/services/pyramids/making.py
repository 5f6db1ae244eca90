"""The task that makes a pyramid: level by level, streamed, in a locked-in process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from qis_core.api import Limits, PageHint, Size, Task, UnsupportedFeature
from qis_core.api.tasks import TaskContext, parameter
from qis_core.imaging.orders import LevelOrder, ProbeOrder
from qis_core.imaging.pool import RenderPool
from qis_core.services.pyramids.service import Pyramids
from qis_core.storage.library import Library

SMALLEST = 2048
"""The longest side of the smallest copy, at most: whatever is smaller than that is quickly made of it."""

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
        hint = PageHint(page=parameters.page)
        with self._library.open_version(key.path, key.version) as source, self._open_pool() as pool:
            info = pool.probe(ProbeOrder(source_name=entry.name, hint=hint, limits=self._limits), [source])
            shrinks = list(levels_of(info.size)) if self._pyramids.is_large(info.size.pixels) else []
            with self._pyramids.store.adding(key) as new_file:
                for done, shrink in enumerate(shrinks):
                    context.progress.step(done, len(shrinks), f"1/{shrink} of {info.size}")
                    context.progress.stop_if_cancelled()
                    order = LevelOrder(source_name=entry.name, shrink=shrink, hint=hint, limits=self._limits)
                    try:
                        with new_file(shrink) as out:
                            pool.write_level(order, source, out)
                    except UnsupportedFeature:
                        # Nobody makes copies of this format; that no copy was made is remembered.
                        shrinks = []
                        break
        context.progress.step(len(shrinks), len(shrinks))
        return {"copies": len(shrinks)}


def levels_of(size: Size) -> Iterator[int]:
    """By what numbers the sides of a page are divided for its copies: 1, 2, 4 … until one is small."""
    shrink = 1
    while True:
        yield shrink
        if max(size.width, size.height) / shrink <= SMALLEST:
            return
        shrink *= 2
