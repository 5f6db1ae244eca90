"""``qis migrate``: brings the database to this version's schema."""

from __future__ import annotations

import click

from qis_core.cli import configured
from qis_core.configuration import Configuration


@click.command()
@configured
def migrate(configuration: Configuration) -> None:
    """Brings the database's schema up to date. Make a backup first.

    It is done in one transaction: it succeeds, or all is as before.
    """
    from qis_core.plugins import load
    from qis_core.services.startup import migrate as bring_up_to_date

    kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
    changed = bring_up_to_date(kernel)
    click.echo("The database has been brought up to date." if changed else "The database is up to date.")
