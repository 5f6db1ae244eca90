"""The table of all options, from the vocabulary of what is installed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qis_core.web.pages.recipes import EXAMPLES

GROUPS: Sequence[tuple[str, Sequence[str]]] = (
    ("Size", ("resize",)),
    ("Crop, turn and mirror", ("source", "flip", "rotate", "crop")),
    ("Adjust", ("colour", "sharpen")),
    ("Overlay", ("overlay",)),
    ("Tile", ("tile",)),
    ("Colour", ("profile", "colourspace", "strip")),
)
"""Headings and the phases of work that stand under them; 'resize' comes first because people think so."""

REST = "File and delivery"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRow:
    """One option: its URL name, what may be sent, its default, its meaning, and a value to try."""

    name: str
    allowed: str
    default: str
    help: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionGroup:
    """Options under one heading."""

    label: str
    rows: Sequence[OptionRow]


def option_groups(document: Iterable[Mapping[str, Any]]) -> list[OptionGroup]:
    """The vocabulary's document as people think of it; empty groups are left out."""
    headings = {phase: label for label, phases in GROUPS for phase in phases}
    rows: dict[str, dict[str, OptionRow]] = {label: {} for label in (*(label for label, _ in GROUPS), REST)}
    for option in document:
        if option["name"] in ("", "src"):
            continue
        label = headings.get(option["phase"], REST)
        row = _row(option)
        known = rows[label].setdefault(option["name"], row)
        # Several formats may declare one name, each with its own default.
        if known.default != row.default:
            rows[label][option["name"]] = replace(known, default="by format")
    return [OptionGroup(label=label, rows=list(found.values())) for label, found in rows.items() if found]


def _row(option: Mapping[str, Any]) -> OptionRow:
    return OptionRow(
        name=option["name"],
        allowed=option["allowed"],
        default=_short(option["default"]),
        help=option["help"],
        example=_example(option),
    )


def _short(value: object) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, (bool, int, float)) else str(value)


def _example(option: Mapping[str, Any]) -> str:
    if option["name"] in EXAMPLES:
        return str(EXAMPLES[option["name"]])
    schema = option["schema"]
    if schema.get("enum"):
        return str(schema["enum"][0])
    if schema.get("type") == "boolean":
        return "1"
    if schema.get("type") in ("integer", "number"):
        middle = (schema.get("minimum", 0) + schema.get("maximum", 1)) / 2
        return f"{middle:g}" if schema["type"] == "number" else str(int(middle))
    return ""
