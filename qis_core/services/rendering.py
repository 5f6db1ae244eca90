"""From a composed request to finished bytes: sources and profiles found and versioned, then rendered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import quote

from qis_core.api import (
    CacheEntry,
    Encoder,
    Limits,
    Operation,
    PageHint,
    Quality,
    Recipe,
    Rendition,
    Resource,
    StorageEntry,
)
from qis_core.domain import geometry
from qis_core.domain.compose import ImageRequest
from qis_core.domain.fingerprint import fingerprint
from qis_core.domain.purging import PurgeTable
from qis_core.imaging.orders import ProbeOrder, RenderOrder
from qis_core.imaging.pool import RenderPool
from qis_core.imaging.profiles import ProfileFolder
from qis_core.services.finding import find_file
from qis_core.services.pyramids import Pyramids
from qis_core.services.versions import PixelVersions
from qis_core.storage.library import Library

ORIGINAL = "original"
"""The key under which an entry without a body says that the original's own bytes are the rendering."""

SOURCE, TEMPLATE, PURGE = "source", "template", "purge"
"""The keys under which an entry says, percent-encoded, of what it is and by which template, and after which purge
it was made."""


FactsOf = Callable[[str, Sequence[str]], Mapping[str, object]]
"""Gives those of the named facts that are recorded of the picture at a path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request whose source and resources were found.

    ``source`` is the original as the library has it; ``versions`` are those of the files that are
    read, by path; ``fresh_until`` is how long the versions are believed (monotonic clock); ``facts``
    are what the recipe asks of the picture's record; ``purge`` is the number of the last purge that concerns it.
    """

    fingerprint: str
    source: StorageEntry
    versions: Mapping[str, str]
    fresh_until: float
    facts: Mapping[str, object] = field(default_factory=dict)
    purge: int = 0


