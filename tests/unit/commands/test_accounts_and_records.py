"""``qis init``, ``qis migrate`` and ``qis user``."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from qis_core.cli import main

QUICK = {"QIS_PASSWORDS_MEMORY_KIB": "1024", "QIS_PASSWORDS_ROUNDS": "1", "QIS_ADMIN_PASSWORD": None}


@pytest.fixture
def qis(tmp_path: Path):
    def run(*arguments: str, input: str | None = None, **environ: str) -> Result:
        where = ["--data", str(tmp_path / "data"), "--library", str(tmp_path / "library")]
        return CliRunner(env={**QUICK, **environ}).invoke(main, [*arguments, *where], input=input)

    return run


@pytest.fixture
def made(qis):
    assert qis("init", "--no-samples").exit_code == 0
    return qis


def test_init_tells_the_password_once(qis) -> None:
    first = qis("init", "--no-samples")
    assert "First administrator: admin   password: " in first.output
    again = qis("init", "--no-samples")
    assert "password:" not in again.output
    assert "Everything was there already." in again.output


def test_migrate_tells_that_nothing_is_to_do(made) -> None:
    result = made("migrate")
    assert (result.exit_code, result.output) == (0, "The database is up to date.\n")


def test_before_init_there_is_nothing_to_work_on(qis) -> None:
    for arguments in (["migrate"], ["user", "list"]):
        result = qis(*arguments)
        assert result.exit_code == 1
        assert "run `qis init`" in result.output


def test_a_newer_database_is_told_without_a_traceback(made, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "data/qis.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for arguments in (["init"], ["migrate"], ["serve", "--port", "0"], ["user", "list"]):
        result = made(*arguments)
        assert result.exit_code == 1
        assert result.output.startswith("qis: the database has a newer schema")


def test_a_user_is_added_listed_changed_and_removed(made) -> None:
    added = made("user", "add", "Ann", "--admin", "--api", "--password-stdin", input="a good password\n")
    assert (added.exit_code, added.output) == (0, "The user ann has been added.\n")
    listed = made("user", "list").output
    assert [line.split()[:3] for line in listed.splitlines()[1:]] == [
        ["admin", "Administrators", "yes"],
        ["ann", "Administrators", "yes"],
    ]
    assert made("user", "password", "ann", "--password-stdin", input="another one\n").exit_code == 0
    assert made("user", "remove", "ann").exit_code == 0
    assert "ann" not in made("user", "list").output
    assert "deleted" in made("user", "list", "--deleted").output


def test_the_password_is_asked_for_twice_and_not_shown(made) -> None:
    result = made("user", "add", "ann", input="a good password\na good password\n")
    assert result.exit_code == 0
    assert "a good password" not in result.output


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["user", "add", "admin", "--password-stdin"], "there is a user 'admin' already"),
        (["user", "add", "a b", "--password-stdin"], "username: 'a b' is not allowed here"),
        (["user", "password", "nobody", "--password-stdin"], "there is no user 'nobody'"),
        (["user", "remove", "admin"], "this would leave nobody who may do everything"),
    ],
)
def test_what_cannot_be_done_is_told(made, arguments: list[str], text: str) -> None:
    result = made(*arguments, input="a good password\n")
    assert result.exit_code == 1
    assert text in result.output
    assert "Traceback" not in result.output


def test_a_token_is_made_listed_and_revoked(made, tmp_path: Path) -> None:
    told = made("user", "token", "add", "admin", "night job", "--scope", "read", "--scope", "upload", "--days", "7")
    text = told.output.strip()
    assert text.startswith("qis_")
    line = made("user", "token", "list", "admin").output.splitlines()[1]
    assert line.split()[:5] == ["1", "night", "job", "read", "upload"]
    assert text.encode() not in (tmp_path / "data/qis.db").read_bytes()
    assert made("user", "token", "revoke", "admin", "1").exit_code == 0
    assert made("user", "token", "list", "admin").output.splitlines()[1:] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["add", "nobody", "x", "--scope", "read"], "there is no user 'nobody'"),
        (["add", "admin", "x", "--scope", "everything"], "one or more of read, upload, files, folios, admin"),
        (["add", "admin", "x", "--scope", "read", "--days", "0"], "days"),
        (["add", "bob", "x", "--scope", "read"], "may not use the API"),
        (["revoke", "admin", "7"], "there is no token 7"),
    ],
)
def test_what_is_wrong_with_a_token_is_told(made, arguments: list[str], told: str) -> None:
    made("user", "add", "bob", "--password-stdin", input="a good password\n")
    result = made("user", "token", *arguments)
    assert result.exit_code == 1
    assert told in result.output


def test_what_the_operator_does_is_in_the_audit_log(made, tmp_path: Path) -> None:
    made("user", "add", "ann", "--api", "--admin", "--password-stdin", input="a good password\n")
    made("user", "password", "ann", "--password-stdin", input="another one\n")
    made("user", "token", "add", "ann", "x", "--scope", "read")
    made("user", "logout", "ann")
    made("user", "remove", "ann")
    with sqlite3.connect(tmp_path / "data/qis.db") as connection:
        found = [action for (action,) in connection.execute("SELECT action FROM audit_log ORDER BY id")]
    assert found == ["user added", "member added", "user changed", "token added", "session ended", "user removed"]
