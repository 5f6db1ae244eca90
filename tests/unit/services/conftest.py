"""Records in a database of their own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import sessionmaker

from qis_core.api import PasswordAuthenticator
from qis_core.builtin.passwords.authenticator import Argon2Authenticator, PasswordSettings
from qis_core.db import schema
from qis_core.db.engine import Sessions, make_sessions, open_database, sqlite_url
from qis_core.db.users import Group, GroupType


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    """Sessions on a database with the system's groups and nothing else."""
    engine = open_database(sqlite_url(tmp_path / "qis.db"))
    made: sessionmaker = make_sessions(engine)
    with made.begin() as session:
        schema.upgrade(session.connection())
        for name in ("Public", "Normal users", "Administrators"):
            session.add(Group(name=name, group_type=GroupType.SYSTEM))
            session.flush()
    yield made
    engine.dispose()


@pytest.fixture
def keepers() -> list[PasswordAuthenticator]:
    """The authenticator of the box, made quick."""
    return [Argon2Authenticator(PasswordSettings(memory_kib=1024, rounds=1))]
