"""Those who fail again and again wait longer and longer."""

from __future__ import annotations

from qis_core.services.throttle import Throttle


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def test_pauses_double_up_to_the_longest():
    clock = Clock()
    throttle = Throttle(free=2, longest=5, clock=clock)
    pauses = []
    for _ in range(7):
        throttle.failed("here")
        pauses.append(throttle.wait("here"))
    assert pauses == [0, 0, 1, 2, 4, 5, 5]
    clock.now += 5
    assert throttle.wait("here") == 0


def test_success_and_time_forget():
    clock = Clock()
    throttle = Throttle(free=0, longest=60, forget=100, clock=clock)
    for _ in range(3):
        throttle.failed("here")
    assert throttle.wait("here") > 0
    assert throttle.wait("there") == 0
    throttle.succeeded("here")
    assert throttle.wait("here") == 0
    for _ in range(9):
        throttle.failed("here")
    clock.now += 101
    throttle.failed("here")
    assert throttle.wait("here") == 1


def test_invented_keys_take_no_memory():
    throttle = Throttle(free=0, longest=60, keys=10)
    for number in range(1000):
        throttle.failed(str(number))
    assert throttle.wait("999") > 0
    assert throttle.wait("1") == 0
