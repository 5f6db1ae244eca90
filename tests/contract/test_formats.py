"""The table of formats in the README is what is installed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from qis_core.plugins import load
from qis_core.plugins.records import PluginState

ROOT = Path(__file__).parents[2]
YES = "✓"


class Row(NamedTuple):
    """A row of the table; its formats are file extensions in capitals, what stands in brackets explains them."""

    formats: tuple[str, ...]
    read: bool
    written: bool
    plugin: str


def rows() -> list[Row]:
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("| format | read | written |")[2]
    found = []
    for line in table.partition("\n\n")[0].splitlines()[2:]:
        names, read, written, notes = (cell.strip() for cell in line.strip("|").split("|"))
        formats = tuple(name.strip().lower() for name in re.sub(r"\(.*?\)", "", names).split(","))
        plugin = re.search(r"\(plugins/qis-(\w+)/README\.md\)", notes)
        found.append(Row(formats, read == YES, written == YES, plugin[1] if plugin else ""))
    return found


KERNEL = load({}, environ={})
LOADED = {record.name for record in KERNEL.records if record.state is PluginState.LOADED}
DECODERS, ENCODERS = KERNEL.registries.decoders, KERNEL.registries.encoders
READ = {ending: name for name, decoder in DECODERS.items() for ending in decoder.extensions}
WRITTEN = {ending: name for name, encoder in ENCODERS.items() for ending in (*encoder.extensions, *encoder.aliases)}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.formats[0])
def test_a_row_tells_the_truth(row: Row) -> None:
    if row.plugin and row.plugin not in LOADED:
        pytest.skip(f"qis-{row.plugin} is not loaded here")
    for name in row.formats:
        assert (name in READ) == row.read, f"{name} is read"
        assert (name in WRITTEN) == row.written, f"{name} is written"
        if row.plugin:
            assert DECODERS.owner(READ[name]) == row.plugin


def test_every_format_of_this_repository_has_a_row() -> None:
    named = {name for row in rows() for name in row.formats}
    ours = {"formats", *(folder.name.removeprefix("qis-") for folder in ROOT.glob("plugins/qis-*"))}
    missing = [
        name
        for registry in (DECODERS, ENCODERS)
        for name, thing in registry.items()
        if registry.owner(name) in ours and not named.intersection(thing.extensions)
    ]
    assert not missing
