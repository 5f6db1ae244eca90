"""What each client may hold of something bounded."""

from hypothesis import given
from hypothesis import strategies as st

from qis_core.imaging.shares import Shares


def test_who_is_alone_gets_nearly_all_and_a_newcomer_finds_room() -> None:
    shares = Shares(90)
    assert sum(shares.take("crowd") for _ in range(200)) == 80
    assert sum(shares.take("another") for _ in range(200)) == 9
    assert shares.take("third")
    assert not shares.take("fourth")


def test_what_is_given_back_is_free_again() -> None:
    shares = Shares(1)
    for _ in range(3):
        assert shares.take("one")
        assert not shares.take("other")
        shares.give_back("one")


def test_no_place_lets_nobody_in() -> None:
    assert not Shares(0).take("one")


@given(st.integers(0, 60), st.lists(st.sampled_from("abcd"), max_size=120))
def test_there_are_never_more_than_places_and_none_is_lost(places: int, asked: list[str]) -> None:
    shares = Shares(places)
    held = [client for client in asked if shares.take(client)]
    assert len(held) <= places
    for client in held:
        shares.give_back(client)
    taken = sum(shares.take(f"client {number}") for number in range(places + 1))
    assert taken == places
