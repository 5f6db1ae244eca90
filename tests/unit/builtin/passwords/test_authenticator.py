"""Passwords that are kept here."""

from __future__ import annotations

import threading

import pytest

from qis_core.api import StoredPassword, Unavailable
from qis_core.builtin.passwords.authenticator import Argon2Authenticator, PasswordSettings

QUICK = PasswordSettings(memory_kib=1024, rounds=1)


def test_the_right_password_is_recognised_and_others_are_not() -> None:
    authenticator = Argon2Authenticator(QUICK)
    stored = StoredPassword(username="ann", password_hash=authenticator.hash("correct horse"))
    found = authenticator.check("ann", "correct horse", stored)
    assert found is not None
    assert found.username == "ann"
    assert authenticator.check("ann", "wrong horse", stored) is None


def test_a_hash_never_holds_the_password_and_is_never_the_same() -> None:
    authenticator = Argon2Authenticator(QUICK)
    first, second = authenticator.hash("correct horse"), authenticator.hash("correct horse")
    assert first != second
    assert first.startswith("$argon2id$")
    assert "correct" not in first


@pytest.mark.parametrize("stored", [None, StoredPassword(username="ann", password_hash="")])
def test_nobody_is_recognised_without_a_stored_hash(stored: StoredPassword | None) -> None:
    authenticator = Argon2Authenticator(QUICK)
    assert authenticator.check("ann", "nobody's password", stored) is None
    assert authenticator.check("ann", "", stored) is None


def test_a_damaged_hash_lets_nobody_in() -> None:
    stored = StoredPassword(username="ann", password_hash="$argon2id$damaged")
    assert Argon2Authenticator(QUICK).check("ann", "x", stored) is None


def test_more_than_the_allowed_number_at_once_are_sent_away() -> None:
    settings = PasswordSettings(memory_kib=64 * 1024, rounds=12, at_once=1, wait_seconds=0)
    authenticator = Argon2Authenticator(settings)
    answers: list[object] = []
    begin = threading.Barrier(6)

    def ask() -> None:
        begin.wait()
        try:
            answers.append(authenticator.check("ann", "x", None))
        except Unavailable as error:
            answers.append(error)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(None) >= 1
    assert any(isinstance(answer, Unavailable) for answer in answers)
