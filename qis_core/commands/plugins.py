"""``qis plugins``: what was found, what became of it and why; or a new plugin to start from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qis_core.cli import configured
from qis_core.configuration import Configuration

if TYPE_CHECKING:
    from rich.table import Table

    from qis_core.plugins import PluginRecord

_COLOURS = {"loaded": "green", "blocked": "yellow", "refused": "red", "failed": "red"}


@click.command()
@configured
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@click.option("--new", "new", metavar="NAME", help="Write the skeleton of a plugin instead.")
@click.option("--into", metavar="FOLDER", type=click.Path(path_type=Path), default=".", help="Where --new writes it.")
def plugins(configuration: Configuration, as_json: bool, new: str | None, into: Path) -> None:
    """Lists the plugins: version, state and reason, options, hooks, and the time each takes at start."""
    if new is not None:
        _write_skeleton(new, into)
        return
    from qis_core.commands import _kernel

    records = _kernel.quietly(configuration).records
    if as_json:
        click.echo(json.dumps([_as_json(record) for record in records], indent=2))
        return
    from rich.console import Console

    console = Console()
    console.print(_table(records))
    for record in records:
        if record.reason:
            colour = _COLOURS[record.state]
            console.print(f"[{colour}]{record.name}[/] is {record.state}: ", end="")
            console.print(record.reason, markup=False, highlight=False)


def _table(records: tuple[PluginRecord, ...]) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("plugin", "package", "state"):
        table.add_column(heading, no_wrap=True)
    table.add_column("options")
    table.add_column("hooks")
    table.add_column("ms", justify="right")
    for record in records:
        table.add_row(
            record.name,
            record.origin,
            f"[{_COLOURS[record.state]}]{record.state}[/]",
            " ".join(record.options),
            " ".join(hook.removeprefix("qis_").removeprefix("register_") for hook in record.hooks),
            f"{record.seconds * 1000:.1f}",
        )
    return table


def _as_json(record: PluginRecord) -> dict[str, object]:
    return {
        "name": record.name,
        "distribution": record.distribution,
        "version": record.version,
        "state": record.state,
        "reason": record.reason,
        "api": record.api,
        "hooks": record.hooks,
        "registered": dict(record.registered),
        "options": record.options,
        "milliseconds": round(record.seconds * 1000, 3),
    }


def _write_skeleton(name: str, into: Path) -> None:
    from qis_core.commands import _skeleton

    try:
        folder = _skeleton.write(name, into)
    except (ValueError, OSError) as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"Wrote {folder}. Now:")
    click.echo(f"  pip install -e {folder}")
    click.echo(f"  pytest {folder}")
    click.echo(f"  qis plugins     # shows {name} loaded")
