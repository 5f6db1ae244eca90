"""Renderings: from a query string to bytes, in the steps that the design promises.

Read `ImageService.rendition` aloud and you have the life of a request. The order is the point:
nothing is looked up before the recipe is in its normal form, nothing in a cache before the
identity is permitted, no pixel touched before cache and client have been asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from qis_core.api import PUBLIC, CacheEntry, Identity, Level, QisError, StorageEntry, Unavailable
from qis_core.cache.single_flight import SingleFlight
from qis_core.cache.tiers import RenditionCache
from qis_core.domain.compose import ImageRequest
from qis_core.imaging.shares import Shares
from qis_core.services.access import AccessService
from qis_core.services.composing import Composer
from qis_core.services.costly import CostlyFormats
from qis_core.services.failures import Failures
from qis_core.services.few_at_work import FewAtWork
from qis_core.services.originals import Original
from qis_core.services.rendering import ORIGINAL, Prepared, Renderer

_LOOK_SECONDS = 1.0
"""How long a stand-in is believed to be the best there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageAsk:
    """What a client asks for: the raw query string, who it is, its ``Accept`` header, by what it is
    counted (its user or address, for a fair share), and whether it has the rendering of a fingerprint already."""

    raw_query: str
    identity: Identity = PUBLIC
    accept: str = ""
    client: str = ""
    has: Callable[[str], bool] = field(default=lambda fingerprint: False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageAnswer:
    """The answer to an ask. ``entry`` is None where the client has the rendering already.

    ``paths`` are the files that it is made of, the source first.
    ``origin`` is where the bytes came from: ``memory``, ``shared``, ``rendered``, or ``client``.
    ``source`` is the original as the library has it, ``is_public`` whether everybody would get the
    same, ``fresh_until`` how long the source's version is believed (monotonic clock), ``seconds``
    what the whole took.
    """

    request: ImageRequest
    fingerprint: str
    paths: Sequence[str]
    entry: CacheEntry | None
    origin: str
    source: StorageEntry
    is_public: bool
    fresh_until: float
    seconds: float

    @property
    def original(self) -> Original | None:
        """The stored file whose own bytes are the rendering; None where the entry has them."""
        if self.entry is None or ORIGINAL not in self.entry.meta:
            return None
        return Original(
            path=self.request.recipe.source,
            size_bytes=self.source.size_bytes,
            modified=self.source.modified,
            version=self.source.version,
            tag=self.fingerprint,
            media_type=self.entry.meta["type"],
        )

    @property
    def size_bytes(self) -> int:
        """How many bytes the picture has; 0 where the client has it already."""
        if self.original is not None:
            return self.original.size_bytes
        return 0 if self.entry is None else len(self.entry.body)

    @property
    def timing(self) -> str:
        """The steps and their milliseconds, as ``Server-Timing`` has them."""
        whole = f"total;dur={1000 * self.seconds:.1f}"
        made = self.entry.meta.get("timing") if self.entry is not None and self.origin == "rendered" else None
        return f"{made}, {whole}" if made else f"{self.origin}, {whole}"


class ImageService:
    """Answers image URLs. Safe to use from many threads."""

    def __init__(
        self,
        *,
        composer: Composer,
        access: AccessService,
        cache: RenditionCache,
        flight: SingleFlight[CacheEntry],
        renderer: Renderer,
        failures: Failures,
        costly: CostlyFormats,
        wait_seconds: float,
        at_once: int,
        made_at_once: int,
    ) -> None:
        """``wait_seconds`` is the longest wait for somebody else's rendering; ``at_once`` how many threads
        may make renderings or wait for them, each client's in its share, so that some always stay free for what
        is quick, and for other clients; ``made_at_once`` how many renderings may be made or wait for that.

        ``places`` are those threads, and ``few`` has the others work one after the other: for who stands before this
        service and knows that a request will only wait, or has work to do for it."""
        self._composer = composer
        self._access = access
        self._cache = cache
        self._flight = flight
        self._renderer = renderer
        self._failures = failures
        self._costly = costly
        self._wait_seconds = wait_seconds
        self.places = Shares(at_once)
        self.few = FewAtWork()
        self._makers = Shares(made_at_once)

    def rendition(self, ask: ImageAsk) -> ImageAnswer:
        """The rendering that ``ask`` wants.

        Raises the errors of the contract, and SourceChanged where a file is replaced meanwhile:
        asked again, what is there now is rendered.
        """
        started = time.perf_counter()
        request = self._composer.compose(ask.raw_query, identity=ask.identity, accept=ask.accept)
        self._permit(ask.identity, request)
        prepared = self._renderer.prepare(request)
        if self._is_awaited(ask, request, prepared):
            request, prepared = self._for_now(ask, request, prepared)
        if self._is_known(ask, request, prepared):
            entry, origin = None, "client"
        else:
            entry, origin = self._obtain(ask, request, prepared)
        return ImageAnswer(
            request=request,
            fingerprint=prepared.fingerprint,
            paths=tuple(prepared.versions),
            entry=entry,
            origin=origin,
            source=prepared.source,
            is_public=self._is_public(ask, request),
            fresh_until=prepared.fresh_until,
            seconds=time.perf_counter() - started,
        )

    @staticmethod
    def _is_known(ask: ImageAsk, request: ImageRequest, prepared: Prepared) -> bool:
        return request.delivery.etag and ask.has(prepared.fingerprint)

    def _is_awaited(self, ask: ImageAsk, request: ImageRequest, prepared: Prepared) -> bool:
        """Whether the client would have to wait for a costly format that it has not asked for by name."""
        return (
            request.costly
            and request.delivery.cache
            and self._costly.wanted is not None
            and not self._is_known(ask, request, prepared)
            and not self._renderer.may_be_original(request)
            and self._cache.get(prepared.fingerprint) is None
        )

    def _for_now(self, ask: ImageAsk, request: ImageRequest, prepared: Prepared) -> tuple[ImageRequest, Prepared]:
        """The stand-in for ``request``, which is made in the background; itself where the client takes no other."""
        stand_in = self._composer.compose(ask.raw_query, identity=ask.identity, accept=ask.accept, quick=True)
        if stand_in.costly:
            return request, prepared
        self._permit(ask.identity, stand_in)
        self._costly.want(request, prepared)
        found = self._renderer.prepare(stand_in)
        return stand_in, replace(found, fresh_until=min(found.fresh_until, time.monotonic() + _LOOK_SECONDS))

    def _permit(self, identity: Identity, request: ImageRequest) -> None:
        for path in self._renderer.paths(request):
            self._access.require(identity, Level.VIEW, path)

    def _is_public(self, ask: ImageAsk, request: ImageRequest) -> bool:
        """Whether the public gets the same picture: it may see all files, and its limits of size leave it as it is."""
        if ask.identity.is_public:
            return True
        if not all(self._access.allows(PUBLIC, Level.VIEW, path) for path in self._renderer.paths(request)):
            return False
        try:
            public = self._composer.compose(
                ask.raw_query, identity=PUBLIC, accept=ask.accept, quick=request.delivery.stand_in
            )
            return public.recipe == request.recipe
        except QisError:
            return False

    def _obtain(self, ask: ImageAsk, request: ImageRequest, prepared: Prepared) -> tuple[CacheEntry, str]:
        key, is_made = prepared.fingerprint, False

        def make() -> CacheEntry:
            nonlocal is_made
            with self._failures.noted(key):
                entry = self._renderer.render(request, prepared, ask.client)
            self._cache.put(key, entry)
            is_made = True
            return entry

        if not request.delivery.cache:
            with self._waiting(ask.client):
                return make(), "rendered"
        found = self._cache.find(key)
        if found is not None:
            return found

        def lookup() -> CacheEntry | None:
            self._failures.check(key)
            return self._cache.get(key)

        with ExitStack() as taken:
            is_awaited = self._flight.has(key)
            if not is_awaited:
                # Before leases are taken and files opened: who is refused has to know it soon.
                self._renderer.check(ask.client)
                taken.enter_context(_place(self._makers, ask.client))
            taken.enter_context(self._waiting(ask.client))
            if not is_awaited:
                self.few.let_others_first()
            entry = self._flight.run(key, make, lookup, self._wait_seconds)
        return entry, "rendered" if is_made else "memory"

    @contextmanager
    def _waiting(self, client: str) -> Iterator[None]:
        with _place(self.places, client), self.few.waiting():
            yield


@contextmanager
def _place(places: Shares, client: str) -> Iterator[None]:
    if not places.take(client):
        raise Unavailable("too busy: too many requests wait for renderings already")
    try:
        yield
    finally:
        places.give_back(client)
