"""The parts of the image platform, opened and joined from a kernel: for the web, the command line and tests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote

from qis_core.api import Cache, CacheEntry, Limits, Location, NotFound, Quality, Storage, Unavailable
from qis_core.cache.single_flight import SingleFlight
from qis_core.cache.tiers import RenditionCache
from qis_core.domain.links import LinkRules, Mode
from qis_core.domain.paths import clean_path
from qis_core.domain.permissions import PermissionTable
from qis_core.domain.purging import PurgeTable
from qis_core.domain.vocabulary import Vocabulary
from qis_core.imaging.pool import PoolSettings, RenderPool
from qis_core.imaging.profiles import ProfileFolder
from qis_core.imaging.setup import WorkerSetup
from qis_core.plugins import Kernel, Registry
from qis_core.services.access import AccessService
from qis_core.services.announcer import Announcer
from qis_core.services.background import BASES, FORMATS, Background
from qis_core.services.composing import Composer
from qis_core.services.costly import CostlyFormats
from qis_core.services.failures import Failures
from qis_core.services.images import ImageService
from qis_core.services.links import link_rules
from qis_core.services.looking import Look, look_of
from qis_core.services.originals import OriginalService
from qis_core.services.pyramids import CopyKey, CopyStore, MakePyramid, Pyramids, make_copies
from qis_core.services.rendering import FactsOf, Renderer
from qis_core.services.startup import read_secret
from qis_core.services.templates import TemplateTable
from qis_core.services.versions import PixelVersions
from qis_core.settings import (
    CacheSettings,
    ImagingSettings,
    LibrarySettings,
    LinksSettings,
    PublicSettings,
    PyramidSettings,
    ServerSettings,
)
from qis_core.storage.library import Library
from qis_core.storage.roots import refuse_overlap

P = TypeVar("P")

_COPY_SECONDS = 600.0
_COPY_MEMORY = 400 * 1024**2
_COPY_NICENESS = 15


@dataclass(frozen=True, kw_only=True)
class Platform:
    """Everything that makes and finds images in this process. Safe to use from many threads."""

    vocabulary: Vocabulary
    look: Look
    library: Library
    profiles: ProfileFolder
    cache: RenditionCache
    pool: RenderPool
    pyramids: Pyramids
    access: AccessService
    composer: Composer
    images: ImageService
    costly: CostlyFormats
    originals: OriginalService
    announcer: Announcer
    closing: ExitStack = field(repr=False)

    def close(self) -> None:
        """Ends the render workers and lets go of files and connections."""
        self.closing.close()


def open_platform(
    kernel: Kernel,
    *,
    templates: Callable[[], TemplateTable],
    permissions: Callable[[], PermissionTable],
    purges: Callable[[], PurgeTable],
    facts: FactsOf = lambda path, names: {},
) -> Platform:
    """Opens library, caches and render workers as the settings say.

    Raises Unavailable with a text for the operator.
    """
    registries, settings = kernel.registries, kernel.settings
    imaging, public = settings.of(ImagingSettings), settings.of(PublicSettings)
    with ExitStack() as closing:
        vocabulary = Vocabulary(registries.operations, registries.encoders, registries.decoders)
        library = open_library(kernel)
        profiles = open_profiles(kernel)
        cache = open_cache(kernel)
        closing.callback(cache.close)
        pool = open_pool(kernel, library)
        closing.callback(pool.close)
        access = AccessService(table=permissions, decide=kernel.manager.decide_access)
        announcer = Announcer(
            kernel.manager.notify_image_served, wanted=kernel.manager.implements("qis_notify_image_served")
        )
        closing.callback(announcer.close)
        pyramids = Pyramids(
            store=CopyStore(_pyramid_folder(kernel), settings.of(PyramidSettings).max_bytes),
            makers=registries.pyramid_makers.values(),
            settings=settings.of(PyramidSettings),
            purges=purges,
            cache=cache,
        )
        with suppress(OSError):
            # Render workers may read what is there when they start.
            pyramids.store.root.mkdir(parents=True, exist_ok=True)
        quality = _quality(imaging, profiles, kernel.registries.engines)
        composer = Composer(
            vocabulary=vocabulary,
            templates=templates,
            max_width=public.max_width,
            max_height=public.max_height,
            engine_choice=imaging.engine_choice,
            links=open_links(kernel),
        )
        renderer = Renderer(
            operations=registries.operations,
            encoders=registries.encoders,
            library=library,
            profiles=profiles,
            pool=pool,
            versions=PixelVersions(registries, settings, quality),
            purges=purges,
            pyramids=pyramids,
            limits=imaging.limits,
            quality=quality,
            facts=facts,
        )
        flight: SingleFlight[CacheEntry] = SingleFlight(
            cache.shared, lease_seconds=settings.of(CacheSettings).lease_seconds
        )
        failures = Failures(cache, seconds=settings.of(CacheSettings).failure_seconds)
        costly = CostlyFormats(cache=cache, flight=flight, renderer=renderer, failures=failures)
        images = ImageService(
            composer=composer,
            access=access,
            cache=cache,
            flight=flight,
            renderer=renderer,
            failures=failures,
            costly=costly,
            wait_seconds=imaging.wait_seconds,
            at_once=max(1, settings.of(ServerSettings).threads * 9 // 10),
            made_at_once=pool.status().workers + imaging.queue_length,
        )
        return Platform(
            vocabulary=vocabulary,
            look=look_of(vocabulary, registries.analysers),
            library=library,
            profiles=profiles,
            cache=cache,
            pool=pool,
            pyramids=pyramids,
            access=access,
            composer=composer,
            images=images,
            costly=costly,
            originals=OriginalService(library=library, access=access, decoders=registries.decoders.unique),
            announcer=announcer,
            closing=closing.pop_all(),
        )


def open_library(kernel: Kernel) -> Library:
    """The library of originals, with every store at its folder.

    Raises Unavailable where one cannot be opened, or lies in another or in a folder of our own.
    """
    settings = kernel.settings.of(LibrarySettings)
    places = {"": ("qis.library.url", settings.url), **_mounts(settings)}
    stores: dict[str, Storage] = {}
    for folder, (setting, url) in places.items():
        stores[folder] = _provider(kernel.registries.storages, url, setting).open(url)
    found = Library(stores, freshness_seconds=settings.freshness_seconds)
    roots = {f"the library's folder /{folder}": root for folder, root in found.roots().items()}
    for name, root in roots.items():
        # A file that two paths lead to would have the permissions of both.
        refuse_overlap({name: root}, {other: place for other, place in roots.items() if other != name})
    own = {"qis.server.data": kernel.settings.of(ServerSettings).data, "qis.pyramids.folder": _pyramid_folder(kernel)}
    refuse_overlap(roots, {**own, **_cache_folder(kernel)})
    return found


def open_links(kernel: Kernel) -> LinkRules | None:
    """The rules of public URLs; None where all are free. Raises Unavailable."""
    settings = kernel.settings.of(LinksSettings)
    if settings.mode == Mode.FREE and not settings.folders:
        return None
    return link_rules(settings, read_secret(kernel))


def _mounts(settings: LibrarySettings) -> dict[str, tuple[str, str]]:
    """By library folder: what the operator calls the setting, and the store's URL. Raises Unavailable."""
    found: dict[str, tuple[str, str]] = {}
    urls = {settings.url}
    for word in settings.mounts:
        written, _, url = word.partition("=")
        what = f"qis.library.mounts, {word!r}"
        try:
            folder = clean_path(unquote(written))
        except NotFound:
            folder = ""
        if not folder or not url:
            raise Unavailable(f"{what}: write a folder of the library, = and a store's URL, as in old=file:///mnt/old")
        if folder in found:
            raise Unavailable(f"{what}: another store is at the folder /{folder} already")
        if url in urls:
            raise Unavailable(f"{what}: this store is in the library already, at another folder")
        urls.add(url)
        found[folder] = (what, url)
    return found


