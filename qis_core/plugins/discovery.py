"""Which plugins there are: those in the box, then those installed, in alphabetical order."""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass

from qis_core import __version__
from qis_core.plugins.builtin import BUILTIN

ENTRY_POINT_GROUP = "qis.plugins"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A plugin that was found and not looked at yet; ``load`` imports it and may raise anything."""

    name: str
    distribution: str
    version: str
    load: Callable[[], object]


def builtin_candidates() -> tuple[Candidate, ...]:
    """The plugins in the box, in their own order."""
    return tuple(_builtin(module) for module in BUILTIN)


def installed_candidates() -> tuple[Candidate, ...]:
    """The plugins of installed distributions (entry-point group ``qis.plugins``), by name."""
    found = (_installed(entry) for entry in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP))
    return tuple(sorted(found, key=lambda candidate: (candidate.name, candidate.distribution)))


def _builtin(module: str) -> Candidate:
    def load() -> object:
        return importlib.import_module(module)

    return Candidate(name=module.split(".")[-2], distribution="qis-core", version=__version__, load=load)


def _installed(entry: importlib.metadata.EntryPoint) -> Candidate:
    return Candidate(
        name=entry.name,
        distribution=_stated(entry, "Name", "unknown distribution"),
        version=_stated(entry, "Version", ""),
        load=entry.load,
    )


def _stated(entry: importlib.metadata.EntryPoint, key: str, otherwise: str) -> str:
    # Metadata written by hand may lack a name or version; that must not stop the others.
    metadata = entry.dist.metadata if entry.dist else None
    return metadata[key] if metadata is not None and key in metadata else otherwise
