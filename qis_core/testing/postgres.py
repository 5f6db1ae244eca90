"""A PostgreSQL server of the tests' own, of the system's programs, in a folder that is gone afterwards."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

START_SECONDS = 30
PACKAGE = "the package postgresql of Debian"


@dataclass(frozen=True)
class Postgres:
    """A running server, reached by a socket in ``folder`` alone."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list, repr=False)

    def url(self, database: str) -> str:
        """The URL of a database for `qis.database.url`."""
        return f"postgresql+psycopg://qis@/{database}?host={self.folder}"

    def make_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"qis{next(self._numbers)}"
        self._run(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Removes a database with everything in it; whoever is connected is cut off."""
        name = url.partition("@/")[2].partition("?")[0]
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def start(self) -> None:
        """Starts it, with what was in it before, and waits until it answers."""
        # Safe to lose: nothing is flushed to the disk. Reached by the socket only, in a folder of the account's own.
        options = ["-c", "listen_addresses=", "-k", self.folder, "-c", "fsync=off", "-c", "max_connections=200"]
        process = subprocess.Popen(
            [str(part) for part in (_programs() / "postgres", "-D", self.folder / "data", *options)],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **_identity(_account()),
        )
        self._processes.append(process)
        _await(self, process)

    def end(self, by: signal.Signals = signal.SIGKILL) -> None:
        """Ends it, as a crash does unless told otherwise; `start` starts it again."""
        while self._processes:
            process = self._processes.pop()
            process.send_signal(by)
            process.wait(30)

    def _run(self, statement: str) -> None:
        import psycopg
        from psycopg.sql import SQL

        with psycopg.connect(f"host={self.folder} user=qis dbname=postgres", autocommit=True) as connection:
            connection.execute(SQL(statement))


@contextlib.contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Starts a server and ends it. Raises FileNotFoundError, saying what is missing."""
    programs = _programs()
    # Neither in the tests' own folders, which are theirs alone, nor with a long name: a socket's path is short.
    folder = Path(tempfile.mkdtemp(prefix="qis-pg-"))
    account = _account()
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    server = Postgres(folder)
    try:
        _as(account, [programs / "initdb", "-D", folder / "data", "-U", "qis", "-A", "trust", "-E", "UTF8",
                      "--locale=C.UTF-8", "--no-sync"], folder).check_returncode()  # fmt: skip
        server.start()
        yield server
    finally:
        # Ends PostgreSQL at once, whoever is still connected; nothing in it is needed any more.
        server.end(signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for the run; tests that need it are skipped where there is none."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        pytest.skip("PostgreSQL's driver is missing: pip install qis-core[postgres]")
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(running_postgres())
        except FileNotFoundError as error:
            pytest.skip(str(error))
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database; the test runs once with SQLite and once with PostgreSQL."""
    if request.param == "sqlite":
        from qis_core.db.engine import sqlite_url

        yield sqlite_url(tmp_path / "qis.db")
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.make_database()
        yield url
        server.drop_database(url)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    if initdb is None:
        raise FileNotFoundError(f"PostgreSQL is not installed: {PACKAGE}")
    return Path(initdb).resolve().parent


def _account() -> pwd.struct_passwd | None:
    """Whom the server has to run as: PostgreSQL refuses to run as root. None: as we do."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError as error:
        raise FileNotFoundError(f"there is no account postgres, which PostgreSQL runs as: {PACKAGE}") from error


def _identity(account: pwd.struct_passwd | None) -> dict[str, Any]:
    return {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _as(account: pwd.struct_passwd | None, command: list[object], cwd: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, check=False, **_identity(account))


def _await(server: Postgres, process: subprocess.Popen[bytes]) -> None:
    import psycopg

    until = time.monotonic() + START_SECONDS
    while True:
        try:
            server._run("SELECT 1")
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
