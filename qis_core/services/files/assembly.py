"""Puts the parts that change files together for a process."""

from __future__ import annotations

from qis_core.api import Location, Storage, Unavailable
from qis_core.db.engine import Sessions
from qis_core.plugins import Kernel
from qis_core.services.describing import Describer, Recordable
from qis_core.services.files.changes import Parts
from qis_core.services.files.checking import Checker
from qis_core.services.files.files import Files
from qis_core.services.files.journal import Journal, Owner
from qis_core.services.files.runner import Runner
from qis_core.services.platform import Platform
from qis_core.settings import ImagingSettings, LibrarySettings, ServerSettings
from qis_core.storage.library import Library
from qis_core.storage.roots import refuse_overlap


def make_files(
    kernel: Kernel,
    platform: Platform,
    *,
    describer: Describer,
    recordable: Recordable,
    reading: Sessions,
    writing: Sessions,
) -> Files:
    """What changes files in this process. Raises Unavailable where the trash cannot be opened."""
    settings = kernel.settings
    data = settings.of(ServerSettings).data
    parts = Parts(
        library=platform.library,
        trash=open_trash(kernel, platform.library),
        describer=describer,
        manager=kernel.manager,
    )
    runner = Runner(parts=parts, journal=Journal(writing, Owner(data / "changes")), sessions=writing)
    return Files(
        runner=runner,
        library=platform.library,
        access=platform.access,
        checker=make_checker(kernel, platform, recordable),
        recordable=recordable,
        sessions=reading,
        trash_days=settings.of(LibrarySettings).trash_days,
    )


def make_checker(kernel: Kernel, platform: Platform, recordable: Recordable) -> Checker:
    """What looks at files before they are let in."""
    limits = kernel.settings.of(ImagingSettings).limits
    return Checker(pool=platform.pool, look=platform.look, recordable=recordable, limits=limits)


def open_trash(kernel: Kernel, library: Library) -> Storage:
    """The store of deleted files: the setting, or a folder of the data folder, made where it is missing.

    Raises Unavailable where it cannot be opened, or lies in the library.
    """
    url = kernel.settings.of(LibrarySettings).trash
    folder = kernel.settings.of(ServerSettings).data / "trash"
    if not url:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        url = folder.absolute().as_uri()
    scheme = Location.parse(url).scheme
    providers = kernel.registries.storages
    if scheme not in providers:
        raise Unavailable(f"qis.library.trash is {url!r}; the installed schemes are {', '.join(providers)}")
    found = providers[scheme].open(url)
    root = found.local_path("")
    if root is not None:
        roots = {f"the library's folder /{place}": path for place, path in library.roots().items()}
        refuse_overlap(roots, {"qis.library.trash": root})
    return found
