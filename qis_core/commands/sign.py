"""``qis sign``: URLs that the public may use where only signed ones are answered."""

from __future__ import annotations

import re
import time

import click

from qis_core.cli import configured
from qis_core.configuration import Configuration

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Duration(click.ParamType[int]):
    """A time as 90s, 30m, 12h or 7d: seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The seconds. Raises click.BadParameter."""
        found = re.fullmatch("([0-9]{1,6})([smhd])", str(value))
        if found is None:
            self.fail(f"{value!r} is no duration; write 90s, 30m, 12h or 7d", param, ctx)
        return int(found[1]) * _UNITS[found[2]]


@click.command()
@click.argument("url")
@click.option("--for", "seconds", type=Duration(), help="How long it is answered, such as 12h or 7d; else for ever.")
@click.option("--key", default="", help="Name of the key of qis.links.keys; else the first.")
@click.option("--any-size", is_flag=True, help="Leaves size, tile and format open, in the steps of qis.links.ladder.")
@configured
def sign(configuration: Configuration, url: str, seconds: int | None, key: str, any_size: bool) -> None:
    """Signs the image URL, whole or from /image? on, and prints it.

    A signature covers all options: whoever changes one has to have it signed again. Their order may change.
    With --any-size it leaves open what viewers decide by themselves: the URL is one for their src.
    """
    from qis_core.api import QisError
    from qis_core.plugins import load
    from qis_core.services.links import link_rules, signed_url
    from qis_core.services.startup import read_secret
    from qis_core.settings import LinksSettings

    kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
    try:
        rules = link_rules(kernel.settings.of(LinksSettings), read_secret(kernel))
        expires = None if seconds is None else int(time.time()) + seconds
        click.echo(signed_url(url, rules, expires=expires, key=key, any_size=any_size))
    except QisError as error:
        raise click.ClickException(str(error)) from error
