"""What is known of each plugin that was found: its state, and why."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class PluginState(enum.StrEnum):
    """What became of a plugin."""

    LOADED = "loaded"
    BLOCKED = "blocked"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginRecord:
    """One plugin at this start of the server.

    ``distribution`` and ``version`` are those of the installed package, ``api`` is what its
    ``QIS_API`` states, None where it was not read. ``reason`` is a sentence, '' for a loaded one.
    ``hooks`` names the hooks it implements; ``registered`` the names of what it brought, by kind
    ('operations': ('sepia',)); ``options`` its image URL options. ``seconds`` is its share of the start.
    """

    name: str
    distribution: str
    version: str
    state: PluginState
    reason: str = ""
    api: tuple[int, int] | None = None
    hooks: tuple[str, ...] = ()
    registered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def is_broken(self) -> bool:
        """True where it was refused or failed."""
        return self.state in (PluginState.REFUSED, PluginState.FAILED)

    @property
    def origin(self) -> str:
        """Distribution and version, for messages: ``qis-pdf 1.2``."""
        return f"{self.distribution} {self.version}".strip()
