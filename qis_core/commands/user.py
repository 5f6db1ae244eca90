"""``qis user``: accounts from the command line, for the first one and for when nobody can log in."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from qis_core.cli import configured
from qis_core.configuration import Configuration

if TYPE_CHECKING:
    from qis_core.services.accounts import Accounts

_password_option = click.option(
    "--password-stdin", "from_stdin", is_flag=True, help="Read the password from standard input instead of asking."
)


@click.group()
def user() -> None:
    """Adds, lists, changes and removes accounts."""


@user.command()
@click.argument("name")
@configured
@click.option("--admin", is_flag=True, help="Make it an administrator.")
@click.option("--api", is_flag=True, help="Let it use the REST API.")
@click.option("--group", "groups", multiple=True, help="A group to put it into; may be repeated.")
@_password_option
def add(
    configuration: Configuration, name: str, *, admin: bool, api: bool, groups: tuple[str, ...], from_stdin: bool
) -> None:
    """Adds the account NAME."""
    from qis_core.services.actors import OPERATOR
    from qis_core.services.groups import Groups

    with _accounts(configuration) as accounts:
        added = accounts.add(name, _password(from_stdin), administrator=admin, allow_api=api)
        joined = Groups(accounts.session, OPERATOR)
        for each in groups:
            joined.add_member(joined.named(each).id, added.id)
        told = f"The user {added.username} has been added."
    click.echo(told)


@user.command()
@click.argument("name")
@configured
@_password_option
def password(configuration: Configuration, name: str, from_stdin: bool) -> None:
    """Gives the account NAME a new password."""
    with _accounts(configuration) as accounts:
        accounts.get(name)
        accounts.set_password(name, _password(from_stdin))
    click.echo("The password has been changed.")


@user.command()
@click.argument("name")
@configured
def remove(configuration: Configuration, name: str) -> None:
    """Marks the account NAME deleted."""
    with _accounts(configuration) as accounts:
        accounts.remove(name)
    click.echo("The user has been removed.")


@user.command(name="list")
@configured
@click.option("--deleted", is_flag=True, help="Show those marked deleted as well.")
def list_(configuration: Configuration, deleted: bool) -> None:
    """Lists the accounts."""
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "groups", "API", "full name", "e-mail", "state", box=None)
    with _accounts(configuration) as accounts:
        for each in accounts.all(deleted=deleted):
            table.add_row(
                each.username,
                ", ".join(group.name for group in each.groups),
                "yes" if each.allow_api else "no",
                f"{each.first_name} {each.last_name}".strip(),
                each.email,
                "active" if each.status else "deleted",
            )
    Console(markup=False).print(table)


@contextlib.contextmanager
def _accounts(configuration: Configuration) -> Iterator[Accounts]:
    """The accounts in a transaction that is committed at the end."""
    from qis_core.plugins import load
    from qis_core.services.accounts import Accounts
    from qis_core.services.startup import open_records, password_keepers

    kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
    with open_records(kernel) as session:
        yield Accounts(session, password_keepers(kernel))


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked
