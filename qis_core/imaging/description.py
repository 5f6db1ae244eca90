"""What a file is and says of itself, in bounded, plain values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from qis_core.api import SourceInfo

Metadata = Mapping[str, Mapping[str, object]]
"""Values by group and name: texts, numbers, truths, and lists of these."""

MOST_GROUPS = 20
MOST_NAMES = 300
MOST_ITEMS = 100
LONGEST_NAME = 100
LONGEST_TEXT = 4000
MOST_CHARACTERS = 100_000
"""Bounds of a description; ``MOST_CHARACTERS`` of all names and texts together."""

_KEPT_BREAKS = "\n\t"


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What one file is (its first page), the metadata in it, and what analysers found in its pixels, by their names."""

    info: SourceInfo
    metadata: Metadata = field(default_factory=dict)
    found: Metadata = field(default_factory=dict)


def bounded(groups: Iterable[Metadata]) -> Metadata:
    """The groups of several readers as one, cut to the bounds; of what two give, the first counts.

    Values that are no plain ones are left out, texts are made printable.
    """
    found: dict[str, dict[str, object]] = {}
    budget = MOST_CHARACTERS
    for metadata in groups:
        for group, values in metadata.items():
            if group not in found and len(found) >= MOST_GROUPS:
                continue
            kept = found.setdefault(str(group)[:LONGEST_NAME], {})
            for name, value in values.items():
                label, plain = readable(str(name))[:LONGEST_NAME], _plain(value)
                cost = len(label) + _length(plain)
                if plain is not None and label not in kept and len(kept) < MOST_NAMES and cost <= budget:
                    kept[label] = plain
                    budget -= cost
    return {group: values for group, values in found.items() if values}


def readable(text: str) -> str:
    """The text with a question mark for whatever cannot be printed, and of a bounded length; breaks stay."""
    text = text[:LONGEST_TEXT]
    return text if text.isprintable() else "".join(c if c.isprintable() or c in _KEPT_BREAKS else "?" for c in text)


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        items = [_plain(item) for item in value[:MOST_ITEMS] if not isinstance(item, list | tuple)]
        return [item for item in items if item is not None]
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, bool):
        return value
    # Whole numbers beyond this are no facts, and beyond what databases and browsers count exactly.
    return int(value) if isinstance(value, int) and abs(value) < 2**53 else None


def _length(value: object) -> int:
    if isinstance(value, list):
        return sum(map(_length, value))
    return len(value) if isinstance(value, str) else 8
