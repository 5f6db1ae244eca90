"""``qis access``: who may do what in which folder, and why."""

from __future__ import annotations

import click

from qis_core.cli import configured
from qis_core.commands._records import records
from qis_core.configuration import Configuration


@click.group()
def access() -> None:
    """Shows, explains and changes the permissions of folders."""


@access.command()
@click.argument("user")
@click.argument("path")
@configured
def trace(configuration: Configuration, user: str, path: str) -> None:
    """Tells what USER may do with PATH, and which group and folder decide it.

    USER is a user name, or `public` for whoever has not logged in. PATH is a folder or picture of
    the library, / is all of it.
    """
    from rich.console import Console
    from rich.table import Table

    from qis_core.api import PUBLIC
    from qis_core.domain.paths import clean_folder
    from qis_core.services.access import read_table
    from qis_core.services.accounts import Accounts
    from qis_core.services.explaining import explain

    with records(configuration) as session:
        accounts = Accounts(session)
        identity = PUBLIC if user == "public" else accounts.identity(accounts.get(user))
        permissions = read_table(session, "")
    trace = permissions.trace(identity.group_ids, identity.rights, clean_folder(path))
    found = explain(trace, user, lambda group: permissions.names[group])
    click.echo(f"{user} has {_level(found.level)} on {found.path}")
    for sentence in found.sentences[1:]:
        click.echo(sentence)
    table = Table("group", "access", "set in", "counts", box=None)
    for rule in found.rules:
        table.add_row(rule.group, _level(rule.level), rule.folder or "nowhere", "yes" if rule.counts else "no")
    Console(markup=False).print(table)


@access.command(name="list")
@configured
def list_(configuration: Configuration) -> None:
    """Lists the permissions of all folders that have some of their own."""
    from rich.console import Console
    from rich.table import Table

    from qis_core.services.actors import OPERATOR
    from qis_core.services.permissions import Permissions

    table = Table("folder", "group", "access", box=None)
    with records(configuration) as session:
        for each in Permissions(session, OPERATOR).all():
            table.add_row(each.folder.name, each.group.name, _level(each.access))
    Console(markup=False).print(table)


@access.command(name="set")
@click.argument("path")
@click.argument("group")
@click.argument("level", type=click.Choice(["0", "10", "20", "30", "40", "50", "60", "70"]))
@configured
def set_(configuration: Configuration, path: str, group: str, level: str) -> None:
    """Gives GROUP the access LEVEL in the folder PATH, and in all below it that say nothing else.

    0 none, 10 view, 20 download, 30 edit, 40 upload, 50 delete, 60 create folder, 70 delete folder.
    """
    from qis_core.services.actors import OPERATOR
    from qis_core.services.groups import Groups
    from qis_core.services.permissions import Permissions

    with records(configuration) as session:
        named = Groups(session, OPERATOR).named(group)
        made = Permissions(session, OPERATOR).set(path, named.id, int(level))
        told = f"{named.name} has {_level(made.access)} in {made.folder.name}."
    click.echo(told)


@access.command()
@click.argument("path")
@click.argument("group")
@configured
def remove(configuration: Configuration, path: str, group: str) -> None:
    """Takes away what the folder PATH says for GROUP: the folder above counts again."""
    from qis_core.api import NotFound
    from qis_core.services.actors import OPERATOR
    from qis_core.services.groups import Groups
    from qis_core.services.permissions import Permissions

    with records(configuration) as session:
        permissions, named = Permissions(session, OPERATOR), Groups(session, OPERATOR).named(group)
        found = permissions.find(path, named.id)
        if found is None:
            raise NotFound(f"the folder {path!r} says nothing for {named.name}")
        permissions.remove(found.id)
        told = f"The permission of {named.name} in {found.folder.name} has been removed."
    click.echo(told)


def _level(value: int) -> str:
    from qis_core.api import Level

    return f"{int(value)} ({Level(value).name.lower().replace('_', ' ')})"
