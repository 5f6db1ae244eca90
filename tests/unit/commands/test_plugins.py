"""`qis plugins`: the table, and a new plugin that works."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from qis_core.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(main, ["plugins", *arguments])


def test_the_table_tells_state_options_and_reason(run, install_plugin):
    install_plugin("broken", "raise RuntimeError('no [bold]library[/]')")
    answer = run()
    assert answer.exit_code == 0
    assert "qis-core" in answer.output
    assert "autosizefit" in answer.output
    assert "qis-broken 1.0" in answer.output
    assert "broken is failed: RuntimeError: no [bold]library[/]" in answer.output
    assert "Traceback" not in answer.output


def test_strict_does_not_keep_the_table_from_being_shown(run, install_plugin, tmp_path):
    install_plugin("broken", "raise RuntimeError('boom')")
    (tmp_path / "x.ini").write_text("[app:main]\nqis.plugins.strict = true\n", encoding="utf-8")
    answer = run("x.ini")
    assert answer.exit_code == 0
    assert "RuntimeError: boom" in answer.output


def test_json(run):
    records = {record["name"]: record for record in json.loads(run("--json").output)}
    assert records["geometry"]["state"] == "loaded"
    assert "width" in records["geometry"]["options"]
    assert records["geometry"]["api"] == [1, 0]


@pytest.mark.parametrize("name", ["", "Sepia", "a b", "../a", "a--b", "1a"])
def test_a_name_that_is_not_legal_is_refused(run, name):
    answer = run("--new", name)
    assert answer.exit_code == 2
    assert "is no name for a plugin" in answer.output


def test_nothing_is_overwritten(run, tmp_path):
    (tmp_path / "qis-sepia").mkdir()
    answer = run("--new", "sepia")
    assert answer.exit_code == 2
    assert "qis-sepia" in answer.output


@pytest.mark.slow
def test_a_new_plugin_can_be_installed_loads_and_passes_its_test(run, tmp_path):
    assert run("--new", "less-colour").exit_code == 0
    folder, site = tmp_path / "qis-less-colour", tmp_path / "site"
    python = [sys.executable, "-m"]
    subprocess.run(
        [*python, "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target", site, folder], check=True
    )
    environ = {**os.environ, "PYTHONPATH": str(site)}
    tests = subprocess.run(
        [*python, "pytest", "-q"], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    assert tests.returncode == 0, tests.stdout
    assert "passed" in tests.stdout
    assert "failed" not in tests.stdout
    checks = subprocess.run(
        [*python, "ruff", "check", "--isolated", "--select=E,F,I", "--line-length=120", "."],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checks.returncode == 0, checks.stdout
