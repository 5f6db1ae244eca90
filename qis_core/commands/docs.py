"""``qis docs``: the reference pages of the hooks, settings, errors, options and commands that are here."""

from __future__ import annotations

from pathlib import Path

import click

from qis_core.cli import configured
from qis_core.configuration import Configuration


@click.command()
@configured
@click.option(
    "--into", metavar="FOLDER", type=click.Path(path_type=Path), default="docs/reference", show_default=True,
    help="Where the pages are written.",
)  # fmt: skip
@click.option("--builtin", is_flag=True, help="Leave out installed plugins and the configuration.")
def docs(configuration: Configuration, into: Path, builtin: bool) -> None:
    """Writes the reference as Markdown: hooks, settings, errors, URL options and commands."""
    from qis_core.commands import _kernel, _reference

    kernel = _kernel.of_the_box() if builtin else _kernel.quietly(configuration)
    into.mkdir(parents=True, exist_ok=True)
    for name, text in _reference.pages(kernel).items():
        (into / name).write_text(text, encoding="utf-8")
        click.echo(f"Wrote {into / name}")
