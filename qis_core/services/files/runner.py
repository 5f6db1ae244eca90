"""Runs changes, so that each is done whole or not at all, and brings those of dead processes to their end."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from qis_core.api import QisError
from qis_core.db.engine import Sessions
from qis_core.db.versions import touch
from qis_core.services.files import moving, removing, storing  # noqa: F401 -- the kinds of changes.
from qis_core.services.files.changes import KINDS, Change, Parts, no_progress
from qis_core.services.files.journal import Entry, Journal
from qis_core.services.files.trees import Progress
from qis_core.services.pictures import ATTEMPTS

log = logging.getLogger("qis.files")

BEAT_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
"""An entry that nobody has worked on for so long, as far as others can see, is taken over."""

T = TypeVar("T")


class Runner:
    """Safe to use from many threads. ``close`` ends the thread that watches over the journal."""

    def __init__(
        self,
        *,
        parts: Parts,
        journal: Journal,
        sessions: Sessions,
        beat_seconds: float = BEAT_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``sessions`` write."""
        self.parts = parts
        self._journal = journal
        self._sessions = sessions
        self._beat_seconds = beat_seconds
        self._patience_seconds = patience_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._live: set[int] = set()
        self._beginning = 0
        self._seen: dict[int, tuple[int, float]] = {}
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def run(self, change: Change, progress: Progress = no_progress) -> None:
        """Does a change. Raises AlreadyExists where somebody else is changing the same, and what its work raises;
        everything is as before then."""
        number = self._begin(change)
        self.watch()
        try:
            change.work(self.parts, progress)
            self._settle(number, change)
        except BaseException:
            self._resolve_quietly(number)
            raise
        self._finish(number, change)
        change.tell(self.parts)

    def _begin(self, change: Change) -> int:
        with self._lock:
            self._beginning += 1
        try:
            number = self._journal.begin(change.kind, change.claims, change.plan(), announced=change.announced)
            with self._lock:
                self._live.add(number)
            return number
        finally:
            with self._lock:
                self._beginning -= 1

    def require_free(self, change: Change) -> None:
        """Raises AlreadyExists where somebody else is just changing the same."""
        self._journal.require_free(change.claims)

    @property
    def is_busy(self) -> bool:
        """Whether any change is under way, on any node."""
        return bool(self._journal.entries())

    def recover(self) -> int:
        """Brings changes to their end whose process has surely ended; how many."""
        dead = set(self._journal.owner.dead())
        count = sum(self._take(entry) for entry in self._journal.entries() if entry.owner in dead)
        owners = {entry.owner for entry in self._journal.entries()}
        for name in dead - owners:
            self._journal.owner.forget(name)
        return count

    def watch(self) -> None:
        """Starts the thread that tells others of this process's changes, and looks after those of others."""
        with self._lock:
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._watch, name="qis-files", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Ends the thread."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(5)
        self._journal.owner.release()

    def look(self) -> None:
        """One look at the journal: what was not worked on for long, or has lost its process, is taken over."""
        with self._lock:
            live = set(self._live)
        if live:
            self._journal.beat(live)
        self.recover()
        entries = self._strange(self._journal.entries())
        seen = {entry.id: self._seen.get(entry.id, (entry.beat, self._clock())) for entry in entries}
        self._seen = {
            entry.id: seen[entry.id] if seen[entry.id][0] == entry.beat else (entry.beat, self._clock())
            for entry in entries
        }
        for entry in entries:
            # What this process has failed to end itself needs no waiting for.
            is_ours = entry.owner == self._journal.owner.name
            if is_ours or self._clock() - self._seen[entry.id][1] >= self._patience_seconds:
                self._take(entry)

    def _strange(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those that nobody in this process works on."""
        # Asked after the journal was read: what stands there by then is alive, or is just beginning, or has ended.
        with self._lock:
            live, begins = set(self._live), self._beginning > 0
        own = self._journal.owner.name
        return [entry for entry in entries if entry.id not in live and not (begins and entry.owner == own)]

    def _watch(self) -> None:
        while not self._closing.wait(self._beat_seconds):
            try:
                self.look()
            except SQLAlchemyError as error:
                log.warning("the journal of file changes cannot be read: %s", type(error).__name__)
            except Exception:
                log.exception("the journal of file changes could not be looked after")

    def _take(self, entry: Entry) -> bool:
        if not self._journal.take_over(entry):
            return False
        log.warning("the change %d (%s of %r) was left unfinished; it is looked after", *_words(entry))
        self._resolve_quietly(entry.id)
        return True

    def _resolve_quietly(self, number: int) -> None:
        """Brings a change to its end, one way or the other; where that fails now, it is tried again later."""
        try:
            self._resolve(number)
        except (QisError, SQLAlchemyError, OSError) as error:
            log.warning("the change %d could not be brought to its end yet: %s", number, error)
        finally:
            with self._lock:
                self._live.discard(number)

    def _resolve(self, number: int) -> None:
        # What the database says now counts: a commit whose answer was lost may have been made.
        entry = self._journal.current(number)
        if entry is None:
            return
        change = KINDS[entry.kind].of_plan(entry.plan)
        if entry.settled:
            self._finish(number, change)
        elif change.is_done(self.parts):
            self._settle(number, change)
            self._finish(number, change)
            change.tell(self.parts)
        else:
            change.undo(self.parts)
            self._end(number, change.announced)

    def _settle(self, number: int, change: Change) -> None:
        change.observe(self.parts)

        def work(session: Session) -> None:
            self._journal.settle(session, number)
            change.record(session)

        self._transact(work)

    def _finish(self, number: int, change: Change) -> None:
        try:
            change.finish(self.parts)
            self._end(number)
        except (QisError, SQLAlchemyError, OSError) as error:
            # The records tell of it already: what is left is done by whoever looks at the journal next.
            log.warning("the change %d is made, but could not be finished yet: %s", number, error)
        with self._lock:
            self._live.discard(number)

    def _end(self, number: int, announced: Sequence[str] = ()) -> None:
        def work(session: Session) -> None:
            for version in announced:
                touch(session, version)
            self._journal.end(session, number)

        self._transact(work)

    def _transact(self, work: Callable[[Session], T]) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._sessions.begin() as session:
                    return work(session)
            except (OperationalError, IntegrityError):
                # Somebody noticed one of the files at the same moment, or two waited for each other.
                if attempt == ATTEMPTS:
                    raise
                time.sleep(0.05 * attempt)
        raise AssertionError("the last attempt returns or raises")


def _words(entry: Entry) -> tuple[int, str, object]:
    return entry.id, entry.kind, entry.plan.get("path", "")
