"""``qis group``: groups of users, what their members may do, and who is in them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from qis_core.cli import configured
from qis_core.commands._records import records
from qis_core.configuration import Configuration

if TYPE_CHECKING:
    from qis_core.services.groups import Groups


@click.group()
def group() -> None:
    """Adds, lists, changes and removes groups and their members."""


@group.command()
@click.argument("name")
@configured
@click.option("--description", default="", help="What the group is for.")
def add(configuration: Configuration, name: str, description: str) -> None:
    """Adds the group NAME, which may nothing yet."""
    from qis_core.services.actors import OPERATOR
    from qis_core.services.groups import Groups

    with records(configuration) as session:
        added = Groups(session, OPERATOR).add(name, description).name
    click.echo(f"The group {added} has been added.")


@group.command()
@click.argument("name")
@configured
def remove(configuration: Configuration, name: str) -> None:
    """Removes the group NAME with its permissions."""
    from qis_core.services.actors import OPERATOR
    from qis_core.services.groups import Groups

    with records(configuration) as session:
        groups = Groups(session, OPERATOR)
        groups.remove(groups.named(name).id)
    click.echo("The group has been removed.")


@group.command(name="list")
@configured
def list_(configuration: Configuration) -> None:
    """Lists the groups with their rights and members."""
    from rich.console import Console
    from rich.table import Table

    from qis_core.services.actors import OPERATOR
    from qis_core.services.groups import Groups

    table = Table("name", "rights", "members", "description", box=None)
    with records(configuration) as session:
        groups = Groups(session, OPERATOR)
        for each in groups.all():
            names = ", ".join(user.username for user in groups.members(each.id))
            table.add_row(each.name, ", ".join(sorted(each.rights)), names, each.description)
    Console(markup=False).print(table)


@group.command()
@click.argument("name")
@click.argument("user")
@configured
def join(configuration: Configuration, name: str, user: str) -> None:
    """Puts USER into the group NAME."""
    with _membership(configuration, name, user) as (groups, group_id, user_id):
        groups.add_member(group_id, user_id)
    click.echo("Done.")


@group.command()
@click.argument("name")
@click.argument("user")
@configured
def leave(configuration: Configuration, name: str, user: str) -> None:
    """Takes USER out of the group NAME."""
    with _membership(configuration, name, user) as (groups, group_id, user_id):
        groups.remove_member(group_id, user_id)
    click.echo("Done.")


@group.command()
@click.argument("name")
@configured
@click.option("--give", multiple=True, help="A right that the members get; may be repeated.")
@click.option("--take", multiple=True, help="A right that the members lose; may be repeated.")
def rights(configuration: Configuration, name: str, give: tuple[str, ...], take: tuple[str, ...]) -> None:
    """Gives rights to the members of the group NAME, and takes them.

    folios, reports, admin_users, admin_files, admin_folios, admin_permissions, admin_all.
    """
    from qis_core.services.actors import OPERATOR
    from qis_core.services.groups import Groups

    with records(configuration) as session:
        groups = Groups(session, OPERATOR)
        wanted = {**dict.fromkeys(give, True), **dict.fromkeys(take, False)}
        has = groups.set_rights(groups.named(name).id, wanted).rights
    click.echo(f"The rights are now: {', '.join(sorted(has)) or 'none'}.")


@contextlib.contextmanager
def _membership(configuration: Configuration, name: str, user: str) -> Iterator[tuple[Groups, int, int]]:
    from qis_core.services.accounts import Accounts
    from qis_core.services.actors import OPERATOR
    from qis_core.services.groups import Groups

    with records(configuration) as session:
        groups = Groups(session, OPERATOR)
        yield groups, groups.named(name).id, Accounts(session).get(user).id
