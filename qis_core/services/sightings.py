"""When something was last used: noted in passing, written a little later by a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from qis_core.db.engine import Sessions

log = logging.getLogger("qis.logins")

_MOST = 10_000

Write = Callable[[Session, Mapping[int, datetime]], None]


class Sightings:
    """Moments by record number, written together by ``write(session, moments)`` after ``seconds``.

    Where the database is away they are lost: a session ends a little early, no more.
    """

    def __init__(self, sessions: Sessions, write: Write, *, seconds: float = 2.0) -> None:
        self._sessions = sessions
        self._write = write
        self._seconds = seconds
        self._lock = threading.Lock()
        self._noted: dict[int, datetime] = {}
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, number: int, moment: float) -> None:
        """The record ``number`` was used at ``moment`` (seconds since 1970)."""
        with self._lock:
            if len(self._noted) >= _MOST:
                return
            self._noted[number] = datetime.fromtimestamp(moment, UTC)
            if self._thread is None and not self._ending.is_set():
                self._thread = threading.Thread(target=self._run, name="qis-sightings", daemon=True)
                self._thread.start()
        self._wake.set()

    def flush(self) -> None:
        """Writes what there is."""
        with self._lock:
            noted, self._noted = self._noted, {}
        if not noted:
            return
        try:
            with self._sessions.begin() as session:
                self._write(session, noted)
        except SQLAlchemyError as error:
            log.warning("when logins were last used cannot be written: %s", error)

    def close(self) -> None:
        """Writes what is left and ends the thread."""
        self._ending.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(5)
        self.flush()

    def _run(self) -> None:
        while not self._ending.is_set():
            self._wake.wait()
            self._wake.clear()
            self._ending.wait(self._seconds)
            self.flush()
