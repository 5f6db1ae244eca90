"""What the plugins brought: one typed, frozen registry for each kind of thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from qis_core.api import (
    Analyser,
    CacheProvider,
    Decoder,
    Encoder,
    Engine,
    MetadataReader,
    Operation,
    PasswordAuthenticator,
    RedirectAuthenticator,
    StorageProvider,
    Task,
    Theme,
    WebExtension,
)
from qis_core.api.pyramids import PyramidMaker

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered(Generic[T]):
    """A thing, the plugin that brought it, and that plugin's version."""

    thing: T
    plugin: str
    version: str


class Registry(Mapping[str, T]):
    """Things by name, immutable. Iterates in order of phase, priority (highest first) and name.

    Where things have aliases, these are keys too, after all names; ``unique`` has each thing once.
    """

    def __init__(self, entries: Mapping[str, Registered[T]] | None = None) -> None:
        self._entries = dict(entries or {})
        self.unique: tuple[T, ...] = tuple({id(entry.thing): entry.thing for entry in self._entries.values()}.values())

    def owner(self, name: str) -> str:
        """The name of the plugin that registered ``name``. Raises KeyError."""
        return self._entries[name].plugin

    def version_of(self, name: str) -> str:
        """Plugin, its version and the thing's own, for fingerprints: ``sepia-1.2:1``. Raises KeyError."""
        entry = self._entries[name]
        return f"{entry.plugin}-{entry.version}:{getattr(entry.thing, 'version', 1)}"

    def __getitem__(self, name: str) -> T:
        return self._entries[name].thing

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"Registry({', '.join(self._entries)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registries:
    """Everything that was registered, by kind; encoders by name and alias, stores and caches by URL scheme."""

    operations: Registry[Operation]
    decoders: Registry[Decoder]
    encoders: Registry[Encoder]
    engines: Registry[Engine]
    pyramid_makers: Registry[PyramidMaker]
    analysers: Registry[Analyser]
    storages: Registry[StorageProvider]
    caches: Registry[CacheProvider]
    authenticators: Registry[PasswordAuthenticator | RedirectAuthenticator]
    tasks: Registry[Task]
    web: Registry[WebExtension]
    themes: Registry[Theme]
    metadata_readers: Registry[MetadataReader]
