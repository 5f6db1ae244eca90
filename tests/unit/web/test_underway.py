"""Who asks for what somebody else is being answered waits for that answer, in its client's share of threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from qis_core.imaging.shares import Shares
from qis_core.testing.waiting import until
from qis_core.web.underway import Underway


class Crowd:
    """Threads that ask, each of which says whether it was the first."""

    def __init__(self, places: int) -> None:
        self.shares = Shares(places)
        self.underway = Underway(self.shares)
        self.threads = ThreadPoolExecutor(8)
        self.may_end = threading.Event()

    def ask(self, key: str, client: str = "a") -> Future[bool]:
        return self.threads.submit(self._go, key, client)

    def _go(self, key: str, client: str) -> bool:
        with self.underway.first(key, client) as is_first:
            if is_first:
                assert self.may_end.wait(60)
            return is_first


def has_begun(crowd: Crowd, key: str) -> Callable[[], bool]:
    return lambda: key in crowd.underway._answering


def test_others_wait_for_the_first_of_their_kind_only() -> None:
    crowd = Crowd(8)
    first = crowd.ask("same")
    until(has_begun(crowd, "same"))
    others = [crowd.ask("same") for _ in range(3)]
    until(lambda: not crowd.shares.has_room("a") or crowd.shares._held["a"] == 3)
    different = crowd.ask("different")
    until(has_begun(crowd, "different"))
    assert not any(each.done() for each in [first, *others, different])
    crowd.may_end.set()
    assert (first.result(60), different.result(60)) == (True, True)
    assert [each.result(60) for each in others] == [False] * 3
    assert crowd.ask("same").result(60), "it is forgotten afterwards"


def test_who_has_no_place_to_wait_goes_on() -> None:
    crowd = Crowd(0)
    first = crowd.ask("same")
    until(has_begun(crowd, "same"))
    assert crowd.ask("same").result(60) is False
    assert not first.done()
    crowd.may_end.set()
    assert first.result(60)


def test_an_error_of_the_first_ends_the_waiting() -> None:
    underway = Underway(Shares(1))
    for _ in range(2):
        with pytest.raises(OSError, match="disk"), underway.first("same", "a"):
            raise OSError("disk")
    with underway.first("same", "a") as is_first:
        assert is_first
