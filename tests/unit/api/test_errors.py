"""Errors cross the border of a process whole."""

from __future__ import annotations

import pickle

import pytest

from qis_core.api import ERRORS, BadOption, QisError, TooLarge, Unavailable, UnknownColour

EXAMPLES = [
    BadOption("width", "x", "a number"),
    UnknownColour("fill", "reddish", "a colour"),
    TooLarge("the result", 12, 10, "pixels"),
    Unavailable("too busy", retry_after=7),
    *(kind("a text") for kind in ERRORS if kind not in (BadOption, TooLarge, Unavailable)),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling_with_all_it_says(error: QisError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert copy.__dict__ == error.__dict__


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in ERRORS]
    assert len(set(codes)) == len(codes)


def test_a_limit_says_which_and_by_how_much() -> None:
    assert str(TooLarge("the result", 12, 10, "pixels")) == "the result is 12 pixels; the limit is 10 pixels"


def test_a_bad_option_says_what_was_sent_and_what_is_allowed() -> None:
    error = BadOption("width", "abc", "a whole number")
    assert str(error) == "width: 'abc' is not allowed here; it must be a whole number"
    assert (error.option, error.sent, error.allowed) == ("width", "abc", "a whole number")
