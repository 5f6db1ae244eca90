"""`qis access` and `qis group`: permissions from the command line."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from qis_core.cli import main

QUICK = {"QIS_PASSWORDS_MEMORY_KIB": "1024", "QIS_PASSWORDS_ROUNDS": "1", "QIS_ADMIN_PASSWORD": "a long password"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command in a site of the test's own, with ann in the group Team; answers what it says."""
    monkeypatch.chdir(tmp_path)
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)

    def invoke(line, code=0, text=None):
        answer = CliRunner().invoke(main, line.split(), input=text)
        assert answer.exit_code == code, answer.output
        return " ".join(answer.output.split())

    invoke("init --no-samples")
    invoke("group add Team")
    invoke("user add ann --group Team --password-stdin", text="long enough\n")
    return invoke


def test_a_permission_is_set_explained_and_removed(run):
    assert run("access set shoes Team 40") == "Team has 40 (upload) in /shoes."
    told = run("access trace ann shoes/red.jpg")
    assert told.startswith(
        "ann has 40 (upload) on /shoes/red.jpg It is decided by the group Team: 40 (upload) is set in /shoes. "
        "Public and Normal users would give less; the highest counts."
    )
    assert "Team 40 (upload) /shoes yes Public 10 (view) / yes Normal users 10 (view) / yes Administrators" in told
    assert "/shoes Team 40 (upload)" in run("access list")
    run("access remove shoes team")
    assert run("access trace ann shoes").startswith("ann has 10 (view) on /shoes")


def test_a_trace_of_the_public_and_of_an_administrator(run):
    assert run("access trace public /").startswith("public has 10 (view) on / ")
    assert run("access trace admin x").startswith("admin has 70 (delete folder) on /x The right admin_all gives that")


def test_groups_have_members_and_rights(run):
    assert run("group rights Team --give folios --give reports --take reports") == "The rights are now: folios."
    assert "Team folios ann" in run("group list")
    run("group leave Team ann")
    assert "Team folios ann" not in run("group list")
    run("group join Team ann")
    assert "Team folios ann" in run("group list")
    run("group remove Team")
    assert "Team" not in run("group list")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("access trace bob /", "no user 'bob'"),
        ("access set ../x Team 10", "path"),
        ("access set x Nobody 10", "no group 'Nobody'"),
        ("access remove x Team", "says nothing for Team"),
        ("access remove / Public", "always has a permission"),
        ("group rights Team --give everything", "admin_all"),
        ("group leave Administrators admin", "nobody who may do everything"),
        ("group remove Administrators", "stays"),
        ("group join Public ann", "holds everybody"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(run, capsys, line, why):
    answer = CliRunner().invoke(main, line.split())
    assert answer.exit_code != 0
    assert why in answer.output or why in str(answer.exception)
    assert "Traceback" not in answer.output
