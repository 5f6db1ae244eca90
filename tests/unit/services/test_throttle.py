"""Those who fail again and again wait longer and longer, whichever node they ask."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from qis_core.db.logins import LoginFailure
from qis_core.services.throttle import Throttle


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make(sessions, clock):
    def throttle(**others):
        return Throttle(sessions, sessions, **{"purpose": "test", "clock": clock, "longest": 60, **others})

    return throttle


def test_pauses_double_up_to_the_longest(make, clock):
    throttle = make(free=2, longest=5)
    pauses = []
    for _ in range(7):
        throttle.failed("here")
        pauses.append(throttle.wait("here"))
    assert pauses == [0, 0, 1, 2, 4, 5, 5]
    clock.now += 5
    assert throttle.wait("here") == 0


def test_success_and_time_forget(make, clock):
    throttle = make(free=0, forget=100)
    for _ in range(3):
        throttle.failed("here")
    assert throttle.wait("here") > 0
    assert throttle.wait("there") == 0
    throttle.succeeded("here")
    assert throttle.wait("here") == 0
    for _ in range(9):
        throttle.failed("here")
    clock.now += 101
    assert throttle.wait("here") == 0
    throttle.failed("here")
    assert throttle.wait("here") == 1


def test_all_nodes_count_together_and_purposes_do_not(make):
    one, two, other = make(free=1), make(free=1), make(free=1, purpose="other")
    for throttle in (one, two, one):
        throttle.failed("a key")
    assert one.wait("a key") == two.wait("a key") == 2
    assert other.wait("a key") == 0


def test_a_node_whose_clock_is_ahead_stretches_no_pause(make, clock):
    throttle = make(free=0)
    clock.now += 1000
    throttle.failed("here")
    clock.now -= 1000
    assert throttle.wait("here") <= 1


@pytest.mark.parametrize("key", ["", "a\0b", "\udc80", "x" * 10_000])
def test_every_text_is_a_key(make, key):
    throttle = make(free=0)
    throttle.failed(key)
    assert throttle.wait(key) == 1


def test_invented_keys_are_forgotten(make, sessions, clock):
    throttle = make(free=0, keys=10)
    for number in range(200):
        clock.now += 0.01
        throttle.failed(str(number))
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(LoginFailure)) == 10
    assert throttle.wait("199") > 0
    assert throttle.wait("1") == 0
    clock.now += 1000
    throttle.failed("last")
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(LoginFailure)) == 1
