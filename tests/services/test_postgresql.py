"""The records in PostgreSQL: nodes that start together share one database, and one library."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from qis_core.commands.serve import free_port
from qis_core.plugins import Kernel, load
from qis_core.services.accounts import Accounts
from qis_core.services.logins import Logins
from qis_core.services.startup import database_url, migrate, open_records, password_keepers, prepare
from qis_core.testing.postgres import Postgres

pytestmark = pytest.mark.services

START = (
    "import sys; from qis_core.plugins import load; from qis_core.services.startup import prepare\n"
    "raw = {'qis.server.data': sys.argv[1], 'qis.database.url': sys.argv[2]}\n"
    "print(prepare(load(raw, environ={}), environ={}, samples=False).first)"
)


def binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An empty database of a server of its own."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install qis-core[postgres]")
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    # PostgreSQL refuses to run as root, and pytest's folders are closed to others.
    become = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="qis-postgresql-") as folder:
        if become:
            shutil.chown(folder, "postgres")
        port = free_port("127.0.0.1")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder}"

        def run(name: str, *arguments: str) -> None:
            subprocess.run([*become, programs / name, *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/")

        run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "qis")
        run("pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "qis", "qis")
            yield f"postgresql+psycopg://qis@127.0.0.1:{port}/qis"
        finally:
            run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def firsts(url: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What three nodes said that started together on the empty database."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", START, str(tmp_path_factory.mktemp("node")), url], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    return sorted(process.communicate(timeout=120)[0].strip() for process in processes)


@pytest.mark.slow
def test_one_of_them_fills_the_library(postgres: Postgres, tmp_path: Path) -> None:
    raw = "{'qis.server.data': sys.argv[1], 'qis.database.url': sys.argv[2], 'qis.library.url': 'file:library'}"
    code = (
        "import sys; from qis_core.plugins import load; from qis_core.services.startup import prepare\n"
        f"made = prepare(load({raw}, environ={{}}), environ={{}})\n"
        "print(made.first, made.samples)"
    )
    database = postgres.make_database()
    processes = [
        subprocess.Popen([sys.executable, "-c", code, name, database], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    told = sorted(process.communicate(timeout=240)[0].strip() for process in processes)
    postgres.drop_database(database)
    assert told == ["False False", "True True"]
    assert len(list((tmp_path / "library").iterdir())) > 5


@pytest.fixture
def kernel(url: str, firsts: list[str], tmp_path: Path) -> Kernel:
    return load({"qis.server.data": str(tmp_path / "data"), "qis.database.url": url}, environ={})


def test_one_of_them_made_the_site(firsts: list[str]) -> None:
    assert firsts == ["False", "False", "True"]


def test_another_node_finds_it_made(kernel: Kernel) -> None:
    assert not prepare(kernel, environ={}, samples=False).first
    assert migrate(kernel) is False


def test_accounts_are_added_and_log_in(kernel: Kernel) -> None:
    from qis_core.db.engine import make_sessions, open_database

    keepers = password_keepers(kernel)
    with open_records(kernel) as session:
        Accounts(session, keepers).add("Ann", "ann's password", administrator=True)
    engine = open_database(database_url(kernel))
    logins = Logins(
        sessions=make_sessions(engine), authenticators=keepers, notify=lambda event: None, at_once=1, delay=0
    )
    assert logins.login("ann", "ann's password", client="here").identity.groups == {"Normal users", "Administrators"}
    engine.dispose()
