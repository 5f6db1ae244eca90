"""``qis warm``: renderings made before they are asked for."""

from __future__ import annotations

import click

from qis_core.cli import configured
from qis_core.commands.tasks import run_here
from qis_core.configuration import Configuration


@click.command()
@click.argument("folder")
@click.option("--template", "templates", multiple=True, help="A template's name; again for the next one.")
@click.option(
    "--width",
    "widths",
    type=click.IntRange(1, 20_000),
    multiple=True,
    help="A width in pixels; again for the next one.",
)
@click.option("--format", "formats", multiple=True, help="A format, such as webp; again for the next one.")
@click.option("--only-here", is_flag=True, help="Leave out the folders below.")
@click.option("--queue", is_flag=True, help="Leave it to the servers that run, and do not wait.")
@configured
def warm(
    configuration: Configuration,
    folder: str,
    *,
    templates: tuple[str, ...],
    widths: tuple[int, ...],
    formats: tuple[str, ...],
    only_here: bool,
    queue: bool,
) -> None:
    """Makes renderings of all pictures in FOLDER (/ is the whole library), for every combination of the options.

    As the public asks for them. Renderings that are there stay. Ctrl-C cancels it; begun again, it goes on.
    """
    parameters = {
        "path": folder,
        "templates": list(templates),
        "widths": [str(width) for width in widths],
        "formats": list(formats),
        "below": not only_here,
    }
    run_here(configuration, "warm", parameters, queue=queue)
