"""Leases between processes: small files that say who holds a name, and until when."""

from __future__ import annotations

import os
import time
from contextlib import suppress

from qis_core.builtin.caches.locks import locked

_TIDY_EVERY = 256


class LeaseFolder:
    """Leases in a folder of their own. Every method raises OSError where the disk does not take part."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._lock = os.path.join(folder, "lock")
        self._taken = 0

    def take(self, name: str, token: str, ttl: float) -> bool:
        """Takes ``name`` (safe as a file name) for ``ttl`` seconds; False where somebody holds it."""
        path = os.path.join(self._folder, name)
        now = time.time()
        with locked(self._lock):
            until, _ = _read(path)
            # A lease from far in the future was written before the clock was set back.
            if now < until < now + 24 * 3600:
                return False
            _write(path, f"{now + ttl!r} {token}")
            self._taken += 1
            if self._taken % _TIDY_EVERY == 0:
                self._tidy(now)
        return True

    def give_back(self, name: str, token: str) -> None:
        """Frees ``name`` if ``token`` holds it."""
        path = os.path.join(self._folder, name)
        with locked(self._lock):
            if _read(path)[1] == token:
                os.unlink(path)

    def _tidy(self, now: float) -> None:
        for name in os.listdir(self._folder):
            path = os.path.join(self._folder, name)
            if name != "lock" and _read(path)[0] <= now:
                with suppress(OSError):
                    os.unlink(path)


def _read(path: str) -> tuple[float, str]:
    try:
        with open(path, encoding="utf-8") as stream:
            until, _, token = stream.read(1000).partition(" ")
        return float(until), token
    except (FileNotFoundError, ValueError):
        # No lease, or one that was torn when its writer died: free.
        return 0.0, ""


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
