"""Brings the records of a whole tree up to what the stores hold.

Folder by folder, some thousand names at a time, the listing is laid beside the records: what is the
same costs no more than that; what is new or another is read by the render workers; what is missing
is marked deleted. Nothing is kept in memory but the page at hand and the pictures under way, and
nothing besides the records tells how far it came: after an interruption it is simply begun again.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy.exc import OperationalError

from qis_core.api import NotFound, QisError, StorageEntry, Unavailable
from qis_core.db import schema
from qis_core.db.engine import for_reading, make_sessions, open_database
from qis_core.domain.paths import folder_of
from qis_core.domain.query import readable
from qis_core.domain.vocabulary import Vocabulary
from qis_core.plugins import Kernel
from qis_core.services.describing import Describer, Recordable
from qis_core.services.looking import look_of
from qis_core.services.pictures import Change, Finding, Known, PictureRecords
from qis_core.services.platform import open_library, open_pool
from qis_core.services.startup import database_url
from qis_core.settings import ImagingSettings
from qis_core.storage.library import Library

PAGE = 5000
"""Names of a folder that are looked at together."""

BATCH = 200
"""Pictures whose records are written together."""

ATTEMPTS = 3
"""How often a picture is read that changes meanwhile."""

MOST_TOLD = 20
"""Problems that a report tells; further ones are only counted."""


@dataclass(kw_only=True)
class SyncReport:
    """What was done. ``pictures`` were looked at in ``folders``; of these ``unchanged`` were as recorded.

    ``unreadable`` have a record that says so; ``unnamed`` have names that are no text, and no record;
    ``failed`` could not be looked at, or, for folders, not be listed: ``problems`` has the first of these.
    """

    folders: int = 0
    pictures: int = 0
    unchanged: int = 0
    added: int = 0
    replaced: int = 0
    returned: int = 0
    described: int = 0
    deleted: int = 0
    unreadable: int = 0
    unnamed: int = 0
    failed: int = 0
    problems: list[str] = field(default_factory=list)

    def fail(self, text: str) -> None:
        """Counts and tells something that went wrong."""
        self.failed += 1
        if len(self.problems) < MOST_TOLD:
            self.problems.append(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncProgress:
    """How far it is: ``done`` of the ``found`` pictures are settled; ``folder`` is being looked at."""

    folder: str
    found: int
    done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOptions:
    """``metadata`` false records files without reading them; ``again`` reads unchanged ones too;
    ``believe_empty`` takes a store that has become empty for one that was emptied."""

    metadata: bool = True
    again: bool = False
    believe_empty: bool = False


class Stopped(Exception):
    """The sync was asked to stop before its end."""


class Sync:
    """Syncs one tree of a library with its records, once. Other processes may do the same meanwhile."""

    def __init__(
        self,
        *,
        library: Library,
        records: PictureRecords,
        describer: Describer,
        recordable: Recordable,
        workers: int,
        options: SyncOptions | None = None,
        progress: Callable[[SyncProgress], None] = lambda progress: None,
    ) -> None:
        """``workers`` pictures are read at once; ``progress`` hears often, on the thread of `run`."""
        self.report = SyncReport()
        self._library = library
        self._records = records
        self._describer = describer
        self._recordable = recordable
        self._workers = workers
        self._options = options or SyncOptions()
        self._progress = progress
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="qis-sync")
        self._reading: deque[tuple[StorageEntry, Future[Finding | None]]] = deque()
        self._findings: list[Finding] = []
        self._changing: Counter[str] = Counter()
        self._folder = ""
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ends the run with Stopped as soon as what has been read is written. For any thread and signal handler."""
        self._stopping.set()

    def run(self, path: str = "") -> SyncReport:
        """Syncs the clean ``path``: a folder with all below it, or one picture.

        Whatever ends it, what has been read by then is written, and ``report`` tells of it.
        Raises Stopped, SQLAlchemyError.
        """
        try:
            self._tree(path)
            while self._reading or self._findings:
                while self._reading:
                    self._check()
                    self._collect()
                self._write()
        except BaseException:
            self._write_what_is_done()
            raise
        finally:
            self._threads.shutdown(cancel_futures=True)
        return self.report

    def _tree(self, path: str) -> None:
        try:
            entry = self._library.stat_now(path)
        except NotFound:
            self.report.deleted += self._records.lose_folder(path)
            self._lose([path])
            return
        except Unavailable as error:
            self.report.fail(error.message)
            return
        if not entry.is_folder:
            self._file(entry, self._records.known([path]).get(path) if self._recordable.has_name(path) else None)
            return
        self._records.keep_folder(path)
        waiting = [path]
        while waiting:
            # The last one first, so that few folders wait: those beside the way down to this one.
            waiting += reversed(self._sync_folder(waiting.pop()))

    def _sync_folder(self, folder: str) -> Sequence[str]:
        """Syncs what lies right in a folder, and answers the folders in it."""
        self._check()
        self._folder = folder
        try:
            if self._is_suddenly_empty(folder):
                self.report.fail(
                    f"the store at /{folder} is empty, though pictures of it are recorded; is it mounted? "
                    "Its records are left as they are"
                )
                return []
            below = self._pages(folder)
        except NotFound:
            self.report.deleted += self._records.lose_folder(folder)
            return []
        except QisError as error:
            self.report.fail(f"/{folder} cannot be looked through: {error.message}")
            return []
        self.report.folders += 1
        self._compare_folders(folder, below)
        self._tell()
        return below

    def _pages(self, folder: str) -> list[str]:
        below: list[str] = []
        after = ""
        while True:
            page = self._library.list(folder, after=after, limit=PAGE)
            below += [entry.path for entry in page.entries if entry.is_folder and self._is_named(entry)]
            self._page(folder, page.entries, after, page.after)
            self._tell()
            after = page.after
            if not after:
                return below

    def _page(self, folder: str, entries: Sequence[StorageEntry], after: str, until: str) -> None:
        files = {
            entry.name: entry
            for entry in entries
            if not entry.is_folder and self._recordable.is_picture(entry.path) and self._is_named(entry)
        }
        missing: list[str] = []
        for name, known in self._recorded(folder, after, until):
            entry = files.pop(name, None)
            if entry is not None:
                self._file(entry, known)
                continue
            missing.append(f"{folder}/{name}" if folder else name)
            if len(missing) >= BATCH:
                self._lose(missing)
                missing.clear()
        self._lose(missing)
        for entry in files.values():
            self._file(entry, None)

    def _recorded(self, folder: str, after: str, until: str) -> Iterator[tuple[str, Known]]:
        while found := self._records.known_in(folder, after=after, until=until, limit=PAGE):
            yield from found
            after = found[-1][0]

    def _file(self, entry: StorageEntry, known: Known | None) -> None:
        self._check()
        self.report.pictures += 1
        if known is not None and not self._options.again and known.tells(entry, described=self._options.metadata):
            self.report.unchanged += 1
        else:
            self._take(entry)

    def _take(self, entry: StorageEntry) -> None:
        if not self._options.metadata:
            self._findings.append(Finding(entry=entry))
        else:
            self._reading.append((entry, self._threads.submit(self._describer.of, entry)))
            while len(self._reading) > 4 * self._workers:
                self._collect()
        if len(self._findings) >= BATCH:
            self._write()

    def _collect(self) -> None:
        entry, reading = self._reading[0]
        try:
            finding = reading.result()
        except Unavailable as error:
            self.report.fail(f"/{readable(entry.path)} could not be read: {error.message}")
            finding = None
        else:
            if finding is None:
                self._lose([entry.path])
        self._reading.popleft()
        if finding is not None:
            self._findings.append(finding)

    def _write(self) -> None:
        findings, self._findings = self._findings, []
        changes = self._records.keep(findings)
        for finding in findings:
            self._count(finding, changes[finding.path])
        for finding in findings:
            entry = self._describer.look(finding.path)
            # Another process may have written what it found later, before this was written.
            if entry is not None and entry.version != finding.entry.version:
                self._changing[entry.path] += 1
                if self._changing[entry.path] < ATTEMPTS and not self._stopping.is_set():
                    self._take(entry)
                else:
                    self.report.fail(f"/{readable(entry.path)} is being changed; its record is some moments old")
        self._tell()

    def _write_what_is_done(self) -> None:
        done = [reading.result() for _, reading in self._reading if reading.done() and not reading.exception()]
        self._reading.clear()
        self._findings += [finding for finding in done if finding is not None]
        self._write()

    def _count(self, finding: Finding, change: Change) -> None:
        report = self.report
        report.unreadable += "error" in finding.facts
        match change:
            case Change.ADDED:
                report.added += 1
            case Change.REPLACED:
                report.replaced += 1
            case Change.RETURNED:
                report.returned += 1
            case Change.DESCRIBED:
                report.described += 1
            case Change.SAME:
                report.unchanged += 1

    def _lose(self, paths: Sequence[str]) -> None:
        gone = [path for path in paths if self._recordable.has_name(path) and self._describer.look(path) is None]
        lost = self._records.lose(gone)
        self.report.deleted += len(lost)
        for path in lost:
            entry = self._describer.look(path)
            if entry is not None:
                self._take(entry)

    def _compare_folders(self, folder: str, below: Sequence[str]) -> None:
        recorded = set(self._records.folders_in(folder))
        for path in below:
            if path not in recorded:
                self._records.keep_folder(path)
        for path in recorded.difference(below):
            try:
                is_there = self._library.stat_now(path).is_folder
            except NotFound:
                is_there = False
            except Unavailable:
                continue
            if not is_there:
                self.report.deleted += self._records.lose_folder(path)

    def _is_suddenly_empty(self, folder: str) -> bool:
        """Whether nothing is left of a whole store: more often a disk that is not mounted than one that was emptied."""
        mounts = self._library.folders
        if self._options.believe_empty or folder not in mounts:
            return False
        others = {part for mount in mounts for part in _with_parents(mount)}
        if any(entry.path not in others for entry in self._library.list(folder, limit=len(others) + 1).entries):
            return False
        recorded = [path for path in self._records.folders_in(folder) if path not in others]
        return bool(self._records.known_in(folder, limit=1)) or any(map(self._records.has_pictures, recorded))

    def _is_named(self, entry: StorageEntry) -> bool:
        if self._recordable.has_name(entry.path):
            return True
        self.report.unnamed += 1
        if len(self.report.problems) < MOST_TOLD:
            self.report.problems.append(f"/{readable(entry.path)} has a name that is no text; it has no record")
        return False

    def _check(self) -> None:
        if self._stopping.is_set():
            raise Stopped

    def _tell(self) -> None:
        under_way = len(self._reading) + len(self._findings)
        self._progress(
            SyncProgress(folder=self._folder, found=self.report.pictures, done=self.report.pictures - under_way)
        )


