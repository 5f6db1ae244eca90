"""Where settings come from: an ini file, PasteDeploy, or nothing but the defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from qis_core.configuration import from_paste, read_configuration
from qis_core.settings import ConfigurationError


@pytest.fixture
def ini(tmp_path):
    def write(text: str) -> Path:
        file = tmp_path / "my 100% site" / "qis.ini"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return write


def test_the_application_section_is_read_with_here_and_defaults(ini):
    file = ini(
        "[DEFAULT]\nqis.web.title = Prés\n[server:main]\nport = 1\n"
        "[app:main]\nuse = egg:qis-core\nqis.server.data = %(here)s/data\nqis.web.Odd = A:B\n"
    )
    found = read_configuration(file)
    assert found.raw == {
        "qis.web.title": "Prés",
        "qis.server.data": f"{file.parent}/data",
        "qis.web.Odd": "A:B",
    }
    assert (found.here, found.file) == (file.parent, file)


def test_a_single_application_of_another_name_will_do(ini):
    assert read_configuration(ini("[app:qis]\nqis.server.port = 1\n")).raw == {"qis.server.port": "1"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server:main]\nport = 1\n", "no section [app:main]"),
        ("[app:a]\n[app:b]\n", "no section [app:main]"),
        ("no section\n", "no section headers"),
        ("[app:main]\na = 1\na = 2\n", "already exists"),
        ("[app:main]\na = %(nothing)s\n", "nothing"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_name(ini, text, said):
    with pytest.raises(ConfigurationError) as raised:
        read_configuration(ini(text))
    (problem,) = raised.value.problems
    assert said in problem
    assert "qis.ini" in problem
    assert "\n" not in problem


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ConfigurationError, match=r"none\.ini: No such file"):
        read_configuration(tmp_path / "none.ini")


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "x.ini").write_bytes(b"[app:main]\na = \xff\n")
    with pytest.raises(ConfigurationError, match=r"x\.ini"):
        read_configuration(tmp_path / "x.ini")


def test_without_a_file_the_working_folder_counts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = read_configuration()
    assert (found.raw, found.here, found.file) == ({}, tmp_path, None)


def test_folders_of_the_command_line_win_over_file_and_environment(ini, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QIS_LIBRARY_URL", "file:/elsewhere")
    monkeypatch.setenv("QIS_SERVER_DATA", "/elsewhere")
    found = read_configuration(
        ini("[app:main]\nqis.library.url = file:a\nqis.server.data = b\n"), library="my pictures", data="d"
    )
    assert found.raw["qis.library.url"] == f"file://{tmp_path}/my%20pictures"
    assert found.raw["qis.server.data"] == str(tmp_path / "d")
    assert not {"QIS_LIBRARY_URL", "QIS_SERVER_DATA"} & set(found.environ)


def test_paste_hands_over_what_it_has_read(tmp_path):
    found = from_paste({"here": str(tmp_path), "__file__": f"{tmp_path}/x.ini"}, {"qis.server.port": "1"})
    assert (found.raw, found.here, found.file) == ({"qis.server.port": "1"}, tmp_path, tmp_path / "x.ini")
    assert from_paste({}, {}).here == Path.cwd()
