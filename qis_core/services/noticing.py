"""Notices pictures as they are asked for or listed, and sees to their records off the request's path."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from qis_core.api import StorageEntry, Unavailable
from qis_core.services.describing import Describer, Recordable
from qis_core.services.pictures import Finding, PictureRecords
from qis_core.services.remembering import Remembered

log = logging.getLogger("qis.library")

BATCH = 50
"""Pictures whose records are written together."""

PATIENCE_SECONDS = 2.0
"""How long analysers wait for the render workers to have nothing to do."""

_LOOK_SECONDS = 0.05


class Noticer:
    """A `LibraryListener` with a bounded queue and one thread of its own.

    A look at a file whose version is known to be recorded costs one look into a dictionary. What
    does not fit into the queue is dropped: it is noticed again when it is next asked for, and by
    ``qis sync``. The thread begins with the first picture.

    Analysers look at a picture after its record was made, when no rendering is made or waits, or a
    moment later if there always is one: whoever asks for pictures waits for renderings of their own.
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
        self._unlooked: dict[str, None] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._busy = self._closed = False

    def seen(self, entry: StorageEntry) -> None:
        """A file is there: its record is looked after where it may need it."""
        if not entry.is_folder and self._recorded.get(entry.path) != entry.version and self._recordable(entry.path):
            self._add(entry.path, entry)

    def absent(self, path: str) -> None:
        """Nothing is there: a record that there may be is marked deleted."""
        if self._recordable(path):
            self._add(path, None)

    def settle(self, seconds: float) -> bool:
        """Waits until everything that was noticed is recorded; False where that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not (self._waiting or self._unlooked or self._busy), seconds)

    def close(self, seconds: float = 5.0) -> None:
        """Ends the thread after the picture it is at; what waits is noticed another time."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._unlooked.clear()
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
            self._changed.notify_all()

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            try:
                if batch:
                    self._look_after(batch)
                else:
                    self._analyse(self._next_unlooked())
            except Unavailable as error:
                log.info("records of %d pictures have to wait: %s", len(batch), error)
                self._pause()
            except SQLAlchemyError as error:
                log.warning("records of %d pictures could not be written: %s", len(batch), type(error).__name__)
                self._pause()
            except Exception:
                log.exception("records of %d pictures could not be brought up to date", len(batch))

    def _next(self) -> dict[str, StorageEntry | None] | None:
        """What is to be recorded; nothing where there is time to look at pictures; None at the end."""
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._unlooked or self._closed)
            if self._closed:
                return None
            self._busy = True
            first = list(self._waiting)[:BATCH]
            return {path: self._waiting.pop(path) for path in first}

    def _next_unlooked(self) -> str | None:
        """A picture to look at, once nobody waits for renderings; None where others are to be recorded first."""
        until, was_idle, is_idle = time.monotonic() + PATIENCE_SECONDS, False, False
        with self._changed:
            # One look may fall between two requests of somebody who asks without a pause.
            while not (was_idle and is_idle) and time.monotonic() < until:
                if self._changed.wait_for(lambda: self._waiting or self._closed, _LOOK_SECONDS):
                    return None
                was_idle, is_idle = is_idle, self._is_idle()
            return self._unlooked.popitem()[0]

    def _analyse(self, path: str | None) -> None:
        for finding in self._found(path, analysed=True) if path is not None else []:
            # It took long: the file may be deleted meanwhile, and must not come back into the records for a moment.
            if self._records.supplement(finding):
                self._check(finding)

    def _pause(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed, 1.0)

    def _look_after(self, batch: dict[str, StorageEntry | None]) -> None:
        known = self._records.known(batch)
        findings: list[Finding] = []
        for path, entry in batch.items():
            record = known.get(path)
            if entry is not None and record is not None and record.tells(entry, described=True):
                self._recorded.keep(path, entry.version)
            elif entry is None and (record is None or not record.active):
                continue
            elif not self._closed:
                findings += self._found(path, analysed=False)
        self._records.keep(findings)
        for finding in findings:
            self._check(finding)
        if self._describer.analyses:
            with self._changed:
                self._unlooked |= {} if self._closed else {finding.path: None for finding in findings}

    def _found(self, path: str, *, analysed: bool) -> list[Finding]:
        # What was seen may be long past by now.
        entry = self._describer.look(path)
        finding = self._describer.of(entry, analysed=analysed) if entry is not None else None
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
            self._recorded.keep(finding.path, entry.version)
        else:
            self._add(finding.path, entry)
