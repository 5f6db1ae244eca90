"""``qis doctor``: is this server fit to run, and what to do where it is not."""

from __future__ import annotations

import click

from qis_core.cli import configured
from qis_core.configuration import Configuration

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@configured
def doctor(configuration: Configuration) -> None:
    """Checks everything that the server needs, and says what to do. Ends with 1 where something fails."""
    from rich.console import Console

    from qis_core.commands import _kernel
    from qis_core.services.checks import Outcome, examine

    console = Console(highlight=False, soft_wrap=True)
    kernel = _kernel.quietly(configuration)
    console.print("[green]ok  [/] ", end="")
    console.print(f"configuration: {configuration.file or 'the embedded defaults'}", markup=False)
    failed = 0
    for finding in examine(kernel):
        failed += finding.outcome is Outcome.FAIL
        console.print(f"[{_COLOURS[finding.outcome]}]{finding.outcome:<4}[/] ", end="")
        console.print(f"{finding.check}: {finding.text}", markup=False)
        if finding.advice:
            console.print(f"     → {finding.advice}", markup=False, style="dim")
    if failed:
        raise click.exceptions.Exit(1)
