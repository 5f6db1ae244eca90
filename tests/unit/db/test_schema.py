"""The schema is made, checked and brought up to date, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Engine, ForeignKeyConstraint, UniqueConstraint, inspect, text

from qis_core.db import schema
from qis_core.db.engine import WRITES, open_database
from qis_core.db.records import Base


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url).execution_options(**{WRITES: True})
    yield engine
    engine.dispose()


def test_an_empty_database_is_told_from_others(engine: Engine) -> None:
    with engine.begin() as connection:
        assert schema.state(connection) is schema.SchemaState.EMPTY
        with pytest.raises(schema.WrongSchema, match="qis init"):
            schema.check(connection)


def test_the_scripts_make_what_the_records_declare(engine: Engine) -> None:
    with engine.begin() as connection:
        schema.upgrade(connection)
        schema.check(connection)
        context = MigrationContext.configure(connection, opts={"include_name": schema.is_declared})
        assert compare_metadata(context, Base.metadata) == []


def test_every_constraint_is_named_by_the_convention(engine: Engine) -> None:
    with engine.begin() as connection:
        schema.upgrade(connection)
        found = inspect(connection)
        tables = {name for name in found.get_table_names() if schema.is_declared(name, "table", {})}
        for table in tables - {"alembic_version"}:
            declared = Base.metadata.tables[table]
            # SQLite gives no name to a key that counts up by itself.
            assert found.get_pk_constraint(table)["name"] in (f"pk_{table}", None)
            for kind, constraint in (
                ("unique", UniqueConstraint),
                ("foreign", ForeignKeyConstraint),
                ("check", CheckConstraint),
            ):
                read = {
                    "unique": found.get_unique_constraints,
                    "foreign": found.get_foreign_keys,
                    "check": found.get_check_constraints,
                }[kind]
                names = {each.name for each in declared.constraints if type(each) is constraint}
                assert {each["name"] for each in read(table)} == names, table


def upgrade_and_fail(engine: Engine) -> None:
    with engine.begin() as connection:
        schema.upgrade(connection)
        raise RuntimeError("the power is cut")


def test_a_failure_leaves_nothing_behind(engine: Engine) -> None:
    with pytest.raises(RuntimeError, match="power"):
        upgrade_and_fail(engine)
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == []


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    for changes in (True, False):
        with engine.begin() as connection:
            assert schema.upgrade(connection) is changes
            schema.check(connection)


def test_a_newer_schema_is_refused_and_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        schema.upgrade(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with engine.begin() as connection:
        with pytest.raises(schema.WrongSchema, match="newer schema"):
            schema.check(connection)
        with pytest.raises(schema.WrongSchema, match="newer schema"):
            schema.upgrade(connection)


def test_an_older_schema_is_told_and_brought_up_to_date(engine: Engine, tmp_path: Path) -> None:
    later = tmp_path / "later"
    shutil.copytree(schema.SCRIPTS, later)
    (later / "versions/9999_later.py").write_text(
        "from alembic import op\n"
        f"revision, down_revision = '9999', {ScriptDirectory(schema.SCRIPTS).get_current_head()!r}\n"
        "def upgrade():\n    op.execute('CREATE TABLE later (id INTEGER)')\n"
    )
    with engine.begin() as connection:
        schema.upgrade(connection)
    with engine.begin() as connection, pytest.raises(schema.WrongSchema, match=r"older schema.*qis migrate"):
        schema.check(connection, later)
    with engine.begin() as connection:
        schema.upgrade(connection, later)
        schema.check(connection, later)


def test_somebody_elses_tables_are_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
        with pytest.raises(schema.WrongSchema, match="something else"):
            schema.upgrade(connection)
        assert inspect(connection).get_table_names() == ["theirs"]


def test_all_can_be_taken_back(engine: Engine) -> None:
    from alembic import command

    with engine.begin() as connection:
        schema.upgrade(connection)
        config = schema.configuration(connection=connection)
        command.downgrade(config, "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
