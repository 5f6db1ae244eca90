"""How many orders wait where render workers take from."""

from __future__ import annotations

from qis_core.imaging.ahead import Ahead


def after(ahead: Ahead, *seconds: float) -> int:
    return [ahead.after(each) for each in seconds][-1]


def test_at_first_there_are_as_many_as_workers() -> None:
    assert Ahead(2, 64).orders == 2


def test_with_quick_orders_there_are_many_but_no_more_than_a_quarter_of_the_queue() -> None:
    ahead = Ahead(2, 64)
    assert after(ahead, *[0.02] * 100) == 9
    assert after(ahead, *[0.0] * 200) == ahead.most == 16


def test_with_slow_orders_there_are_few() -> None:
    ahead = Ahead(2, 64)
    after(ahead, *[0.01] * 200)
    assert after(ahead, *[3.0] * 5) == 2


def test_a_short_queue_is_served_in_turns() -> None:
    ahead = Ahead(4, 3)
    assert ahead.orders == after(ahead, *[0.01] * 100) == 0
