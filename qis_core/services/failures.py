"""Renderings that failed a moment ago, and would again: not tried until a few seconds are over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from qis_core.api import BrokenImage, CacheEntry, NotThisFormat, QisError, TooLarge, UnsupportedFeature
from qis_core.cache.tiers import RenditionCache

FAULTS: tuple[type[QisError], ...] = (BrokenImage, NotThisFormat, TooLarge, UnsupportedFeature)
"""The file's faults, or the recipe's with it. What is the server's own may go well at the next try."""


class Failures:
    """Remembers errors by fingerprint for ``seconds``: here, and for all who share the cache."""

    def __init__(self, cache: RenditionCache, *, seconds: float) -> None:
        self._cache = cache
        self._seconds = seconds

    def check(self, fingerprint: str) -> None:
        """Raises the error that this rendering failed with, where it is remembered."""
        if not self._seconds:
            return
        # Past the tiers: the memory would believe for longer what it has from the shared cache.
        key = _key(fingerprint)
        entry = self._cache.memory.get(key) or self._cache.shared.get(key)
        if entry is not None:
            raise _error(entry)

    @contextmanager
    def noted(self, fingerprint: str) -> Iterator[None]:
        """Remembers the fault that the block raises."""
        try:
            yield
        except FAULTS as error:
            if self._seconds:
                entry = _entry(error)
                self._cache.memory.put(_key(fingerprint), entry, self._seconds)
                self._cache.shared.put(_key(fingerprint), entry, self._seconds)
            raise


def _key(fingerprint: str) -> str:
    return f"failed:{fingerprint}"


def _entry(error: QisError) -> CacheEntry:
    kind = next(kind for kind in FAULTS if isinstance(error, kind))
    return CacheEntry(body=b"", meta={"code": kind.code, "message": error.message})


def _error(entry: CacheEntry) -> QisError:
    kind = next((kind for kind in FAULTS if kind.code == entry.meta["code"]), BrokenImage)
    # Some are made of the parts of their message, which is all that was kept.
    error = kind.__new__(kind)
    QisError.__init__(error, entry.meta["message"])
    return error
