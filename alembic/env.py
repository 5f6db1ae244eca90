"""How alembic reaches the records; run by it, never imported.

QIS gives it a connection inside a transaction (`qis_core.db.schema`). A developer who calls the
``alembic`` command gives the URL: ``alembic -x url=sqlite:///data/qis.db revision --autogenerate``.
"""

from alembic import context
from sqlalchemy import Connection

from qis_core.db.engine import open_database
from qis_core.db.records import Base
from qis_core.db.schema import is_declared


def run(connection: Connection) -> None:
    """Runs the scripts that alembic has chosen."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transactional_ddl=True,
        compare_type=True,
        include_name=is_declared,
        # SQLite cannot alter a table in place; alembic then copies it.
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.get_x_argument(as_dictionary=True).get("url", "sqlite:///data/qis.db")
    with open_database(url).begin() as opened:
        run(opened)
