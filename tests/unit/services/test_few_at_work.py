"""Threads that have work to do take turns, and none is kept waiting by one that waits itself."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from qis_core.services.few_at_work import FewAtWork
from qis_core.testing.waiting import until

NEVER = 600.0


def test_no_more_than_that_many_work_at_once() -> None:
    few, lock, now, most = FewAtWork(2, patience=NEVER), threading.Lock(), 0, 0

    def work(_: int) -> None:
        nonlocal now, most
        for _ in range(50):
            with few.at_work():
                with lock:
                    now += 1
                    most = max(most, now)
                with lock:
                    now -= 1

    with ThreadPoolExecutor(8) as many:
        list(many.map(work, range(8)))
    assert 1 <= most <= 2


def test_who_waits_lets_others_work_and_then_goes_on() -> None:
    few, done = FewAtWork(1, patience=NEVER), threading.Event()

    def other() -> None:
        with few.at_work():
            done.set()

    with ThreadPoolExecutor(1) as another, few.at_work():
        result = another.submit(other)
        with few.waiting():
            assert done.wait(60)
            result.result(60)
        assert not few._places.acquire(blocking=False)
    assert few._places.acquire(blocking=False)


def test_patience_ends() -> None:
    few = FewAtWork(1, patience=0.01)

    def beside() -> None:
        with few.at_work(), few.waiting():
            pass

    with ThreadPoolExecutor(1) as another, few.at_work():
        another.submit(beside).result(60)
        assert not few._places.acquire(blocking=False), "who had no place gives none back"


def test_who_is_not_at_work_may_wait_as_well() -> None:
    few = FewAtWork(1, patience=NEVER)
    with few.waiting(), few.at_work():
        pass


def test_what_has_time_lets_those_in_line_begin() -> None:
    few = FewAtWork(1, patience=NEVER)

    def begin() -> None:
        with few.at_work():
            pass

    with ThreadPoolExecutor(2) as others:
        with few.at_work():
            first = others.submit(begin)
            until(lambda: few._in_line == 1)
            second = others.submit(few.let_others_first)
            assert not second.done()
        first.result(60)
        second.result(60)
    few.let_others_first()


def test_an_error_leaves_nothing_behind() -> None:
    few = FewAtWork(1, patience=NEVER)
    for _ in range(2):
        with pytest.raises(ValueError, match="wrong"), few.at_work(), few.waiting():
            raise ValueError("wrong")
    assert few._places.acquire(blocking=False)
