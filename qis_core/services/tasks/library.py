"""The library as tasks see it: with the rights of whoever started them, and with a way back."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlencode

from qis_core.api import (
    AlreadyExists,
    Identity,
    Level,
    NotFound,
    QisError,
    Refused,
    Right,
    StorageEntry,
    StoragePage,
    UnsupportedFeature,
)
from qis_core.domain.paths import clean_folder, clean_path, folder_of
from qis_core.services.access import AccessService
from qis_core.services.describing import Describer
from qis_core.services.files.checking import Checker
from qis_core.services.files.trees import chunks
from qis_core.services.finding import find_file
from qis_core.services.images import ImageAsk, ImageService
from qis_core.storage.library import Library

log = logging.getLogger("qis.tasks")

SYSTEM = Identity(id=0, username="system", rights=frozenset(right.value for right in Right))
"""The system itself. No account has this number; it is not the public, whose limits it does not have."""


class ActingLibrary:
    """The `qis_core.api.TaskLibrary` of one run. ``who`` gives the identity that counts now, None for nobody."""

    def __init__(
        self,
        *,
        library: Library,
        access: AccessService,
        images: ImageService,
        describer: Describer,
        checker: Checker,
        spool: Path,
        who: Callable[[], Identity | None],
    ) -> None:
        """``spool`` is where pictures lie while ``checker`` looks at them."""
        self._library = library
        self._access = access
        self._images = images
        self._describer = describer
        self._checker = checker
        self._spool = spool
        self._who = who
        self._made: list[tuple[str, bool]] = []

    def list(self, folder: str, *, after: str = "", limit: int = 1000) -> StoragePage:
        """Files and folders in name order."""
        return self._library.list(self._folder(folder, Level.VIEW), after=after, limit=limit)

    def stat(self, path: str) -> StorageEntry:
        """A file or folder."""
        return self._library.stat_now(self._folder(path, Level.VIEW))

    def facts(self, path: str) -> Mapping[str, Any]:
        """What a picture is."""
        entry, _ = find_file(self._library, self._path(path, Level.VIEW))
        finding = self._describer.of(entry, analysed=False)
        if finding is None:
            raise NotFound("there is no such image")
        if "error" in finding.facts:
            raise UnsupportedFeature(str(finding.facts["error"]))
        return {**finding.facts, "width": finding.width, "height": finding.height}

    def open(self, path: str) -> BinaryIO:
        """An original's bytes."""
        return self._library.open(self._path(path, Level.DOWNLOAD))

    def render(self, path: str, options: Mapping[str, object] | None = None) -> bytes:
        """A rendering."""
        asked = {name: str(value) for name, value in (options or {}).items()}
        query = urlencode({**asked, "src": clean_path(path)}, errors="surrogateescape")
        answer = self._images.rendition(ImageAsk(raw_query=query, identity=self._identity(), client="tasks"))
        if answer.original is not None:
            with self._library.open_version(answer.original.path, answer.original.version) as stream:
                return stream.read()
        assert answer.entry is not None
        return bytes(answer.entry.body)

    def write(self, path: str, content: bytes | Iterable[bytes], *, overwrite: bool = False) -> StorageEntry:
        """Stores a file; a picture after it was decoded."""
        path = self._path(path, Level.UPLOAD)
        is_there = self._is_there(path)
        if is_there and overwrite:
            self._access.require(self._identity(), Level.DELETE, path)
        pieces = [content] if isinstance(content, bytes) else content
        if self._checker.expects_picture(path):
            entry = self._write_picture(path, pieces, overwrite)
        else:
            entry = self._library.write(path, pieces, overwrite=overwrite)
        if not is_there:
            self._made.append((path, False))
        self._notice(entry)
        return entry

    def _write_picture(self, path: str, pieces: Iterable[bytes], overwrite: bool) -> StorageEntry:
        """What a task makes is no better known than what somebody sends: it is looked at by the same check."""
        self._spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._spool) as body:
            body.writelines(pieces)
            body.flush()
            self._checker.check(path.rpartition("/")[2], body, client="tasks")
            body.seek(0)
            return self._library.write(path, chunks(body), overwrite=overwrite)

    def make_folder(self, path: str) -> None:
        """Makes a folder and those above it."""
        path = clean_folder(path)
        missing = []
        while path and not self._is_there(path):
            missing.append(path)
            path = folder_of(path)
        if missing:
            self._access.require(self._identity(), Level.CREATE_FOLDER, path)
        for folder in reversed(missing):
            # Somebody else may have made it meanwhile, which is as good.
            with contextlib.suppress(AlreadyExists):
                self._library.make_folder(folder)
                self._made.append((folder, True))

    def delete(self, path: str) -> None:
        """Removes a file."""
        path = self._path(path, Level.DELETE)
        self._library.delete(path)
        self._made = [made for made in self._made if made != (path, False)]
        self._gone(path)

    def undo(self) -> None:
        """Removes what was newly written and made, the latest first."""
        for path, is_folder in reversed(self._made):
            try:
                if is_folder:
                    self._library.remove_folder(path)
                else:
                    self._library.delete(path)
                    self._gone(path)
            except AlreadyExists:
                continue  # Somebody has put something into the folder: it is theirs now.
            except NotFound:
                continue
            except (QisError, OSError) as error:
                log.warning("%r, which a task has made, could not be taken back: %s", path, error)
        self._made = []

    def _notice(self, entry: StorageEntry) -> None:
        if self._library.listener is not None:
            self._library.listener.seen(entry)

    def _gone(self, path: str) -> None:
        if self._library.listener is not None:
            self._library.listener.absent(path)

    def _is_there(self, path: str) -> bool:
        try:
            self._library.stat_now(path)
        except NotFound:
            return False
        return True

    def _identity(self) -> Identity:
        identity = self._who()
        if identity is None:
            raise Refused("whoever started this task has no account any more")
        return identity

    def _path(self, path: str, level: Level) -> str:
        path = clean_path(path)
        self._access.require(self._identity(), level, path)
        return path

    def _folder(self, path: str, level: Level) -> str:
        path = clean_folder(path)
        self._access.require(self._identity(), level, path)
        return path
