"""Listeners hear of what was served without being waited for."""

import threading

from qis_core.api import PUBLIC, ImageServed
from qis_core.domain.compose import Delivery
from qis_core.services.announcer import Announcer


def test_listeners_are_told_in_order() -> None:
    heard: list[ImageServed] = []
    announcer = Announcer(heard.append, wanted=True)
    for number in range(3):
        announcer.original(f"{number}.jpg", Delivery(xref="spring"), PUBLIC, 10)
    announcer.close()
    assert [event.path for event in heard] == ["0.jpg", "1.jpg", "2.jpg"]
    assert heard[0].original
    assert heard[0].xref == "spring"


def test_a_slow_listener_loses_events_and_holds_nobody_up() -> None:
    go_on = threading.Event()
    announcer = Announcer(lambda event: go_on.wait(10), wanted=True, backlog=2)  # type: ignore[arg-type,return-value]
    for _ in range(10):
        announcer.original("a.jpg", Delivery(), PUBLIC, 10)
    assert announcer.dropped >= 7
    go_on.set()
    announcer.close()


def test_nothing_is_done_where_nobody_listens() -> None:
    announcer = Announcer(lambda event: None, wanted=False)
    announcer.original("a.jpg", Delivery(), PUBLIC, 10)
    announcer.close()
    assert announcer.dropped == 0
