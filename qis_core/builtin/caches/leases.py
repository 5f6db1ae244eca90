"""Leases between processes: symbolic links whose text says until when somebody holds a name, and who."""

from __future__ import annotations

import os
import time
from contextlib import suppress

from qis_core.builtin.caches.locks import locked

_TIDY_EVERY = 256
_SAFE_SECONDS = 1.0


class LeaseFolder:
    """Leases in a folder of their own. Every method raises OSError where the disk does not take part.

    A link comes into being in one step, with its text, and only where there is none. So a free name is taken,
    and given back, without any lock; that is needed only where a lease has run out.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._lock = os.path.join(folder, "lock")
        self._taken = 0

    def take(self, name: str, token: str, ttl: float) -> bool:
        """Takes ``name`` (safe as a file name) for ``ttl`` seconds; False where somebody holds it."""
        path = os.path.join(self._folder, name)
        now = time.time()
        text = f"{now + ttl!r} {token}"
        try:
            os.symlink(text, path)
        except FileExistsError:
            if _is_held(path, now) or not self._take_over(path, text, now):
                return False
        self._taken += 1
        if self._taken % _TIDY_EVERY == 0:
            self._tidy(now)
        return True

    def give_back(self, name: str, token: str) -> None:
        """Frees ``name`` if ``token`` holds it."""
        path = os.path.join(self._folder, name)
        until, holder = _read(path)
        if holder == token and until > time.time() + _SAFE_SECONDS:
            # For so long nobody else touches it.
            os.unlink(path)
        elif holder == token:
            with locked(self._lock):
                if _read(path)[1] == token:
                    os.unlink(path)

    def _take_over(self, path: str, text: str, now: float) -> bool:
        with locked(self._lock):
            if _is_held(path, now):
                return False
            try:
                with suppress(FileNotFoundError):
                    os.unlink(path)
                os.symlink(text, path)
            except FileExistsError:
                # Freed, and taken by somebody who needed no lock.
                return False
            return True

    def _tidy(self, now: float) -> None:
        with locked(self._lock):
            for name in os.listdir(self._folder):
                path = os.path.join(self._folder, name)
                if name != "lock" and _read(path)[0] <= now:
                    with suppress(OSError):
                        os.unlink(path)


def _is_held(path: str, now: float) -> bool:
    # A lease from far in the future was written before the clock was set back.
    return now < _read(path)[0] < now + 24 * 3600


def _read(path: str) -> tuple[float, str]:
    """Until when it is held, and by whom; long ago where it is free."""
    try:
        until, _, token = os.readlink(path).partition(" ")
        return float(until), token
    except (OSError, ValueError):
        # No lease, or none of ours.
        return 0.0, ""
