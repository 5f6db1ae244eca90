"""What the shared cache holds, by folder and picture: told by a part of it, where it is large."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from qis_core.api import Cache
from qis_core.domain.purging import PurgeTable
from qis_core.services.rendering import PURGE, SOURCE, TEMPLATE

MOST = 20_000
"""Entries that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """So many renderings, which take so many bytes."""

    renderings: int = 0
    size_bytes: int = 0

    def plus(self, size_bytes: int) -> Holding:
        """With one rendering more."""
        return Holding(renderings=self.renderings + 1, size_bytes=self.size_bytes + size_bytes)

    def scaled(self, factor: float) -> Holding:
        """What so many times as much would be."""
        return Holding(renderings=round(self.renderings * factor), size_bytes=round(self.size_bytes * factor))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is held of a folder: ``whole`` with all below it, its sub-folders by name, its own pictures by name.

    ``templates`` are those by which the renderings were made, by name. ``purged`` are renderings of it that are not
    used any more. Numbers are estimates where ``share``, the part of the cache that was looked at, is less than 1.
    """

    share: float
    whole: Holding
    folders: Mapping[str, Holding]
    pictures: Mapping[str, Holding]
    templates: Mapping[str, Holding]
    purged: Holding


def contents(cache: Cache, folder: str, purges: Callable[[], PurgeTable]) -> Contents | None:
    """What ``cache`` holds of a clean path; None where it cannot be told."""
    sample = cache.sample(MOST)
    if sample is None:
        return None
    table, start = purges(), f"{folder}/" if folder else ""
    tally = _Tally()
    for item in sample.items:
        source = unquote(item.meta.get(SOURCE, ""), errors="surrogateescape")
        if not source or not source.startswith(start):
            continue
        template = unquote(item.meta.get(TEMPLATE, ""))
        if int(item.meta.get(PURGE, 0)) < table.number([source], template):
            tally.add("purged", "", item.size_bytes)
            continue
        first, slash, _ = source[len(start) :].partition("/")
        tally.add("folders" if slash else "pictures", first, item.size_bytes)
        tally.add("templates", template, item.size_bytes)
        tally.add("whole", "", item.size_bytes)
    factor = 1 / sample.share if sample.share else 1.0
    return Contents(
        share=sample.share,
        whole=tally.of("whole", factor).get("", Holding()),
        folders=tally.of("folders", factor),
        pictures=tally.of("pictures", factor),
        templates=tally.of("templates", factor),
        purged=tally.of("purged", factor).get("", Holding()),
    )


class _Tally:
    """Holdings by kind and name."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, Holding]] = {}

    def add(self, kind: str, name: str, size_bytes: int) -> None:
        held = self._held.setdefault(kind, {})
        held[name] = held.get(name, Holding()).plus(size_bytes)

    def of(self, kind: str, factor: float) -> Mapping[str, Holding]:
        """The largest first."""
        held = self._held.get(kind, {}).items()
        return {name: each.scaled(factor) for name, each in sorted(held, key=lambda item: -item[1].size_bytes)}
