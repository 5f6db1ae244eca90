"""Opens the database and hands out sessions.

SQLite runs in WAL mode, where readers and the one writer do not wait for each other; a second
writer waits at most `BUSY_SECONDS`.
"""

from __future__ import annotations

from sqlite3 import Connection as SQLiteConnection
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker

from qis_core.api import Unavailable
from qis_core.db.versions import Changes, RecordSession

# SQLite serves those who wait in no order, and a machine under load may hold one up who has the lock.
BUSY_SECONDS = 30
CONNECT_SECONDS = 5

WRITES = "qis_writes"
"""Execution option of a connection that is going to write."""

Sessions = sessionmaker[Session]
"""Makes sessions; ``with sessions.begin() as session`` is one transaction."""


def open_database(url: str) -> Engine:
    """An engine for ``url`` (``sqlite:////srv/qis/qis.db``, ``postgresql+psycopg://…``).

    Raises Unavailable where the URL or its driver is not usable; nothing is connected yet.
    """
    try:
        parsed = make_url(url)
        engine = create_engine(
            parsed,
            pool_pre_ping=parsed.get_backend_name() != "sqlite",
            pool_recycle=1800,
            connect_args=_connect_arguments(parsed),
        )
    except ModuleNotFoundError as error:
        hint = "; pip install 'qis-core[postgres]'" if error.name == "psycopg" else ""
        raise Unavailable(f"the database {_shown(url)} cannot be used: {error}{hint}") from error
    except (ImportError, ValueError) as error:
        raise Unavailable(f"the database {_shown(url)} cannot be used: {error}") from error
    except Exception as error:  # SQLAlchemy's own errors of parsing have no common base of use here.
        raise Unavailable(f"the database {_shown(url)} cannot be used: {type(error).__name__}: {error}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def make_sessions(engine: Engine, changes: Changes | None = None) -> Sessions:
    """Sessions that write: see `for_reading` where nothing will be written.

    ``changes`` hears of each transaction that has changed what this process keeps in memory.
    """
    info = {} if changes is None else {"changes": changes}
    return sessionmaker(
        engine.execution_options(**{WRITES: True}), class_=RecordSession, expire_on_commit=False, info=info
    )


def for_reading(engine: Engine) -> Sessions:
    """Sessions that only read, and so never wait for a writer."""
    return sessionmaker(engine, expire_on_commit=False, autoflush=False)


def _connect_arguments(url: URL) -> dict[str, Any]:
    # The driver itself would wait for a database that is gone as long as the operating system does: minutes.
    is_psycopg = url.get_driver_name() == "psycopg" and "connect_timeout" not in url.query
    return {"connect_timeout": CONNECT_SECONDS} if is_psycopg else {}


def _shown(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except Exception:
        return "URL"


def sqlite_url(path: object) -> str:
    """The URL of the SQLite file ``path``."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def _prepare_sqlite(connection: SQLiteConnection, _record: Any) -> None:
    # The driver would begin transactions by itself, and too late to cover DDL; `_begin_sqlite` does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when somebody wrote in between, whatever the
    # busy time-out; a writing one therefore takes the write lock at its start, and waits for it there.
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
