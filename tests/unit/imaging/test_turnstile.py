"""Who may start work, and when."""

import threading
import time

import pytest

from qis_core.api import Unavailable
from qis_core.imaging.turnstile import Turnstile


def wait_in(turnstile: Turnstile, client: str, order: list[str]) -> threading.Thread:
    def go() -> None:
        turnstile.enter(client, 10)
        order.append(client)
        turnstile.leave()

    queued = turnstile.queued
    thread = threading.Thread(target=go)
    thread.start()
    while turnstile.queued == queued:
        time.sleep(0.001)
    return thread


def test_clients_take_turns_and_each_is_served_in_order() -> None:
    turnstile = Turnstile(1, 10)
    turnstile.enter("first", 0)
    order: list[str] = []
    threads = [wait_in(turnstile, client, order) for client in ("greedy", "greedy", "greedy", "modest", "other")]
    turnstile.leave()
    for thread in threads:
        thread.join()
    assert order == ["greedy", "modest", "other", "greedy", "greedy"]
    assert turnstile.queued == 0


def test_a_crowd_leaves_room_in_the_queue_for_others() -> None:
    turnstile = Turnstile(1, 18)
    turnstile.enter("first", 0)
    order: list[str] = []
    threads = [wait_in(turnstile, "crowd", order) for _ in range(16)]
    with pytest.raises(Unavailable, match="too busy: 16 renderings are waiting"):
        turnstile.enter("crowd", 10)
    threads += [wait_in(turnstile, client, order) for client in ("one", "another")]
    turnstile.leave()
    for thread in threads:
        thread.join()
    assert order[:4] == ["crowd", "one", "another", "crowd"]
    assert turnstile.enter("crowd", 0) is None


def test_the_queue_is_bounded() -> None:
    turnstile = Turnstile(1, 0)
    turnstile.enter("a", 0)
    with pytest.raises(Unavailable, match="too busy: 0 renderings are waiting"):
        turnstile.enter("b", 10)


def test_it_tells_beforehand_whom_it_would_send_away() -> None:
    turnstile = Turnstile(1, 0)
    turnstile.check("a")
    turnstile.enter("a", 1)
    with pytest.raises(Unavailable, match="too busy: 0 renderings are waiting already"):
        turnstile.check("a")
    turnstile.leave()
    turnstile.check("a")


def test_a_wait_ends_and_leaves_no_trace() -> None:
    turnstile = Turnstile(1, 5)
    turnstile.enter("a", 0)
    with pytest.raises(Unavailable, match=r"within 0\.01 seconds"):
        turnstile.enter("b", 0.01)
    assert turnstile.queued == 0
    turnstile.leave()
    turnstile.enter("c", 0)


def test_places_are_never_more_than_there_are() -> None:
    turnstile = Turnstile(3, 100)
    inside, most, lock = 0, 0, threading.Lock()

    def work(number: int) -> None:
        nonlocal inside, most
        for _ in range(50):
            turnstile.enter(str(number % 3), 10)
            with lock:
                inside += 1
                most = max(most, inside)
            with lock:
                inside -= 1
            turnstile.leave()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most <= 3
    assert turnstile.queued == 0


def test_closing_sends_everybody_away() -> None:
    turnstile = Turnstile(1, 5)
    turnstile.enter("a", 0)
    caught: list[Unavailable] = []

    def wait() -> None:
        try:
            turnstile.enter("b", 10)
        except Unavailable as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    while not turnstile.queued:
        time.sleep(0.001)
    turnstile.close()
    thread.join()
    assert "stopping" in str(caught[0])
    with pytest.raises(Unavailable):
        turnstile.enter("c", 0)


def test_more_places_let_those_in_who_wait_and_fewer_let_nobody_in_until_enough_have_left() -> None:
    turnstile = Turnstile(1, 10)
    turnstile.enter("a", 0)
    threads = [threading.Thread(target=turnstile.enter, args=("b", 10)) for _ in range(3)]
    for thread in threads:
        thread.start()
    while turnstile.queued < 3:
        time.sleep(0.001)
    turnstile.admit(3)
    while turnstile.queued > 1:
        time.sleep(0.001)
    assert turnstile.inside == 3
    turnstile.admit(1)
    turnstile.leave()
    turnstile.leave()
    assert (turnstile.inside, turnstile.queued) == (1, 1)
    turnstile.leave()
    for thread in threads:
        thread.join()
    assert (turnstile.inside, turnstile.queued) == (1, 0)
