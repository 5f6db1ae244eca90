"""``qis cache``: what the shared cache holds, and making renderings anew."""

from __future__ import annotations

import click

from qis_core.cli import configured
from qis_core.configuration import Configuration


@click.group()
def cache() -> None:
    """Tells of the cache of renderings, and purges it."""


@cache.command()
@configured
def status(configuration: Configuration) -> None:
    """Tells what the shared cache holds. Ends with 1 where it does not answer."""
    from qis_core.plugins import load
    from qis_core.services.platform import open_cache

    kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
    opened = open_cache(kernel)
    try:
        found = opened.status()
    finally:
        opened.close()
    share = 100 * found.used_bytes / found.limit_bytes if found.limit_bytes else 0
    click.echo(f"entries  {found.entries}")
    click.echo(
        f"used     {found.used_bytes / 1024**2:.1f} MiB of {found.limit_bytes / 1024**2:.1f} MiB ({share:.0f} %)"
    )
    click.echo(f"answers  {'yes' if found.healthy else 'no, or not everywhere'}")
    if not found.healthy:
        raise click.exceptions.Exit(1)


@cache.command()
@configured
@click.option(
    "--image", "images", metavar="SRC", multiple=True, help="All renderings of an image, and with it in them."
)
@click.option("--folder", "folders", metavar="PATH", multiple=True, help="All renderings of what is in and below it.")
@click.option("--template", "templates", metavar="NAME", multiple=True, help="All renderings by a template.")
@click.option("--all", "everything", is_flag=True, help="All renderings; the cache is emptied.")
def purge(
    configuration: Configuration,
    images: tuple[str, ...],
    folders: tuple[str, ...],
    templates: tuple[str, ...],
    everything: bool,
) -> None:
    """Has renderings made anew when they are asked for next. Servers that run follow within a second."""
    from qis_core.domain.purging import Purge
    from qis_core.plugins import load
    from qis_core.services.platform import open_cache
    from qis_core.services.purging import record
    from qis_core.services.startup import open_records

    if not (images or folders or templates or everything):
        raise click.UsageError("name what is to be purged: --image, --folder, --template or --all")
    wanted = Purge.of(images=images, folders=folders, templates=templates, everything=everything)
    kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
    with open_records(kernel) as session:
        record(session, wanted)
    if wanted.everything:
        opened = open_cache(kernel)
        try:
            opened.clear()
        finally:
            opened.close()
    click.echo("Purged.")
