"""Whom a secret text stands for, remembered in this process and followed by version."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from qis_core.api import Identity, Unavailable
from qis_core.services.mint import Mint, digest
from qis_core.services.remembering import Remembered
from qis_core.services.sightings import Sightings

Version = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Login:
    """A login that counts: the number of its record, who it is, and when it ends (seconds since 1970)."""

    number: int
    identity: Identity
    until: float


@dataclass(slots=True)
class _Known:
    login: Login | None
    version: Version
    noted: float


class KnownLogins:
    """Reads texts that a mint made.

    ``look(digest, now, noted)`` asks the records, ``noted`` being when this process last noted a use;
    its answer is believed as long as ``version``, which changes with accounts and when logins are
    ended, stays the same, and until the login ends. ``sightings`` are noted every ``note_seconds``.
    """

    def __init__(
        self,
        *,
        mint: Mint,
        look: Callable[[str, float, float], Login | None],
        version: Callable[[], Version],
        sightings: Sightings,
        note_seconds: float,
        remembered: int = 10_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._mint = mint
        self._look = look
        self._version = version
        self._sightings = sightings
        self._note_seconds = note_seconds
        self._clock = clock
        self._known: Remembered[str, _Known] = Remembered(remembered)

    def read(self, text: str) -> Login | None:
        """The login of ``text``, None where it is nobody's or nobody's any more. Raises Unavailable."""
        version, now, known = self._version(), self._clock(), self._known.get(text)
        if known is None or known.version != version or (known.login is not None and known.login.until <= now):
            if not self._mint.is_ours(text):
                return None
            known = self._read(text, version, now)
        if known.login is not None and now - known.noted >= self._note_seconds:
            known.noted = now
            self._sightings.note(known.login.number, now)
        return known.login

    def _read(self, text: str, version: Version, now: float) -> _Known:
        # A use that was noted may not be written yet; it counts all the same.
        before = self._known.get(text)
        noted = 0.0 if before is None else before.noted
        try:
            known = _Known(self._look(digest(text), now, noted), version, noted)
        except SQLAlchemyError as error:
            raise Unavailable("the database is busy or away") from error
        self._known.keep(text, known)
        return known