@contextlib.contextmanager
def open_sync(
    kernel: Kernel,
    *,
    workers: int = 0,
    options: SyncOptions | None = None,
    progress: Callable[[SyncProgress], None] = lambda progress: None,
) -> Iterator[Sync]:
    """A sync of a site's library with its records, with render workers of its own (0: as many as the site has).

    Raises Unavailable and WrongSchema where it cannot begin.
    """
    library = open_library(kernel)
    with contextlib.ExitStack() as closing:
        engine = open_database(database_url(kernel))
        closing.callback(engine.dispose)
        try:
            with engine.connect() as connection:
                schema.check(connection)
        except OperationalError as error:
            raise Unavailable(f"the database cannot be used: {error.orig}") from error
        pool = open_pool(kernel, library, workers=workers)
        closing.callback(pool.close)
        limits, registries = kernel.settings.of(ImagingSettings).limits, kernel.registries
        vocabulary = Vocabulary(registries.operations, registries.encoders, registries.decoders)
        look = look_of(vocabulary, registries.analysers)
        yield Sync(
            library=library,
            records=PictureRecords(
                reading=for_reading(engine),
                writing=make_sessions(engine),
                manager=kernel.manager,
                analysis=look.analysis,
            ),
            describer=Describer(library=library, describe=pool.describe, limits=limits, look=look),
            recordable=Recordable(registries.decoders.unique),
            workers=pool.status().workers,
            options=options,
            progress=progress,
        )


def _with_parents(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = folder_of(folder)
