"""Counters of what the server does, as Prometheus reads them."""

from __future__ import annotations

import os
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector


class Metrics:
    """This process's counters; `text` has those of all processes of the server.

    ``requests`` by route and status, ``images`` by where the bytes came from (``memory``,
    ``shared``, ``rendered``, ``client``, ``original``), ``render_seconds`` of renderings.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._watched = CollectorRegistry()
        self.requests = Counter("qis_requests", "Answers", ["route", "status"], registry=self._registry)
        self.images = Counter("qis_images", "Images served", ["origin"], registry=self._registry)
        self.render_seconds = Histogram("qis_render_seconds", "Time of one rendering", registry=self._registry)
        self._answers: dict[tuple[str, int], Counter] = {}
        self._images: dict[str, Counter] = {}

    def answered(self, route: str, status: int) -> None:
        """Counts an answer."""
        # Looking up labels takes longer than counting, so the counter of each pair is kept.
        counter = self._answers.get((route, status))
        if counter is None:
            counter = self._answers[route, status] = self.requests.labels(route, str(status))
        counter.inc()

    def served(self, origin: str, seconds: float) -> None:
        """Counts an image by where its bytes came from, and the time of a rendering."""
        counter = self._images.get(origin)
        if counter is None:
            counter = self._images[origin] = self.images.labels(origin)
        counter.inc()
        if origin == "rendered":
            self.render_seconds.observe(seconds)

    def hit(self, origin: str) -> None:
        """Counts a rendering that was answered from memory or by 304, before anything else looked at it."""
        self.answered("image", 304 if origin == "client" else 200)
        self.served(origin, 0.0)

    def watch(self, name: str, help: str, read: Callable[[], float]) -> None:
        """Shows what ``read`` answers whenever somebody looks: the same in every process, or this one's alone."""
        Gauge(name, help, registry=self._watched).set_function(read)

    def text(self) -> bytes:
        """Prometheus' text format."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry) + generate_latest(self._watched)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry) + generate_latest(self._watched)
