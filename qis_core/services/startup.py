"""The first start: everything that a new server needs, made once, whole, and by one process.

The database comes last, in one transaction: where it is there, everything is. Whoever starts
meanwhile waits, and finds the work done; a start that was cut off leaves nothing but a lock file
and is simply begun again.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError

from qis_core.api import Level, PasswordAuthenticator, QisError, Right, Unavailable
from qis_core.db import schema
from qis_core.db.engine import WRITES, open_database, sqlite_url
from qis_core.db.folders import ROOT_ID, FolderPermission, FolderRecord, folder_key
from qis_core.db.users import Group, GroupRights, GroupType, SystemGroup
from qis_core.db.versions import RecordSession
from qis_core.domain.permissions import ROOT_LEVELS
from qis_core.domain.templates import STOCK
from qis_core.plugins import Kernel
from qis_core.services.accounts import Accounts
from qis_core.services.templates import as_record, set_default
from qis_core.settings import DatabaseSettings, LibrarySettings, PublicSettings, ServerSettings

ADMINISTRATOR = "admin"
"""The name of the first administrator."""

PASSWORD_VARIABLE = "QIS_ADMIN_PASSWORD"
"""Names the first administrator's password in the environment, for starts that nobody watches."""

_DRAWING = ".samples-being-drawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What a start found or made.

    ``first`` is true for the start that made the database. ``password`` is the first
    administrator's where it was made up, to be told once: only its hash is kept. ``library`` is
    the folder of the originals, None where they are not on this machine.
    """

    data: Path
    library: Path | None
    first: bool = False
    password: str = ""
    samples: bool = False


def prepare(
    kernel: Kernel,
    *,
    environ: Mapping[str, str] = os.environ,
    samples: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> Preparation:
    """Makes what is missing. Raises Unavailable, and WrongSchema where the database is not this version's.

    ``samples`` draws pictures into an empty library on the first start; ``progress`` is then told
    each picture's name, how many are done and how many there are.
    """
    data = make_data_folder(kernel.settings.of(ServerSettings).data)
    library = library_folder(kernel)
    with _alone(data):
        make_secret(data)
        engine = open_database(database_url(kernel))
        try:
            with _transaction(engine) as connection:
                if schema.state(connection) is not schema.SchemaState.EMPTY:
                    schema.check(connection)
                    _require_root(connection)
                    return Preparation(data=data, library=library)
            drawn = False
            with _transaction(engine.execution_options(**{WRITES: True})) as connection:
                # A file lock is this machine's alone; where nodes share a database, another may have been first.
                if not schema.upgrade(connection):
                    return Preparation(data=data, library=library)
                password = _fill(connection, kernel, environ)
                # Within the transaction: nodes that start together on one new library wait until it is filled.
                if library is not None:
                    _make_library(library)
                    drawn = samples and _draw_samples(library, progress)
            return Preparation(data=data, library=library, first=True, password=password, samples=drawn)
        finally:
            engine.dispose()


def migrate(kernel: Kernel) -> bool:
    """Brings the database's schema up to date; False where it was. Raises WrongSchema, Unavailable."""
    data = make_data_folder(kernel.settings.of(ServerSettings).data)
    with _alone(data):
        engine = open_database(database_url(kernel))
        try:
            with _transaction(engine.execution_options(**{WRITES: True})) as connection:
                is_older = schema.state(connection) is schema.SchemaState.OLDER
                if is_older:
                    schema.upgrade(connection)
                schema.check(connection)
                with _session(connection) as session:
                    is_made = make_root(session, public=public_level(kernel))
                return is_older or is_made
        finally:
            engine.dispose()


@contextlib.contextmanager
def open_records(kernel: Kernel) -> Iterator[RecordSession]:
    """A session that writes, committed at the end, for a command. Raises WrongSchema, Unavailable."""
    engine = open_database(database_url(kernel))
    try:
        with _transaction(engine.execution_options(**{WRITES: True})) as connection:
            schema.check(connection)
            with _session(connection) as session:
                yield session
    finally:
        engine.dispose()


def password_keepers(kernel: Kernel) -> Sequence[PasswordAuthenticator]:
    """The authenticators that check passwords, in the order in which they are asked."""
    found = kernel.registries.authenticators.unique
    return [authenticator for authenticator in found if isinstance(authenticator, PasswordAuthenticator)]


def database_url(kernel: Kernel) -> str:
    """The URL of the records: the setting, or SQLite in the data folder."""
    return kernel.settings.of(DatabaseSettings).url or sqlite_url(kernel.settings.of(ServerSettings).data / "qis.db")


def library_folder(kernel: Kernel) -> Path | None:
    """The originals' folder, where they are files of this machine."""
    parts = urlsplit(kernel.settings.of(LibrarySettings).url)
    return Path(unquote(parts.path)) if parts.scheme == "file" and parts.path else None


def read_secret(kernel: Kernel) -> str:
    """What signs tokens and sessions: the setting, or what the first start made. Raises Unavailable."""
    server = kernel.settings.of(ServerSettings)
    if server.secret:
        return server.secret
    try:
        return (server.data / "secret").read_text(encoding="ascii").strip()
    except OSError as error:
        raise Unavailable(f"the secret {server.data / 'secret'} cannot be read: {error.strerror}") from error


