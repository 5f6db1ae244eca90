"""What a benchmark says: figures, each with its unit and goal, as a Markdown table and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One line of the report: what was measured, the value, its unit, and what it should reach."""

    name: str
    value: float
    unit: str
    goal: str = ""
    note: str = ""


def left_out(what: str, why: str) -> Figure:
    """The line of something that could not be measured here."""
    return Figure(what, 0, "", note=f"left out: {why}")


def markdown(figures: Iterable[Figure]) -> str:
    """A table, with the machine and the date above it."""
    lines = [_heading(), "", "| what | measured | goal | |", "| --- | ---: | --- | --- |"]
    for figure in figures:
        value = f"{_number(figure.value)} {figure.unit}".strip() if figure.unit or figure.value else "–"
        lines.append(f"| {figure.name} | {value} | {figure.goal} | {figure.note} |")
    return "\n".join(lines) + "\n"


def write_json(file: Path, figures: Sequence[Figure]) -> None:
    """The same for programs."""
    found = {"about": _heading(), "figures": [asdict(figure) for figure in figures]}
    file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _heading() -> str:
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"QIS {version('qis-core')}, Python {platform.python_version()}, {os.cpu_count()} cores, {now}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:.2f}"
