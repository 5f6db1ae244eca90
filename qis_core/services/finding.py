"""Files of the library for those who ask for pictures."""

from __future__ import annotations

from qis_core.api import NotFound, StorageEntry
from qis_core.domain.paths import no_such_image
from qis_core.storage.library import Library


def find_file(library: Library, path: str) -> tuple[StorageEntry, float]:
    """The file at a clean path, and until when that is believed (monotonic clock).

    Raises NotFound, with the same text for whatever is no file, so that nobody learns what else there is.
    """
    try:
        entry, until = library.seen(path)
    except NotFound:
        raise no_such_image() from None
    if entry.is_folder:
        raise no_such_image()
    return entry, until
