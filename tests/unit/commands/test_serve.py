"""``qis serve`` says what keeps it from serving, in a sentence, and ends."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from qis_core.cli import main
from qis_core.commands.serve import Current
from qis_core.configuration import Configuration

Serve = Callable[..., Result]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Runs ``qis serve`` with arguments, in a folder whose library is not empty; expected to fail before serving."""
    monkeypatch.chdir(tmp_path)
    for name in ("QIS_CONFIG", "QIS_LIBRARY_URL", "QIS_SERVER_DATA"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "library").mkdir()
    (tmp_path / "library/readme.txt").write_text("no samples, please")

    def run(*arguments: str, **environ: str) -> Result:
        return CliRunner().invoke(main, ["serve", "--port", "0", *arguments], env=environ)

    return run


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"QIS_SERVER_THREADS": "many"}, "qis.server.threads (by QIS_SERVER_THREADS): 'many' is not allowed here"),
        ({"QIS_LIBRARY_URL": "bucket:pictures"}, "the installed schemes are file"),
        ({"QIS_LIBRARY_URL": "file:elsewhere/not-there"}, "there is no folder"),
        ({"QIS_CACHE_URL": "cloud:"}, "the installed schemes are"),
        ({"QIS_CACHE_URL": "disk:/proc/none"}, "the cache folder cannot be made"),
        ({"QIS_DATABASE_URL": "nonsense"}, "the database URL cannot be used"),
        ({"QIS_IMAGING_DEFAULT_CMYK": "Unheard of"}, "qis.imaging.default_cmyk is 'Unheard of'"),
    ],
)
def test_settings_that_cannot_work(serve: Serve, environ: dict[str, str], said: str) -> None:
    # The first start makes what is missing; a later one takes it for gone.
    assert CliRunner().invoke(main, ["init", "--no-samples"]).exit_code == 0
    ended = serve(**environ)
    assert ended.exit_code in (1, 2)
    assert said in ended.output.splitlines()[-1]
    assert ended.output.splitlines()[-1].startswith("qis: ")


def test_a_port_that_is_taken_is_told_before_anything_is_made(serve: Serve, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        ended = serve("--port", port)
    assert ended.exit_code == 1
    assert not (tmp_path / "data").exists()
    assert f"cannot listen at 127.0.0.1:{port}: Address already in use; stop the other server" in ended.output


def test_an_address_of_another_machine(serve: Serve) -> None:
    ended = serve("--host", "192.0.2.1")
    assert ended.exit_code == 1
    assert "--host must be an address of this machine" in ended.output


def test_a_data_folder_that_is_a_file(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = serve("--data", "file")
    assert ended.exit_code == 1
    assert "it is a file; name another by --data" in ended.output


def test_a_library_that_is_a_file(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = serve("--library", "file")
    assert ended.exit_code == 1
    assert "it is a file; name a folder by --library" in ended.output


def test_a_database_that_is_none(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/qis.db").write_text("what is this?")
    ended = serve()
    assert ended.exit_code == 1
    assert "data/qis.db cannot be used: file is not a database" in ended.output


def test_the_first_start_makes_the_library_without_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(main, ["init", "--no-samples"])
    assert ended.exit_code == 0
    assert list((tmp_path / "library").iterdir()) == []


def test_a_configuration_that_no_server_could_start_with_is_not_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "library").mkdir()
    right = {"qis.library.url": (tmp_path / "library").as_uri(), "qis.server.data": str(tmp_path / "data")}
    wrong = {**right, "qis.web.metrics": "perhaps"}
    first = Configuration(raw=right, here=tmp_path, environ={})
    found = iter([replace(first, raw=wrong), replace(first, raw={**right, "qis.web.metrics": "yes"})])
    current = Current(first, lambda: next(found))
    current.renew()
    assert current.configuration is first
    assert "the configuration is kept as it was" in caplog.text
    current.renew()
    assert current.configuration.raw["qis.web.metrics"] == "yes"
