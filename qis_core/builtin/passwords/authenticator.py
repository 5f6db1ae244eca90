"""Argon2id, https://www.rfc-editor.org/rfc/rfc9106: slow and hungry for memory on purpose."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from qis_core.api import ExternalUser, PasswordAuthenticator, StoredPassword, Unavailable, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSettings:
    """What checking one password may cost. Stored hashes keep what they were made with."""

    memory_kib: int = setting(
        65536, help="Memory that one password hash takes, in KiB", minimum=1024, maximum=4 * 1024 * 1024
    )
    rounds: int = setting(3, help="Passes over that memory", minimum=1, maximum=100)
    at_once: int = setting(2, help="Passwords checked at the same time in one process", minimum=1, maximum=64)
    wait_seconds: float = setting(
        5.0, help="How long a login waits for its turn before it is told to come back", minimum=0, maximum=60
    )


class Argon2Authenticator(PasswordAuthenticator):
    """Compares with the stored hash, and with a hash of nothing where there is none.

    One check takes ``memory_kib``, so that a flood of logins could take all memory there is:
    only ``at_once`` run together, the others wait their turn and then are Unavailable.
    """

    name = "password"
    keeps_passwords = True

    def __init__(self, settings: PasswordSettings) -> None:
        self._hasher = PasswordHasher(time_cost=settings.rounds, memory_cost=settings.memory_kib)
        self._turns = threading.BoundedSemaphore(settings.at_once)
        self._wait_seconds = settings.wait_seconds
        self._decoy = ""

    def check(self, username: str, password: str, stored: StoredPassword | None) -> ExternalUser | None:
        """The user whose stored hash fits. Raises Unavailable."""
        known = stored is not None and stored.password_hash != ""
        with self._turn():
            fits = self._fits(stored.password_hash if stored and known else self._decoy_hash(), password)
        return ExternalUser(username=username) if known and fits else None

    def hash(self, password: str) -> str:
        """The Argon2id hash of ``password``, with its parameters and a salt of its own. Raises Unavailable."""
        with self._turn():
            return self._hasher.hash(password)

    def is_outdated(self, stored: StoredPassword) -> bool:
        """Whether the hash was made with other parameters than those of now."""
        try:
            return self._hasher.check_needs_rehash(stored.password_hash)
        except InvalidHashError:
            return False

    def _fits(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _decoy_hash(self) -> str:
        # Made when first needed, not at start, where it would cost every process a tenth of a second.
        if not self._decoy:
            self._decoy = self._hasher.hash("nobody's password")
        return self._decoy

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._wait_seconds):
            raise Unavailable("too many people are logging in at the moment")
        try:
            yield
        finally:
            self._turns.release()
