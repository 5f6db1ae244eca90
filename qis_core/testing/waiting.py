"""Waiting for what happens by itself, instead of sleeping as long as it should take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE_SECONDS = 60.0
"""Far longer than anything takes on a busy machine: who waits so long waits for what does not come."""


def until(look: Callable[[], Found], seconds: float = PATIENCE_SECONDS, told: object = "") -> Found:
    """The first answer of ``look`` that is true. Raises AssertionError after ``seconds``, with the last answer and
    with ``told``."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"nothing came of {seconds:g} seconds of waiting: {found!r} {told}"
        time.sleep(0.02)
    return found
