"""Single flight: however many ask for the same thing at once, it is made once.

Within a process the first thread to ask makes it and the others wait for that thread. Between
processes and machines a lease on the shared cache decides; who does not get it looks again and
again for the finished thing. Leases end by themselves, so a maker that dies stops nobody for long.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from qis_core.api import Cache, Unavailable

T = TypeVar("T")

_FIRST_NAP = 0.01
_LONGEST_NAP = 0.2


class SingleFlight(Generic[T]):
    """Makes each key once at a time. Safe to use from many threads."""

    def __init__(self, shared: Cache, *, lease_seconds: float = 40.0, retry_after: int = 2) -> None:
        """``lease_seconds`` should be more than making ever takes; after it a second maker may begin."""
        self._shared = shared
        self._lease_seconds = lease_seconds
        self._retry_after = retry_after
        self._lock = threading.Lock()
        self._flights: dict[str, _Flight[T]] = {}

    def run(self, key: str, make: Callable[[], T], lookup: Callable[[], T | None], wait_seconds: float) -> T:
        """What ``lookup`` finds, or what ``make`` gives, made here or by whoever makes it already.

        ``make`` must have stored its result where every ``lookup`` finds it before it returns. It runs
        in the caller's thread. Whatever it raises is raised for all who wait in this process, and
        nothing is kept of it: the next caller makes anew. Raises Unavailable after ``wait_seconds``
        of waiting for somebody else; making itself is not counted.
        """
        until = time.monotonic() + wait_seconds
        while True:
            with self._lock:
                flight = self._flights.get(key)
                is_ours = flight is None
                if flight is None:
                    flight = self._flights[key] = _Flight()
            if is_ours:
                return self._lead(key, flight, make, lookup, until)
            if not flight.done.wait(max(0.0, until - time.monotonic())):
                raise self._gave_up()
            if flight.error is not None:
                raise flight.error
            if flight.result is not None:
                return flight.result[0]
            # The leader's own patience ended, or its thread did; there may be time left for us.

    def has(self, key: str) -> bool:
        """Whether it is being made or waited for now, in this process."""
        return key in self._flights

    @property
    def in_flight(self) -> int:
        """How many keys are being made or waited for now, in this process."""
        return len(self._flights)

    def _lead(
        self, key: str, flight: _Flight[T], make: Callable[[], T], lookup: Callable[[], T | None], until: float
    ) -> T:
        try:
            found = self._make_or_await(key, make, lookup, until)
        except _GaveUp:
            raise self._gave_up() from None
        except Exception as error:
            flight.error = error
            raise
        else:
            flight.result = (found,)
            return found
        finally:
            with self._lock:
                del self._flights[key]
            flight.done.set()

    def _make_or_await(self, key: str, make: Callable[[], T], lookup: Callable[[], T | None], until: float) -> T:
        lease, token = f"lease:{key}", secrets.token_hex(8)
        nap = _FIRST_NAP
        while True:
            if self._shared.add(lease, token, self._lease_seconds):
                try:
                    # Whoever held the lease until now, or led before us, has stored it perhaps.
                    found = lookup()
                    return make() if found is None else found
                finally:
                    self._shared.release(lease, token)
            left = until - time.monotonic()
            if left <= 0:
                raise _GaveUp
            time.sleep(min(nap, left))
            nap = min(nap * 1.5, _LONGEST_NAP)
            found = lookup()
            if found is not None:
                return found

    def _gave_up(self) -> Unavailable:
        return Unavailable("this rendering is still being made; try again shortly", self._retry_after)


class _Flight(Generic[T]):
    """One thing being made: done, and then its result, its error, or neither."""

    __slots__ = ("done", "error", "result")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.error: Exception | None = None
        self.result: tuple[T] | None = None


class _GaveUp(Exception):
    """The leader waited as long as it may."""
