"""Records in a database of their own for each test, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from qis_core.api import Level, PasswordAuthenticator
from qis_core.builtin.passwords.authenticator import Argon2Authenticator, PasswordSettings
from qis_core.db import schema
from qis_core.db.engine import Sessions, make_sessions, open_database
from qis_core.db.users import Group, GroupType
from qis_core.db.versions import Changes
from qis_core.services.accounts import Accounts
from qis_core.services.actors import OPERATOR, Actor
from qis_core.services.groups import Groups
from qis_core.services.startup import make_root


@pytest.fixture
def changes() -> Changes:
    """Hears of what the sessions commit."""
    return Changes()


@pytest.fixture
def sessions(database_url: str, changes: Changes) -> Iterator[Sessions]:
    """Sessions on a database with the system's groups, their permissions and rights, and nothing else."""
    engine = open_database(database_url)
    made = make_sessions(engine, changes)
    with made.begin() as session:
        schema.upgrade(session.connection())
        for name in ("Public", "Normal users", "Administrators"):
            session.add(Group(name=name, group_type=GroupType.SYSTEM))
            session.flush()
        make_root(session, public=Level.VIEW)
    yield made
    engine.dispose()


@pytest.fixture
def keepers() -> list[PasswordAuthenticator]:
    """The authenticator of the box, made quick."""
    return [Argon2Authenticator(PasswordSettings(memory_kib=1024, rounds=1))]


@pytest.fixture
def someone(sessions: Sessions, keepers: list[PasswordAuthenticator]) -> Callable[..., Actor]:
    """Makes a user, and puts them into a group with rights where some are named: ``someone("ann", "admin_users")``."""

    def make(name: str, *rights: str) -> Actor:
        with sessions.begin() as session:
            user = Accounts(session, keepers).add(name, "long enough", allow_api=True)
            if rights:
                group = Groups(session, OPERATOR).add(f"{name}'s group")
                Groups(session, OPERATOR).set_rights(group.id, dict.fromkeys(rights, True))
                user.groups.append(group)
                session.flush()
            return Actor(identity=Accounts(session).identity(user), address="203.0.113.9")

    return make
