"""What the heads of files have told, for the pictures of which a worker has rendered lately.

A page shows a picture in several widths, and a viewer shows it tile by tile: each of these
renderings would parse the same head again, twice.
"""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from qis_core.api import Decoder, Metadata, PageHint, Source, SourceInfo
from qis_core.imaging.sources import FileSource

T = TypeVar("T")

_REMEMBERED = 64
_MOST_BYTES = 64 * 1024
"""Of a picture's metadata; larger ones are read each time."""

_SETTLED_NS = 2 * 10**9
"""A file that was changed less than this ago may change once more without its times telling it."""


class Heads:
    """Remembers by the file itself: its number, size and times. For use by one thread."""

    def __init__(self) -> None:
        self._found: OrderedDict[object, object] = OrderedDict()

    def recognised(
        self, source: Source, hint: PageHint, ask: Callable[[], tuple[Decoder, SourceInfo]]
    ) -> tuple[Decoder, SourceInfo]:
        """The decoder of a page, and what that says of it. Raises what ``ask`` does."""
        return self._of("recognised", source, hint, ask, lambda found: True)

    def metadata(self, source: Source, hint: PageHint, ask: Callable[[], Metadata | None]) -> Metadata | None:
        """The metadata of a page. Raises what ``ask`` does."""
        return self._of("metadata", source, hint, ask, lambda found: found is None or _size(found) <= _MOST_BYTES)

    def _of(self, what: str, source: Source, hint: PageHint, ask: Callable[[], T], is_kept: Callable[[T], bool]) -> T:
        file = _file(source)
        if file is None:
            return ask()
        key = what, file, hint
        if key in self._found:
            self._found.move_to_end(key)
            return self._found[key]  # type: ignore[return-value]
        found = ask()
        if is_kept(found):
            self._found[key] = found
            while len(self._found) > _REMEMBERED:
                self._found.popitem(last=False)
        return found


def _file(source: Source) -> tuple[int, ...] | None:
    """What no two files have in common, and no two states of one; None where that cannot be told."""
    if not isinstance(source, FileSource):
        return None
    status = os.stat(source.path)
    if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) < _SETTLED_NS:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _size(metadata: Metadata) -> int:
    blocks = metadata.icc_profile, metadata.exif, metadata.xmp, metadata.iptc
    return sum(len(block) for block in blocks if block is not None)
