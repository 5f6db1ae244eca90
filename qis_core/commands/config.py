"""``qis config``: every setting, its value here, and where that comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qis_core.cli import configured
from qis_core.configuration import Configuration

if TYPE_CHECKING:
    from qis_core.settings import Settings


@click.command()
@configured
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def config(configuration: Configuration, as_json: bool) -> None:
    """Lists every setting with its meaning, value, and where that comes from. Secrets are hidden."""
    from qis_core.commands import _kernel

    kernel = _kernel.quietly(configuration)
    rows = list(_rows(kernel.settings, configuration.here))
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        _print(rows, configuration)


def _rows(settings: Settings, here: Path) -> Iterator[dict[str, str]]:
    from qis_core.settings import TYPES, fields_of

    for group in settings.groups:
        for field in fields_of(group):
            yield {
                "key": field.key,
                "variable": field.variable,
                "type": TYPES[field.type],
                "default": field.shown(field.default_value(here)),
                "value": field.shown(settings.value(field)),
                "origin": settings.origin(field),
                "allowed": field.allowed,
                "help": field.help,
            }


def _print(rows: list[dict[str, str]], configuration: Configuration) -> None:
    # As lines of an ini file, so that they can be copied into one.
    from rich.console import Console

    from qis_core.settings import HIDDEN

    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"# {configuration.file or 'no configuration file; the environment and the defaults hold'}")
    for row in rows:
        console.print()
        isset = row["origin"] != "default"
        source = f"; from {row['origin']}, default {row['default'] or 'empty'}" if isset else ""
        console.print(f"# {row['help']} ({row['type']}{source})", style="dim")
        hidden = "# " if row["value"] == HIDDEN else ""
        value = row["value"].replace("%", "%%")
        console.print(f"{hidden}{row['key']} = {value}".rstrip(), style="bold" if isset else "")
