"""``qis init``: what a first start makes, without serving."""

from __future__ import annotations

import click

from qis_core.cli import configured
from qis_core.configuration import Configuration


@click.command()
@configured
@click.option("--samples/--no-samples", default=True, help="Draw sample pictures into an empty library.")
def init(configuration: Configuration, samples: bool) -> None:
    """Makes the data folder, the database and the first administrator.

    What is there already stays as it is. The administrator's password is taken from
    QIS_ADMIN_PASSWORD, or made up and shown once.
    """
    from qis_core.commands import _telling
    from qis_core.plugins import load
    from qis_core.services.startup import prepare

    kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
    made = prepare(kernel, environ=configuration.environ, samples=samples, progress=_telling.drawing)
    _telling.preparation(made)
    if not made.first:
        click.echo("Everything was there already.")