def open_cache(kernel: Kernel) -> RenditionCache:
    """The caches in this process and of the site. Raises Unavailable."""
    url, memory = _cache_url(kernel), kernel.settings.of(CacheSettings).memory_bytes
    providers = kernel.registries.caches
    shared: Cache = _provider(providers, url, "qis.cache.url").open(url)
    return RenditionCache(
        _provider(providers, "memory:", "qis.cache.memory_bytes").open(f"memory:?size={memory}"), shared
    )


def _cache_url(kernel: Kernel) -> str:
    data = kernel.settings.of(ServerSettings).data
    return kernel.settings.of(CacheSettings).url or "disk:" + (data / "cache").absolute().as_uri().removeprefix("file:")


def _cache_folder(kernel: Kernel) -> Mapping[str, Path]:
    location = Location.parse(_cache_url(kernel))
    return {"qis.cache.url": Path(location.path)} if location.scheme == "disk" else {}


def _pyramid_folder(kernel: Kernel) -> Path:
    folder = kernel.settings.of(PyramidSettings).folder
    return Path(folder) if folder else kernel.settings.of(ServerSettings).data / "pyramids"


def pyramid_task(kernel: Kernel, library: Library, pyramids: Pyramids) -> MakePyramid:
    """The task that makes pyramids; each run has a render process of its own, which may write its copies."""
    pool = partial(_copying_pool, kernel, library)
    return MakePyramid(library=library, pyramids=pyramids, open_pool=pool, limits=_copy_limits(kernel))


