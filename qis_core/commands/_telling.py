"""What commands say about a first start."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from qis_core.services.startup import Preparation


def preparation(made: Preparation) -> None:
    """Where everything is; and once, the password that was made up."""
    if made.samples:
        click.echo(f"Sample pictures were drawn into {made.library}.")
    click.echo(f"Library: {made.library or 'not on this machine'}")
    click.echo(f"Data:    {made.data}")
    if made.password:
        click.echo(f"First administrator: admin   password: {made.password}   (shown only now)")


def drawing(path: str, done: int, total: int) -> None:
    """One line that tells which sample is being drawn; nothing where nobody watches."""
    if sys.stdout.isatty():
        text = f"Drawing sample pictures: {done + 1} of {total}"
        click.echo(f"\r{text:<60}", nl=done + 1 == total)
