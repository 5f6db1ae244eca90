"""How many orders of a server process wait where render workers take from, rather than in turns by client."""

from __future__ import annotations

_SECONDS = 0.1
_PART = 4
_WEIGHT = 16


class Ahead:
    """As many as the workers do in a tenth of a second, but no fewer than workers, and at most a quarter of the queue.

    What waits ahead is served as it comes, whichever server process it is of: so with quick orders none waits longer
    for having come to the process that most clients are with. What has not come there is served in turns by client: so
    with slow orders nobody waits for all of another's.
    """

    def __init__(self, workers: int, queue_length: int) -> None:
        self.most = queue_length // _PART
        """The most there may be."""
        self._workers = workers
        self._mean = 1.0

    @property
    def orders(self) -> int:
        """How many there may be now."""
        return min(max(self._workers, int(_SECONDS * self._workers / self._mean)), self.most)

    def after(self, seconds: float) -> int:
        """The same, once an order has taken so long. Under load one may go uncounted."""
        self._mean += (max(seconds, 0.001) - self._mean) / _WEIGHT
        return self.orders
