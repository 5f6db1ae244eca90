"""`qis doctor`: what a fit server looks like, and what is said of one that is not."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from qis_core.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch, library):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    return lambda *arguments: CliRunner().invoke(main, ["doctor", *arguments])


def line(answer, check) -> str:
    return next(line for line in answer.output.splitlines() if line[5:].startswith(f"{check}:"))


def test_a_new_site_is_fit_and_a_worker_really_renders(run):
    answer = run()
    assert answer.exit_code == 0, answer.output
    assert line(answer, "render worker").startswith("ok   render worker: made a picture of 8x8")
    assert line(answer, "library").startswith("ok")
    assert line(answer, "database").startswith("warn")
    assert "run qis init" in answer.output


def test_nothing_is_made(run, tmp_path):
    (tmp_path / "data").rmdir()
    answer = run()
    assert line(answer, "data folder").startswith("warn")
    assert not (tmp_path / "data").exists()


def test_a_broken_plugin_is_a_warning_and_in_strict_mode_a_failure(run, install_plugin, tmp_path):
    install_plugin("broken", "import no_such_library")
    answer = run()
    assert (answer.exit_code, line(answer, "plugins")[:4]) == (0, "warn")
    assert "No module named 'no_such_library'" in answer.output
    (tmp_path / "strict.ini").write_text("[app:main]\nqis.plugins.strict = yes\n", encoding="utf-8")
    answer = run("strict.ini")
    assert (answer.exit_code, line(answer, "plugins")[:4]) == (1, "fail")


@pytest.mark.parametrize(
    ("setting", "check", "said"),
    [
        ("qis.library.url = file:nowhere", "library", "nowhere"),
        ("qis.library.url = ftp://host/", "library", "the installed schemes are"),
        ("qis.library.url = file:data/pictures", "library", "overlap"),
        ("qis.cache.url = disk:library/cache", "library", "overlap"),
        ("qis.cache.url = punchcards:", "cache", "the installed schemes are"),
        ("qis.database.url = nonsense", "database", "cannot be used"),
        ("qis.imaging.default_cmyk = FOGRA", "profiles", "'FOGRA'; the installed profiles are"),
    ],
)
def test_what_is_wrong_fails_with_its_reason_and_the_others_are_still_checked(run, tmp_path, setting, check, said):
    (tmp_path / "data/pictures").mkdir()
    (tmp_path / "bad.ini").write_text(f"[app:main]\n{setting}\n", encoding="utf-8")
    answer = run("bad.ini")
    assert answer.exit_code == 1
    assert line(answer, check).startswith("fail")
    assert said in line(answer, check)
    assert "render worker:" in answer.output
    assert "Traceback" not in answer.output


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("qis.plugins.blocked = geometri", "geometri is blocked, and there is no such plugin"),
        ("qis.imaging.icc_folders = nowhere", "there is no folder"),
        ("qis.library.url = file:empty", "is empty"),
    ],
)
def test_what_looks_odd_is_a_warning(run, tmp_path, setting, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "odd.ini").write_text(f"[app:main]\n{setting}\n", encoding="utf-8")
    answer = run("odd.ini")
    assert answer.exit_code == 0, answer.output
    assert said in answer.output