class Renderer:
    """Finds what a recipe needs, names the result by its fingerprint, and has it made by a worker."""

    def __init__(
        self,
        *,
        operations: Mapping[str, Operation],
        encoders: Mapping[str, Encoder],
        library: Library,
        profiles: ProfileFolder,
        pool: RenderPool,
        versions: PixelVersions,
        purges: Callable[[], PurgeTable],
        pyramids: Pyramids,
        limits: Limits,
        quality: Quality,
        facts: FactsOf,
    ) -> None:
        self._operations = operations
        self._encoders = encoders
        self._library = library
        self._profiles = profiles
        self._pool = pool
        self._versions = versions
        self._purges = purges
        self._pyramids = pyramids
        self._limits = limits
        self._quality = quality
        self._facts = facts

    def paths(self, request: ImageRequest) -> Sequence[str]:
        """The library paths that ``request`` reads: the source first, then its picture resources."""
        return [request.recipe.source, *_names("picture", self._resources(request.recipe))]

    def prepare(self, request: ImageRequest) -> Prepared:
        """Finds the source and every resource. Raises NotFound, or BadOption for an unknown profile."""
        recipe, resources = request.recipe, self._resources(request.recipe)
        paths = [recipe.source, *_names("picture", resources)]
        seen = {path: find_file(self._library, path) for path in paths}
        versions = {path: entry.version for path, (entry, _) in seen.items()}
        profiles = {name: self._profiles.find(name).version for name in _names("profile", resources)}
        source = seen[recipe.source][0]
        named = {**{f"picture:{k}": v for k, v in versions.items()}, **{f"profile:{k}": v for k, v in profiles.items()}}
        purge = self._purges().number(versions, request.template)
        if purge:
            named["purge"] = str(purge)
        facts = self._facts_of(recipe)
        named |= {f"fact:{name}": repr(value) for name, value in facts.items()}
        return Prepared(
            fingerprint=fingerprint(recipe, source.version, named, self._versions.of(recipe)),
            source=source,
            versions=versions,
            fresh_until=min(until for _, until in seen.values()),
            facts=facts,
            purge=purge,
        )

    def check(self, client: str) -> None:
        """Raises Unavailable where a rendering for ``client`` would be refused now."""
        self._pool.check(client)

    def may_be_original(self, request: ImageRequest) -> bool:
        """Whether the rendering may turn out to be the original's own bytes."""
        return geometry.asks_for_nothing(request.recipe)

    def render(
        self, request: ImageRequest, prepared: Prepared, client: str, *, pool: RenderPool | None = None
    ) -> CacheEntry:
        """The finished bytes, with what is known of them; made in a worker process, of ``pool`` where it is given.

        ``client`` is whom the work counts for while it waits. Raises SourceChanged, NotFound,
        and the errors of rendering.
        """
        recipe, pool = request.recipe, pool or self._pool
        resources = self._resources(recipe)
        pictures = _names("picture", resources)
        with ExitStack() as opened:
            files = [
                opened.enter_context(self._library.open_version(path, prepared.versions[path]))
                for path in [recipe.source, *pictures]
            ]
            if geometry.asks_for_nothing(recipe):
                hint = PageHint(page=1, dpi=recipe.raster_dpi)
                probe = ProbeOrder(source_name=_name(recipe), hint=hint, limits=self._limits)
                if geometry.changes_nothing(recipe, pool.probe(probe, files, client=client)):
                    media_type = self._encoders[recipe.output.format].media_type
                    meta = {ORIGINAL: "1", "type": media_type, **self._about(request, prepared)}
                    return CacheEntry(body=b"", meta=meta)
            copies = self._pyramids.key(recipe.source, prepared.source.version, recipe.page)
            levels = opened.enter_context(self._pyramids.opened(copies))
            order = RenderOrder(
                recipe=recipe,
                source_name=_name(recipe),
                levels={shrink: number for number, shrink in enumerate(levels, start=len(files))},
                pictures={name: number for number, name in enumerate(pictures, start=1)},
                profiles={name: self._profiles.find(name).data for name in _names("profile", resources)},
                limits=self._limits,
                quality=self._quality,
                facts=prepared.facts,
            )
            rendition = pool.render(order, [*files, *levels.values()], client=client)
        self._pyramids.seen(copies, rendition.source_pixels)
        return self._entry(request, prepared, rendition)

    def _resources(self, recipe: Recipe) -> Sequence[Resource]:
        found: dict[Resource, None] = {}
        for step in recipe.steps:
            found.update(dict.fromkeys(self._operations[step.operation].resources(step.options)))
        return list(found)

    def _facts_of(self, recipe: Recipe) -> Mapping[str, object]:
        wanted = {name for step in recipe.steps for name in self._operations[step.operation].facts(step.options)}
        return self._facts(recipe.source, sorted(wanted)) if wanted else {}

    def _about(self, request: ImageRequest, prepared: Prepared) -> Mapping[str, str]:
        """What the rendering is of, for who looks at what the cache holds."""
        about = {SOURCE: quote(request.recipe.source, errors="surrogateescape"), TEMPLATE: quote(request.template)}
        return {**about, PURGE: str(prepared.purge)} if prepared.purge else about

    def _entry(self, request: ImageRequest, prepared: Prepared, rendition: Rendition) -> CacheEntry:
        recipe = request.recipe
        timing = ", ".join(f"{name};dur={1000 * seconds:.1f}" for name, seconds in rendition.timings.items())
        meta = {
            "type": rendition.media_type,
            "extension": self._encoders[recipe.output.format].extensions[0],
            "size": str(rendition.size),
            "timing": timing,
            **self._about(request, prepared),
        }
        if rendition.frames_dropped:
            meta["dropped"] = str(rendition.frames_dropped)
        if rendition.notes:
            meta["notes"] = "; ".join(rendition.notes).encode("ascii", "replace").decode("ascii")[:500]
        return CacheEntry(body=rendition.body, meta=meta)


def _names(kind: str, resources: Sequence[Resource]) -> list[str]:
    return [resource.name for resource in resources if resource.kind == kind]


def _name(recipe: Recipe) -> str:
    return recipe.source.rsplit("/", 1)[-1]
