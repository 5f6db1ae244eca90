"""The way of a rendering that this process has in memory: the path that must be near the stack's limit.

An anonymous request whose very query string was answered a moment ago needs no parsing, no
permission and no look at the store again, as long as nothing that the answer rested on can have
changed: the source's version was seen within the freshness time, and neither templates nor
permissions have another version. Then only the body is fetched from the process's memory, and
goes out with the headers that were made ready when it was first served.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from qis_core.api import CacheEntry
from qis_core.domain.compose import ImageRequest
from qis_core.services.remembering import Remembered
from qis_core.web.conditions import matches
from qis_core.web.ready import ReadyHeaders
from qis_core.web.security import brings_identity

Environ = Mapping[str, Any]
Versions = tuple[object, ...]
_LONGEST_KEY = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A remembered answer to the public.

    ``until`` is how long the source's version is believed (monotonic clock), ``versions`` are
    those of templates and permissions when the answer was worked out.
    """

    request: ImageRequest
    fingerprint: str
    headers: ReadyHeaders
    until: float
    versions: Versions


class Hits:
    """Remembers answers by query string and ``Accept``. Safe to use from many threads.

    ``memory`` looks into the cache of this process; ``versions`` gives the versions that count now.
    """

    def __init__(
        self,
        *,
        memory: Callable[[str], CacheEntry | None],
        versions: Callable[[], Versions],
        limit: int = 20_000,
    ) -> None:
        self.versions = versions
        self._memory = memory
        self._hits: Remembered[tuple[str, str], Hit] = Remembered(limit)

    def find(self, environ: Environ) -> tuple[Hit, CacheEntry | None] | None:
        """What to send at once; without an entry where the client has it already.

        None where the request has to go the whole way.
        """
        if brings_identity(environ):
            return None
        hit = self._hits.get((environ["QUERY_STRING"], environ.get("HTTP_ACCEPT", "")))
        if hit is None or hit.until < time.monotonic() or hit.versions != self.versions():
            return None
        known = environ.get("HTTP_IF_NONE_MATCH")
        if known and hit.request.delivery.etag and matches(known, hit.fingerprint):
            return hit, None
        entry = self._memory(hit.fingerprint)
        return None if entry is None else (hit, entry)

    def remember(self, environ: Environ, hit: Hit) -> None:
        """Keeps an answer to the public."""
        key = environ["QUERY_STRING"], environ.get("HTTP_ACCEPT", "")
        if len(key[0]) + len(key[1]) <= _LONGEST_KEY:
            self._hits.keep(key, hit)
