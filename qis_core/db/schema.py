"""The database's schema: made, brought up to date and checked by alembic's scripts.

Alembic takes 10 MB of memory and is needed at start alone, so functions import it where they use it.
"""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from qis_core.api import QisError

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 0x51495300
"""The key of PostgreSQL's advisory lock while a schema is changed."""


class SchemaState(enum.Enum):
    """How the database's schema stands to this server's."""

    EMPTY = "empty"
    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"
    FOREIGN = "foreign"


class WrongSchema(QisError):
    """The database cannot be used by this version of the server."""

    code = "wrong-schema"


def _scripts_folder() -> Path:
    package = Path(__file__).resolve().parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parents[1] / "alembic"


SCRIPTS = _scripts_folder()
"""Where the migration scripts are: inside the installed package, or beside it in a checkout."""


def is_declared(name: str | None, kind: str, _parents: object) -> bool:
    """Whether the records declare what has this name (alembic's ``include_name``): the index of search is the
    scripts' own."""
    return not (kind == "table" and name is not None and name.startswith("image_search"))


def state(connection: Connection, scripts: Path = SCRIPTS) -> SchemaState:
    """How the schema behind ``connection`` stands."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    found = MigrationContext.configure(connection).get_current_heads()
    directory = ScriptDirectory.from_config(configuration(scripts))
    if set(found) == set(directory.get_heads()):
        return SchemaState.CURRENT
    if not found:
        # Tables without alembic's own belong to somebody else; nothing is added to them.
        return SchemaState.FOREIGN if inspect(connection).get_table_names() else SchemaState.EMPTY
    known = {script.revision for script in directory.walk_revisions()}
    return SchemaState.OLDER if set(found) <= known else SchemaState.NEWER


def check(connection: Connection, scripts: Path = SCRIPTS) -> None:
    """Raises WrongSchema, with what to do, unless the schema is current."""
    match state(connection, scripts):
        case SchemaState.CURRENT:
            return
        case SchemaState.EMPTY:
            raise WrongSchema("the database is empty: run `qis init`")
        case SchemaState.OLDER:
            raise WrongSchema(
                "the database has an older schema than this server needs: make a backup, then run `qis migrate`"
            )
        case SchemaState.NEWER:
            raise WrongSchema(
                "the database has a newer schema than this server knows: "
                "install the version of QIS that it was last used with, or a later one"
            )
        case SchemaState.FOREIGN:
            raise WrongSchema("the database holds tables of something else: give QIS a database of its own")


def upgrade(connection: Connection, scripts: Path = SCRIPTS) -> bool:
    """Brings the schema up to date inside the transaction of ``connection``. Raises WrongSchema.

    Answers False where it was: other nodes may have done it while this one waited for its turn.

    All or nothing: SQLite and PostgreSQL undo changes of tables as they do those of rows.
    """
    from alembic import command  # noqa: PLC0415

    if connection.dialect.name == "postgresql":
        # Nodes that start together have no file in common to lock; the loser finds the work done.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    found = state(connection, scripts)
    if found in (SchemaState.NEWER, SchemaState.FOREIGN):
        check(connection, scripts)
    if found is SchemaState.CURRENT:
        return False
    command.upgrade(configuration(scripts, connection), "heads")
    return True


def configuration(scripts: Path = SCRIPTS, connection: Connection | None = None) -> Config:
    """Alembic's configuration: our scripts, and the connection that they are to work on."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.attributes["connection"] = connection
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    return config
