"""`qis config`: every setting, where it comes from, and no secrets."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from qis_core.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, ["config", *arguments])


@pytest.fixture
def ini(tmp_path):
    file = tmp_path / "site.ini"
    file.write_text(
        "[app:main]\nqis.server.port = 7000\nqis.server.secret = sesame\n"
        "qis.library.url = s3://key:hushhush@host/bucket\n",
        encoding="utf-8",
    )
    return str(file)


def test_it_shows_values_and_where_they_come_from(run, ini, monkeypatch):
    monkeypatch.setenv("QIS_WEB_TITLE", "Pictures")
    answer = run(ini)
    assert answer.exit_code == 0
    assert "from file, default 6900)\nqis.server.port = 7000\n" in answer.output
    assert "from QIS_WEB_TITLE, default QIS)\nqis.web.title = Pictures\n" in answer.output
    assert "(text)\nqis.server.host = 127.0.0.1\n" in answer.output
    assert "qis.geometry.max_size" in answer.output


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_secrets_are_hidden(run, ini, arguments):
    answer = run(ini, *arguments)
    assert answer.exit_code == 0
    assert "sesame" not in answer.output
    assert "hushhush" not in answer.output


def test_what_it_prints_can_be_used_as_a_configuration(run, ini, tmp_path):
    (tmp_path / "copy.ini").write_text("[app:main]\n" + run(ini).output, encoding="utf-8")
    answer = run("copy.ini", "--json")
    assert answer.exit_code == 0, answer.output
    rows = {row["key"]: row["value"] for row in json.loads(answer.output)}
    assert rows["qis.server.port"] == "7000"
    assert rows["qis.server.data"] == str(tmp_path / "data")


def test_json(run, ini):
    rows = {row["key"]: row for row in json.loads(run(ini, "--json").output)}
    assert rows["qis.server.port"]["value"] == "7000"
    assert rows["qis.server.port"]["origin"] == "file"
    assert rows["qis.server.port"]["variable"] == "QIS_SERVER_PORT"


def test_what_is_wrong_is_told_without_a_traceback(run, tmp_path):
    (tmp_path / "bad.ini").write_text("[app:main]\nqis.server.prot = 1\nqis.server.port = x\n", encoding="utf-8")
    answer = run("bad.ini")
    assert answer.exit_code == 2
    assert answer.output.splitlines() == [
        "qis: qis.server.prot: there is no such setting; did you mean qis.server.port?",
        "qis: qis.server.port: 'x' is not allowed here; it must be a whole number from 0 to 65535",
    ]


def test_a_file_that_is_not_there_is_named(run):
    answer = run("none.ini")
    assert answer.exit_code == 2
    assert "none.ini: No such file" in answer.output
