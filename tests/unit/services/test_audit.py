"""Logins and refusals are kept, a flood of them is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qis_core.api import PUBLIC, Identity
from qis_core.db.audit import AuditEntry
from qis_core.db.times import now
from qis_core.services.audit import AuditLog, purge

ANN = Identity(id=7, username="ann")


@pytest.fixture
def log(sessions):
    time = [0.0]
    made = AuditLog(sessions, seconds=60, limit=5, clock=lambda: time[0])
    made.time = time
    yield made
    made.close()


def entries(sessions):
    with sessions() as session:
        found = session.query(AuditEntry).order_by(AuditEntry.id).all()
    return [(entry.action, entry.user_id, entry.username, entry.address, entry.subject) for entry in found]


def test_what_happened_is_kept_with_who_and_where(log, sessions):
    log.login(ANN, "203.0.113.9")
    log.login_refused("ann", "203.0.113.10")
    log.refused(PUBLIC, "203.0.113.11", "GET /image: the public may not view 'a\0\udce9.jpg'")
    log.flush()
    assert entries(sessions) == [
        ("login", 7, "ann", "203.0.113.9", ""),
        ("login refused", None, "ann", "203.0.113.10", ""),
        ("refused", None, "", "203.0.113.11", "GET /image: the public may not view 'a\\0\\udce9.jpg'"),
    ]


def test_equal_ones_count_once_in_a_while(log, sessions):
    for _ in range(100):
        log.refused(ANN, "203.0.113.9", "x")
    log.time[0] = 61
    log.refused(ANN, "203.0.113.9", "x")
    log.flush()
    assert len(entries(sessions)) == 2


def test_a_flood_is_cut_and_told(log, sessions):
    for number in range(100):
        log.refused(PUBLIC, "203.0.113.9", str(number))
    log.time[0] = 61
    log.refused(PUBLIC, "203.0.113.9", "later")
    log.flush()
    assert [(action, subject) for action, *_, subject in entries(sessions)] == [
        *(("refused", str(number)) for number in range(5)), ("entries dropped", "95"), ("refused", "later"),
    ]  # fmt: skip


def test_old_entries_can_be_purged(log, sessions):
    log.login(ANN, "203.0.113.9")
    log.flush()
    with sessions.begin() as session:
        assert purge(session, now() - timedelta(days=1)) == 0
        assert purge(session, now() + timedelta(days=1)) == 1
    assert entries(sessions) == []
