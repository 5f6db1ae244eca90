"""Notices pictures as they are asked for or listed, and sees to their records off the request's path."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from qis_core.api import StorageEntry, Unavailable
from qis_core.services.describing import Describer, Recordable
from qis_core.services.pictures import Analysis, Finding, PictureRecords
from qis_core.services.remembering import Remembered

log = logging.getLogger("qis.library")

BATCH = 50
"""Pictures whose records are written together."""

PATIENCE_SECONDS = 2.0
"""How long one waits for the render workers to have nothing to do."""

_LOOK_SECONDS = 0.2

Seen = Mapping[str, StorageEntry | None]
"""What the store has said by path; None where nothing is there."""


class Noticer:
    """A `LibraryListener` with a bounded queue and one thread of its own.

    A look at a file whose version is known to be recorded costs one look into a dictionary. What
    does not fit into the queue is dropped: it is noticed again when it is next asked for, and by
    ``qis sync``. The thread begins with the first picture.

    Whoever asks for pictures waits for renderings of their own: records are made, many together, when no
    rendering is made or waits, or a moment later if there always is one. Analysers look at the
    pictures after that, and again when there is time.
    """

    def __init__(
        self,
        *,
        records: PictureRecords,
        describer: Describer,
        recordable: Recordable,
        is_idle: Callable[[], bool] = lambda: True,
        backlog: int = 10_000,
        memory: int = 100_000,
    ) -> None:
        """``is_idle`` tells whether no rendering is made or waits."""
        self.dropped = 0
        self._is_idle = is_idle
        self._records = records
        self._describer = describer
        self._recordable = recordable
        self._backlog = backlog
        self._recorded: Remembered[str, str] = Remembered(memory)
        self._waiting: dict[str, StorageEntry | None] = {}
        self._unlooked: dict[str, StorageEntry] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._busy = self._closed = False
        self._hurrying = 0

    def seen(self, entry: StorageEntry) -> None:
        """A file is there: its record is looked after where it may need it."""
        if not entry.is_folder and self._recorded.get(entry.path) != entry.version and self._recordable(entry.path):
            self._add(entry.path, entry)

    def absent(self, path: str) -> None:
        """Nothing is there: a record that there may be is marked deleted."""
        if self._recordable(path):
            self._add(path, None)

    def settle(self, seconds: float) -> bool:
        """Has everything that was noticed recorded at once; False where that takes longer."""
        with self._changed:
            self._hurrying += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: not (self._waiting or self._unlooked or self._busy), seconds)
            finally:
                self._hurrying -= 1

    def close(self, seconds: float = 5.0) -> None:
        """Ends the thread after the picture it is at. Of what waits it is recorded that it is there; it is read when
        it is next asked for."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(seconds)

    def _add(self, path: str, entry: StorageEntry | None) -> None:
        with self._changed:
            if self._closed or (len(self._waiting) >= self._backlog and path not in self._waiting):
                self.dropped += 1
                return
            self._waiting[path] = entry
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="qis-noticer", daemon=True)
                self._thread.start()
            if len(self._waiting) in (1, BATCH):
                # With any other number the thread knows already, or goes on waiting for more.
                self._changed.notify_all()

    def _run(self) -> None:
        while self._has_work():
            batch = self._next()
            self._try(partial(self._look_after, batch) if batch else self._analyse, len(batch))
        while (batch := self._next()) and self._try(partial(self._keep_unread, batch), len(batch)):
            pass

    def _try(self, work: Callable[[], None], count: int) -> bool:
        try:
            work()
            return True
        except Unavailable as error:
            log.info("records of %d pictures have to wait: %s", count, error)
            self._pause()
        except SQLAlchemyError as error:
            log.warning("records of %d pictures could not be written: %s", count, type(error).__name__)
            self._pause()
        except Exception:
            log.exception("records of %d pictures could not be brought up to date", count)
        return False

    def _has_work(self) -> bool:
        """Waits for something to do, and until it is time to do it; False at the end."""
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._unlooked or self._closed)
            self._busy = True
            if self._waiting:
                self._rest(lambda: self._closed or len(self._waiting) >= BATCH)
            return not self._closed

    def _rest(self, ends: Callable[[], bool]) -> bool:
        """Waits until no rendering is made or waits, for a moment at most; False once ``ends`` is true. The lock is
        held."""
        until, looks = time.monotonic() + PATIENCE_SECONDS, 0
        # One look may fall between two requests of somebody who asks without a pause.
        while looks < 2 and not self._hurrying and time.monotonic() < until:
            if self._changed.wait_for(ends, _LOOK_SECONDS):
                return False
            looks = looks + 1 if self._is_idle() else 0
        return not ends()

    def _pause(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed, 1.0)

    def _next(self) -> Seen:
        with self._changed:
            return {path: self._waiting.pop(path) for path in list(self._waiting)[:BATCH]}

    def _look_after(self, batch: Seen) -> None:
        known = self._records.known(batch)
        findings: list[Finding] = []
        for path, entry in batch.items():
            record = known.get(path)
            if entry is not None and record is not None and record.tells(entry, described=True):
                self._recorded.keep(path, entry.version)
            elif entry is not None and record is not None and record.lacks_analysis(entry):
                self._note(entry)
            elif self._closed:
                with self._changed:
                    self._waiting.setdefault(path, entry)
            elif entry is not None or (record is not None and record.active):
                findings += self._found(path)
        self._records.keep(findings)
        for finding in findings:
            self._check(finding)

    def _found(self, path: str) -> list[Finding]:
        # What was seen may be long past by now.
        entry = self._describer.look(path)
        finding = self._describer.of(entry, analysed=False) if entry is not None else None
        if finding is None:
            self._records.lose([path])
            returned = self._describer.look(path)
            if returned is not None:
                self._add(path, returned)
        return [finding] if finding is not None else []

    def _check(self, finding: Finding) -> None:
        """Whoever writes last may have the older finding: what is there afterwards decides."""
        entry = self._describer.look(finding.path)
        if entry is not None and entry.version == finding.entry.version:
            self._note(entry)
        else:
            self._add(finding.path, entry)

    def _note(self, entry: StorageEntry) -> None:
        """The picture is recorded, and to be looked at later."""
        self._recorded.keep(entry.path, entry.version)
        if self._describer.analyses:
            with self._changed:
                if len(self._unlooked) < self._backlog:
                    self._unlooked[entry.path] = entry

    def _analyse(self) -> None:
        """Has analysers look at some pictures, until others are to be recorded."""
        with self._changed:
            batch = {path: self._unlooked.pop(path) for path in list(self._unlooked)[:BATCH]}
        # Another process may have seen to it, and the file may be another one by now.
        wanted = deque(
            batch[path] for path, known in self._records.known(batch).items() if known.lacks_analysis(batch[path])
        )
        found: list[Analysis] = []
        try:
            while wanted and self._is_time():
                analysis = self._describer.analysis(wanted.popleft())
                found += [analysis] if analysis is not None else []
        finally:
            with self._changed:
                self._unlooked = {entry.path: entry for entry in wanted} | self._unlooked
            self._records.supplement(found)

    def _is_time(self) -> bool:
        with self._changed:
            return self._rest(lambda: self._closed or bool(self._waiting))

    def _keep_unread(self, batch: Seen) -> None:
        """Records of what files there are; they are read when they are next asked for."""
        known = self._records.known(batch)
        there = [entry for path in batch if (entry := self._describer.look(path)) is not None]
        new = [
            entry for entry in there if entry.path not in known or not known[entry.path].tells(entry, described=False)
        ]
        self._records.keep([Finding(entry=entry) for entry in new])
        # A file that went meanwhile must not come back into the records.
        self._records.lose([entry.path for entry in new if self._describer.look(entry.path) is None])
