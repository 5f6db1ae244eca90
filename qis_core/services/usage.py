"""Counts what is served of each picture: in memory as it goes out, in the records every few seconds.

It stands beside the `Announcer`, which makes an event of every answer for plugins that listen: counting
must cost next to nothing, since most answers come from a cache at tens of thousands a second.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import islice

from sqlalchemy.exc import SQLAlchemyError

from qis_core.db.engine import Sessions
from qis_core.domain.compose import Delivery
from qis_core.services.usage_records import Tally, add_usage

log = logging.getLogger("qis.usage")

BATCH = 500
"""Rows that are written in one transaction."""


def today() -> date:
    """The day (UTC) that answers are counted for."""
    return datetime.now(UTC).date()


def is_use(delivery: Delivery, method: str) -> bool:
    """Whether an answer to an HTTP method is a use of its picture: not where its URL says ``stats=0``, nor for HEAD."""
    return delivery.stats and method != "HEAD"


class UsageCounter:
    """This process's counts, written by a thread of its own every ``seconds`` and at the end.

    At most ``limit`` pictures are counted between two writings (the writing begins early when there are more), and
    at most ``limit`` rows wait while the database is away; ``dropped`` counts the answers that found no room.
    No error of the database reaches whoever counts.
    """

    def __init__(
        self,
        sessions: Sessions,
        *,
        wanted: bool = True,
        seconds: float = 15.0,
        limit: int = 10_000,
        day: Callable[[], date] = today,
    ) -> None:
        self.wanted = wanted
        self.dropped = 0
        self._sessions = sessions
        self._seconds = seconds
        self._limit = limit
        self._day = day
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._counted: dict[str, Tally] = {}
        self._unwritten: dict[tuple[date, str], Tally] = {}
        self._wake = threading.Event()
        self._ending = False
        self._thread: threading.Thread | None = None

    def rendering(self, path: str, size_bytes: int) -> None:
        """Counts a rendering of ``path`` that was sent with so many bytes (0: the client had it already)."""
        if self.wanted:
            with self._lock:
                tally = self._counted.get(path) or self._begin(path)
                tally.renderings += 1
                tally.bytes_sent += size_bytes

    def original(self, path: str, size_bytes: int) -> None:
        """Counts an original, or a part of one."""
        if self.wanted:
            with self._lock:
                tally = self._counted.get(path) or self._begin(path)
                tally.originals += 1
                tally.bytes_sent += size_bytes

    def flush(self) -> None:
        """Writes what there is; what cannot be written now waits for the next time."""
        with self._writing:
            self._take()
            try:
                while self._unwritten:
                    batch = dict(islice(self._unwritten.items(), BATCH))
                    with self._sessions.begin() as session:
                        add_usage(session, batch)
                    for key in batch:
                        del self._unwritten[key]
            except SQLAlchemyError as error:
                log.warning("usage of %d pictures has to wait: %s", len(self._unwritten), type(error).__name__)

    def close(self) -> None:
        """Ends the thread and writes what is left, unless the database does not answer."""
        self._ending = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(5)
        if self._thread is None or not self._thread.is_alive():
            self.flush()

    def _begin(self, path: str) -> Tally:
        """The tally of a picture that was not asked for since the last writing; one that nobody reads where there
        is no room for it. The lock is held."""
        if len(self._counted) >= self._limit:
            self._wake.set()
            self.dropped += 1
            return Tally()
        if self._thread is None and not self._ending:
            self._thread = threading.Thread(target=self._run, name="qis-usage", daemon=True)
            self._thread.start()
        tally = self._counted[path] = Tally()
        return tally

    def _take(self) -> None:
        with self._lock:
            counted, self._counted = self._counted, {}
        day = self._day()
        for path, tally in counted.items():
            waiting = self._unwritten.get((day, path))
            if waiting is not None:
                waiting.add(tally)
            elif len(self._unwritten) < self._limit:
                self._unwritten[day, path] = tally
            else:
                self.dropped += tally.renderings + tally.originals

    def _run(self) -> None:
        while not self._ending:
            self._wake.wait(self._seconds)
            self._wake.clear()
            try:
                self.flush()
            except Exception:
                log.exception("usage could not be written")