def open_background(kernel: Kernel, platform: Platform) -> Background:
    """What makes bases and costly formats in the background of this process, when its render workers are at rest."""
    limits = _copy_limits(kernel)

    def make_bases(key: CopyKey, pool: RenderPool) -> None:
        make_copies(key, library=platform.library, pyramids=platform.pyramids, pool=pool, limits=limits)

    background = Background(
        open_pool=partial(_copying_pool, kernel, platform.library),
        is_idle=lambda: platform.pool.status().is_idle,
        lock=kernel.settings.of(ServerSettings).data / "background.lock",
    )
    platform.pyramids.bases_wanted = lambda key: background.want(BASES, key, partial(make_bases, key))
    if kernel.settings.of(ImagingSettings).costly_formats == "later":
        platform.costly.wanted = partial(background.want, FORMATS)
    return background


def _copy_limits(kernel: Kernel) -> Limits:
    limits = kernel.settings.of(ImagingSettings).limits
    return replace(limits, seconds=_COPY_SECONDS, memory_bytes=min(limits.memory_bytes, _COPY_MEMORY))


@contextmanager
def _copying_pool(kernel: Kernel, library: Library) -> Iterator[RenderPool]:
    written = kernel.settings.of(PyramidSettings).max_bytes
    opened = open_pool(kernel, library, workers=1, written_bytes=written, niceness=_COPY_NICENESS)
    try:
        yield opened
    finally:
        opened.close()


def open_pool(
    kernel: Kernel, library: Library, *, workers: int = 0, written_bytes: int = 0, niceness: int = 0
) -> RenderPool:
    """The render workers, which may read the folders of ``library`` only; as many as the settings say,
    unless ``workers`` says so. None is started yet. ``written_bytes`` and ``niceness`` are `WorkerSetup`'s; with any
    niceness the workers are this pool's own, else all server processes of this node share them."""
    settings = kernel.settings
    setup = WorkerSetup.of(
        settings,
        data=settings.of(ServerSettings).data,
        readable=[*library.roots().values(), _pyramid_folder(kernel)],
        written_bytes=written_bytes,
        niceness=niceness,
        shared=not niceness,
    )
    pool = PoolSettings.of(settings.of(ImagingSettings), servers=settings.of(ServerSettings).workers)
    return RenderPool(
        setup,
        replace(pool, workers=workers or pool.workers),
        media_types={encoder.media_type for encoder in kernel.registries.encoders.unique},
    )


def try_out(kernel: Kernel) -> None:
    """Raises Unavailable, with a text for the operator, where `open_platform` would; leaves nothing open."""
    open_library(kernel)
    open_cache(kernel).close()
    _quality(kernel.settings.of(ImagingSettings), open_profiles(kernel), kernel.registries.engines)


def open_profiles(kernel: Kernel) -> ProfileFolder:
    """The profiles in the data folder's ``icc`` and in the configured folders."""
    folders = kernel.settings.of(ImagingSettings).icc_folders
    return ProfileFolder([kernel.settings.of(ServerSettings).data / "icc", *folders])


def _quality(imaging: ImagingSettings, profiles: ProfileFolder, engines: Collection[str]) -> Quality:
    if imaging.engine and imaging.engine not in engines:
        raise Unavailable(
            f"qis.imaging.engine is {imaging.engine!r}; the installed engines are {', '.join(sorted(engines))}"
        )
    wanted, names = imaging.default_cmyk, [profile.name for profile in profiles.all()]
    if wanted and wanted.lower() not in [name.lower() for name in names]:
        raise Unavailable(
            f"qis.imaging.default_cmyk is {wanted!r}; the installed profiles are {', '.join(names)}: "
            "install it into a folder of qis.imaging.icc_folders, or correct the name"
        )
    cmyk = profiles.find(wanted).data if wanted else None
    return Quality(fast=imaging.fast, gamma_correct=imaging.gamma_correct, default_cmyk=cmyk, engine=imaging.engine)


def _provider(registry: Registry[P], url: str, setting: str) -> P:
    scheme = url.partition(":")[0].lower()
    if scheme not in registry:
        raise Unavailable(f"{setting} is {url!r}; the installed schemes are {', '.join(registry)}")
    return registry[scheme]
