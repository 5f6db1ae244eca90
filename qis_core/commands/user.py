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
    from qis_core.services.account_changes import AccountChanges
    from qis_core.services.accounts import Accounts
    from qis_core.services.named_tokens import TokenChanges

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
    from qis_core.db.users import SystemGroup
    from qis_core.services.actors import OPERATOR
    from qis_core.services.groups import Groups

    with _accounts(configuration) as accounts:
        added = _changes(accounts).add(name, _password(from_stdin), allow_api=api)
        joined = Groups(accounts.session, OPERATOR)
        if admin:
            joined.add_member(SystemGroup.ADMINISTRATORS, added.id)
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
        found = accounts.get(name)
        _changes(accounts).change(found.id, {"password": _password(from_stdin), "auth_type": 1})
    click.echo("The password has been changed. Browsers that were logged in are not any more.")


@user.command()
@click.argument("name")
@configured
def remove(configuration: Configuration, name: str) -> None:
    """Marks the account NAME deleted."""
    with _accounts(configuration) as accounts:
        _changes(accounts).remove(accounts.get(name).id)
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


@user.command()
@click.argument("name")
@configured
def logout(configuration: Configuration, name: str) -> None:
    """Logs the account NAME out of all browsers, and ends the tokens of its logins; named tokens stay."""
    with _accounts(configuration) as accounts:
        _changes(accounts).end_logins(accounts.get(name).id)
    click.echo("The user has been logged out everywhere.")


@user.group()
def token() -> None:
    """Makes, lists and revokes named tokens, with which programs use the REST API."""


@token.command(name="add")
@click.argument("name")
@click.argument("purpose")
@configured
@click.option("--scope", "scopes", multiple=True, required=True, help="What it may be used for; may be repeated.")
@click.option("--days", type=int, default=90, show_default=True, help="How long it is good for.")
def add_token(configuration: Configuration, name: str, purpose: str, *, scopes: tuple[str, ...], days: int) -> None:
    """Makes a token of the account NAME, called PURPOSE, and prints it: it is never shown again.

    Scopes are read, upload, files, folios and admin.
    """
    with _accounts(configuration) as accounts:
        _, text = _tokens(configuration, accounts).add(accounts.get(name).id, purpose, scopes, days)
    click.echo(text)


@token.command(name="list")
@click.argument("name")
@configured
def list_tokens(configuration: Configuration, name: str) -> None:
    """Lists the named tokens of the account NAME."""
    from rich.console import Console
    from rich.table import Table

    table = Table("number", "name", "scopes", "good until", "last used", box=None)
    with _accounts(configuration) as accounts:
        for each in _tokens(configuration, accounts).all(accounts.get(name).id):
            used = f"{each.used:%Y-%m-%d %H:%M}" if each.used else "never"
            table.add_row(str(each.id), each.name, each.scopes, f"{each.expires:%Y-%m-%d}", used)
    Console(markup=False).print(table)


@token.command(name="revoke")
@click.argument("name")
@click.argument("number", type=int)
@configured
def revoke_token(configuration: Configuration, name: str, number: int) -> None:
    """Ends the token NUMBER of the account NAME at once."""
    with _accounts(configuration) as accounts:
        _tokens(configuration, accounts).revoke(accounts.get(name).id, number)
    click.echo("The token has been revoked.")


def _changes(accounts: Accounts) -> AccountChanges:
    """The accounts as the operator changes them: with entries in the audit log."""
    from qis_core.services.account_changes import AccountChanges
    from qis_core.services.actors import OPERATOR

    return AccountChanges(accounts.session, OPERATOR, accounts.authenticators)


def _tokens(configuration: Configuration, accounts: Accounts) -> TokenChanges:
    from qis_core.plugins import load
    from qis_core.services.actors import OPERATOR
    from qis_core.services.named_tokens import TokenChanges, token_mint
    from qis_core.services.startup import read_secret

    kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
    return TokenChanges(accounts.session, OPERATOR, token_mint(read_secret(kernel)))


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
