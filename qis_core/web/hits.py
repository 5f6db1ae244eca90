"""The way of a rendering that is in a cache: the path that must be near the stack's limit.

A request whose very query string was answered a moment ago, to somebody in the same groups, needs
no parsing, no permission and no look at the store again, as long as nothing that the answer rested
on can have changed: the source's version was seen within the freshness time, and neither templates
nor permissions have another version. Then only the body is fetched, from the process's memory or
from the cache that all processes share, and goes out with the headers that were made ready when it was first served.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from qis_core.api import CacheEntry, Identity, Level, Scope
from qis_core.cache.tiers import Origin
from qis_core.domain.compose import ImageRequest
from qis_core.services.access import AccessService
from qis_core.services.remembering import Remembered
from qis_core.web.conditions import matches
from qis_core.web.ready import ReadyHeaders

Environ = Mapping[str, Any]
Versions = Mapping[str, str]
Key = tuple[str, str, frozenset[int]]
_LONGEST_KEY = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A remembered answer to somebody in certain groups.

    ``paths`` are the files that it was made of, ``until`` is how long their versions are believed
    (monotonic clock), ``versions`` are those of templates and permissions when it was worked out.
    """

    request: ImageRequest
    fingerprint: str
    paths: Sequence[str]
    headers: ReadyHeaders
    until: float
    versions: Versions


class Found(NamedTuple):
    """What answers a request: without an entry where the client has it already."""

    hit: Hit
    identity: Identity
    entry: CacheEntry | None
    origin: str


class Hits:
    """Remembers answers by query string, ``Accept`` and the groups of who asked. Safe to use from many threads.

    The groups stand for the identity: with the same permissions, they alone decide what it may see
    (the public has none, and everybody else has Normal users). ``cached`` looks into the caches and
    says where it found something; ``versions`` gives the versions that count now, ``identity`` who asks. Where
    plugins decide as well, by whatever they like, ``access`` is asked at each hit.
    """

    def __init__(
        self,
        *,
        cached: Callable[[str], tuple[CacheEntry, Origin] | None],
        versions: Callable[[], Versions],
        identity: Callable[[Environ], Identity],
        access: AccessService | None = None,
        limit: int = 4_000,
    ) -> None:
        self.versions = versions
        self._cached = cached
        self._identity = identity
        self._access = access
        self._hits: Remembered[Key, Hit] = Remembered(limit)

    def find(self, environ: Environ) -> Found | None:
        """What to send at once and to whom; None where the request has to go the whole way."""
        identity = self._identity(environ)
        if identity.scopes is not None and Scope.READ not in identity.scopes:
            return None
        hit = self._hits.get(self.key(environ, identity))
        if hit is None or hit.until < time.monotonic() or hit.versions != self.versions():
            return None
        if self._access is not None and not self._is_allowed(self._access, identity, hit):
            return None
        known = environ.get("HTTP_IF_NONE_MATCH")
        if known and hit.request.delivery.etag and matches(known, hit.fingerprint):
            return Found(hit, identity, None, "client")
        cached = self._cached(hit.fingerprint)
        return None if cached is None else Found(hit, identity, *cached)

    def remember(self, environ: Environ, identity: Identity, hit: Hit) -> None:
        """Keeps an answer to ``identity``."""
        key = self.key(environ, identity)
        if len(key[0]) + len(key[1]) <= _LONGEST_KEY:
            self._hits.keep(key, hit)

    @staticmethod
    def key(environ: Environ, identity: Identity) -> Key:
        """By what a request of ``identity`` is told from others."""
        return environ["QUERY_STRING"], environ.get("HTTP_ACCEPT", ""), identity.group_ids

    @staticmethod
    def _is_allowed(access: AccessService, identity: Identity, hit: Hit) -> bool:
        return all(access.allows(identity, Level.VIEW, path) for path in hit.paths)
