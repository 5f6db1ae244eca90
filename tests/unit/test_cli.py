"""`qis`: commands are found by their files, and errors are sentences."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from qis_core import __version__
from qis_core.api import Unavailable
from qis_core.cli import LazyGroup, configured, main
from qis_core.settings import ConfigurationError


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(main, arguments)


def group_with(function):
    class One(LazyGroup):
        def list_commands(self, ctx):
            return ["one"]

        def get_command(self, ctx, cmd_name):
            return click.command(name="one")(function)

    return One(name="qis")


def test_help_lists_every_command_with_a_line(run):
    answer = run("--help")
    assert answer.exit_code == 0
    for name in ("config", "doctor", "plugins", "serve"):
        assert f"  {name} " in answer.output


def test_private_modules_are_no_commands(run):
    assert "skeleton" not in run("--help").output
    assert run("_skeleton").exit_code == 2


def test_version(run):
    assert run("--version").output == f"qis, version {__version__}\n"


def test_an_unknown_command_is_refused_by_name(run):
    answer = run("sevre")
    assert answer.exit_code == 2
    assert "sevre" in answer.output


def test_errors_on_purpose_are_sentences_without_a_traceback():
    def fail():
        raise Unavailable("the database does not answer")

    answer = CliRunner().invoke(group_with(fail), ["one"])
    assert (answer.exit_code, answer.output) == (1, "qis: the database does not answer\n")


def test_a_wrong_configuration_ends_with_2_and_every_problem():
    def fail():
        raise ConfigurationError(["one thing", "another"])

    answer = CliRunner().invoke(group_with(fail), ["one"])
    assert (answer.exit_code, answer.output) == (2, "qis: one thing\nqis: another\n")


def test_the_configuration_can_be_named_by_the_environment(tmp_path, monkeypatch):
    (tmp_path / "a.ini").write_text("[app:main]\nqis.server.port = 1\n", encoding="utf-8")
    monkeypatch.setenv("QIS_CONFIG", str(tmp_path / "a.ini"))
    seen = []
    command = click.command()(configured(lambda **given: seen.append(given["configuration"])))
    assert CliRunner().invoke(command, []).exit_code == 0
    assert seen[0].raw == {"qis.server.port": "1"}


def test_it_runs_as_a_program():
    answer = subprocess.run(
        [sys.executable, "-c", "from qis_core.cli import main; main()", "plugins", "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert '"geometry"' in answer.stdout
    assert answer.stderr == ""
