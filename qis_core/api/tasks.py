"""Background work that plugins offer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol


class Progress(Protocol):
    """How a running task tells where it is; each call is also its heartbeat."""

    def step(self, done: int, total: int | None = None, text: str = "") -> None:
        """``done`` of ``total`` units are done. Raises nothing."""

    @property
    def cancelled(self) -> bool:
        """True once somebody asked the task to stop; it should return soon, leaving nothing half-done."""


class Task(ABC):
    """Named work with parameters. May be run again from the start when its worker was lost."""

    name: str
    parameters: type[object]

    @abstractmethod
    def run(self, parameters: object, progress: Progress) -> object:
        """Does the work; ``parameters`` is an instance of the declared dataclass. The result is JSON-able."""