def make_data_folder(data: Path) -> Path:
    """The data folder, for its owner alone. Raises Unavailable."""
    try:
        if not data.is_dir():
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(data, os.W_OK | os.X_OK):
            raise PermissionError(0, "no permission to write there")
    except FileExistsError as error:
        raise Unavailable(f"the data folder {data} cannot be used: it is a file; name another by --data") from error
    except OSError as error:
        raise Unavailable(
            f"the data folder {data} cannot be used: {error.strerror}; let this user write there, or name another "
            "by --data"
        ) from error
    return data


def make_secret(data: Path) -> None:
    """A random secret, unless there is one. Raises Unavailable."""
    path = data / "secret"
    if path.exists():
        return
    # Written beside and renamed: a start that is cut off never leaves half a secret.
    draft = data / "secret.new"
    try:
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
        draft.rename(path)
    except OSError as error:
        raise Unavailable(f"the data folder {data} cannot be written: {error.strerror}") from error


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[None]:
    with (data / "start.lock").open("w") as file:
        # The lock ends with the process, however that ends.
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except (DataError, IntegrityError, ProgrammingError):
        raise
    except DatabaseError as error:
        place = engine.url.render_as_string(hide_password=True)
        raise Unavailable(f"the database {place} cannot be used: {' '.join(str(error.orig).split())}") from error


@contextlib.contextmanager
def _session(connection: Connection) -> Iterator[RecordSession]:
    """A session within the transaction of ``connection``."""
    with RecordSession(connection, join_transaction_mode="create_savepoint") as session:
        yield session
        session.commit()


def public_level(kernel: Kernel) -> Level:
    """What the settings give the public at the library's root, when that is made."""
    return _PUBLIC_LEVELS[kernel.settings.of(PublicSettings).level]


def make_root(session: RecordSession, *, public: Level) -> bool:
    """The library's root, its permissions, and the rights of the system's groups; False where they are there.

    A root that has no permissions in the database gives nobody anything, so that this can be made
    up for at any time.
    """
    if session.get(FolderRecord, ROOT_ID) is not None:
        return False
    root = FolderRecord(name="/", key=folder_key("/"))
    session.add(root)
    session.flush()
    assert root.id == ROOT_ID
    for group, level in {**ROOT_LEVELS, SystemGroup.PUBLIC: public}.items():
        session.add(FolderPermission(folder_id=ROOT_ID, group_id=group, access=level))
    everything = {right.value: True for right in Right}
    for group in SystemGroup:
        rights = everything if group is SystemGroup.ADMINISTRATORS else {}
        session.add(GroupRights(group_id=group, **rights))
    session.flush()
    return True


def _require_root(connection: Connection) -> None:
    # Only a schema that was brought up to date past `qis migrate` has none; nobody would be let in.
    if connection.scalar(select(FolderRecord.id).where(FolderRecord.id == ROOT_ID)) is None:
        raise schema.WrongSchema("the database has no permissions for the library: run `qis migrate`")


def _fill(connection: Connection, kernel: Kernel, environ: Mapping[str, str]) -> str:
    """The records that are always there; answers the password that was made up, or ''."""
    given = environ.get(PASSWORD_VARIABLE, "")
    password = given or secrets.token_urlsafe(12)
    with _session(connection) as session:
        for number, name in _SYSTEM_GROUPS.items():
            # The ids come by themselves in an empty table; PostgreSQL would not count those that are given.
            group = Group(name=name, group_type=GroupType.SYSTEM)
            session.add(group)
            session.flush()
            assert group.id == number
        for template in STOCK:
            session.add(as_record(template, _DESCRIPTIONS.get(template.name, "")))
        set_default(session, STOCK[0].name)
        make_root(session, public=public_level(kernel))
        try:
            Accounts(session, password_keepers(kernel)).add(ADMINISTRATOR, password, administrator=True, allow_api=True)
        except QisError as error:
            raise Unavailable(f"the first administrator cannot be made ({PASSWORD_VARIABLE}): {error}") from error
    return "" if given else password


_SYSTEM_GROUPS: Mapping[SystemGroup, str] = {
    SystemGroup.PUBLIC: "Public",
    SystemGroup.NORMAL_USERS: "Normal users",
    SystemGroup.ADMINISTRATORS: "Administrators",
}

_PUBLIC_LEVELS: Mapping[str, Level] = {"none": Level.NONE, "view": Level.VIEW, "download": Level.DOWNLOAD}

_DESCRIPTIONS: Mapping[str, str] = {
    "Default": "What applies to every image whose URL names no template",
    "SmallJpeg": "A thumbnail of at most 200 by 200 pixels",
    "Precache": "A reduced picture, made ahead for others to be made from",
}


def _make_library(library: Path) -> None:
    """Makes the library's folder for a first start; later ones take a missing one for a disk that is away."""
    try:
        library.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise Unavailable(f"the library {library} cannot be used: it is a file; name a folder by --library") from error
    except OSError as error:
        raise Unavailable(f"the library {library} cannot be made: {error.strerror}") from error


def _draw_samples(library: Path, progress: Callable[[str, int, int], None] | None) -> bool:
    """Draws pictures into an empty library; answers whether it was."""
    try:
        draft = library / _DRAWING
        # Only a start that was cut off leaves this: the library counts as empty all the same.
        shutil.rmtree(draft, ignore_errors=True)
        if any(library.iterdir()):
            return False
        draft.mkdir()
        # Imported here: it is needed once in a server's life.
        from qis_core.samples import draw_samples  # noqa: PLC0415

        draw_samples(draft, progress)
        for path in sorted(draft.iterdir()):
            path.rename(library / path.name)
        draft.rmdir()
    except OSError as error:
        raise Unavailable(f"the library {library} cannot be used: {error.strerror}") from error
    return True
