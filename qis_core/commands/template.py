"""``qis template``: templates to and from files, and which of them is the default of the site and of folders."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qis_core.cli import configured
from qis_core.configuration import Configuration

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from qis_core.services.template_changes import TemplateChanges
    from qis_core.services.template_files import FileTemplate

# Where other arguments may be left out, the configuration cannot be one.
_config = click.option(
    "--config", metavar="CONFIG.ini", envvar="QIS_CONFIG", type=click.Path(path_type=Path), help="The configuration."
)


@click.group()
def template() -> None:
    """Lists templates, brings them in from files, and says where they apply."""


@template.command(name="list")
@configured
def list_(configuration: Configuration) -> None:
    """Lists the templates, and where each is the default."""
    from rich.console import Console
    from rich.table import Table

    from qis_core.services.actors import OPERATOR
    from qis_core.services.folder_templates import FolderTemplates

    table = Table("name", "default of", "locks", "description", box=None)
    with _templates(configuration) as (session, changes):
        places: dict[str, list[str]] = {changes.default().casefold(): ["the site"]}
        for each in FolderTemplates(session, OPERATOR).all():
            places.setdefault(each.template.name_key, []).append(each.folder.name)
        for found in changes.all():
            default_of = ", ".join(places.get(found.name_key, ()))
            table.add_row(found.name, default_of, ", ".join(found.locked), found.description)
    Console(markup=False).print(table)


@template.command(name="import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@_config
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def import_(files: tuple[Path, ...], config: Path | None, *, dry_run: bool) -> None:
    """Brings in the templates of files as `qis template export` writes them: all of them or none.

    A template of a name that is there already is changed. Every value is checked by the installed
    operations.
    """
    from qis_core.configuration import read_configuration
    from qis_core.services.template_files import BadTemplates, bring_in, read

    with _templates(read_configuration(config)) as (session, changes):
        found: list[FileTemplate] = []
        problems: list[str] = []
        for file in files:
            try:
                found += read(file.read_bytes(), str(file))
            except BadTemplates as error:
                problems += error.problems
        if problems:
            raise BadTemplates(problems)
        outcomes = bring_in(changes, found)
        if dry_run:
            session.rollback()
    for name, outcome in outcomes:
        click.echo(f"{name}: {outcome}")


@template.command()
@click.option("--name", "names", multiple=True, help="Only the template of this name; may be repeated.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="A file to write to instead of the terminal.")
@configured
def export(configuration: Configuration, names: tuple[str, ...], output: Path | None) -> None:
    """Writes templates as JSON, for `qis template import`."""
    from qis_core.api import NotFound
    from qis_core.services.template_files import written

    with _templates(configuration) as (_, changes):
        records = []
        for name in names:
            record = changes.named(name)
            if record is None:
                raise NotFound(f"there is no template {name!r}")
            records.append(record)
        text = written(records if names else changes.all())
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@template.command()
@click.argument("name")
@configured
def default(configuration: Configuration, name: str) -> None:
    """Makes the template NAME the one that applies where neither a URL nor a folder names one."""
    with _templates(configuration) as (_, changes):
        told = f"{changes.set_default(name)} is the default template of the site."
    click.echo(told)


@template.command()
@click.argument("path")
@click.argument("name", required=False, default="")
@_config
@click.option("--none", is_flag=True, help="Let the folder above decide again.")
def folder(path: str, name: str, config: Path | None, *, none: bool) -> None:
    """Makes the template NAME the default of the folder PATH and of all below it; without NAME, says which applies."""
    from qis_core.configuration import read_configuration
    from qis_core.domain.paths import clean_folder
    from qis_core.services.actors import OPERATOR
    from qis_core.services.folder_templates import FolderTemplates

    if name and none:
        raise click.UsageError("either NAME or --none")
    with _templates(read_configuration(config)) as (session, _):
        folders = FolderTemplates(session, OPERATOR)
        if name:
            folders.set(path, name)
        elif none:
            folders.remove(path)
        found = folders.applying(clean_folder(path))
    place = "the site" if found.folder is None else f"/{found.folder}"
    click.echo(f"{found.name} applies in /{clean_folder(path)}: it is the default template of {place}.")


@contextlib.contextmanager
def _templates(configuration: Configuration) -> Iterator[tuple[Session, TemplateChanges]]:
    from qis_core.domain.vocabulary import Vocabulary
    from qis_core.plugins import load
    from qis_core.services.actors import OPERATOR
    from qis_core.services.startup import open_records
    from qis_core.services.template_changes import TemplateChanges

    kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
    registries = kernel.registries
    vocabulary = Vocabulary(registries.operations, registries.encoders, registries.decoders)
    with open_records(kernel) as session:
        yield session, TemplateChanges(session, OPERATOR, vocabulary)
