"""The first start makes everything once, whole, and by one process."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys

import pytest
from alembic import command
from sqlalchemy import text

from qis_core.api import Unavailable
from qis_core.db import schema
from qis_core.db.engine import WRITES, open_database
from qis_core.db.schema import WrongSchema
from qis_core.plugins import load
from qis_core.services.startup import database_url, migrate, prepare, read_secret

QUICK = {"qis.passwords.memory_kib": "1024", "qis.passwords.rounds": "1"}


@pytest.fixture
def start(tmp_path):
    def make(**settings):
        raw = {"qis.server.data": "data", "qis.library.url": "file:library", **QUICK, **settings}
        return load(raw, environ={}, here=tmp_path)

    return make


def query(path, sql):
    with sqlite3.connect(path / "data/qis.db") as connection:
        return connection.execute(sql).fetchall()


def test_a_first_start_makes_everything(start, tmp_path):
    kernel = start()
    made = prepare(kernel, environ={}, samples=False)
    assert made.first
    assert len(made.password) >= 16
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "data/secret").stat().st_mode & 0o777 == 0o600
    assert len(read_secret(kernel)) >= 48
    assert query(tmp_path, "SELECT username, allow_api, status FROM users") == [("admin", 1, 1)]
    assert query(tmp_path, "SELECT id, name FROM groups ORDER BY id") == [
        (1, "Public"), (2, "Normal users"), (3, "Administrators"),
    ]  # fmt: skip
    assert query(tmp_path, "SELECT name FROM templates ORDER BY id") == [("Default",), ("SmallJpeg",), ("Precache",)]
    assert query(tmp_path, "SELECT value FROM properties WHERE name = 'pubimage_default_template'") == [("Default",)]


def test_the_password_is_not_kept_anywhere(start, tmp_path):
    password = prepare(start(), environ={}, samples=False).password
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir() if path.is_file())
    assert password.encode() not in kept


def test_later_starts_change_nothing(start, tmp_path):
    prepare(start(), environ={}, samples=False)
    secret = (tmp_path / "data/secret").read_text()
    again = prepare(start(), environ={}, samples=True)
    assert (again.first, again.password, again.samples) == (False, "", False)
    assert (tmp_path / "data/secret").read_text() == secret
    assert list((tmp_path / "library").iterdir()) == []


def test_a_password_that_is_given_is_not_told(start):
    assert prepare(start(), environ={"QIS_ADMIN_PASSWORD": "a given one"}, samples=False).password == ""


def test_a_given_password_that_cannot_be_used_leaves_no_database(start, tmp_path):
    with pytest.raises(Unavailable, match="QIS_ADMIN_PASSWORD"):
        prepare(start(), environ={"QIS_ADMIN_PASSWORD": "short"}, samples=False)
    assert query(tmp_path, "SELECT name FROM sqlite_master WHERE type = 'table'") == []
    assert prepare(start(), environ={}, samples=False).first


def test_samples_are_drawn_into_an_empty_library_alone(start, tmp_path):
    (tmp_path / "library").mkdir()
    (tmp_path / "library/mine.jpg").write_bytes(b"mine")
    assert not prepare(start(), environ={}).samples
    assert [path.name for path in (tmp_path / "library").iterdir()] == ["mine.jpg"]


@pytest.mark.slow
def test_what_a_start_that_was_cut_off_has_drawn_is_drawn_again(start, tmp_path):
    draft = tmp_path / "library/.samples-being-drawn"
    draft.mkdir(parents=True)
    (draft / "half.jpg").write_bytes(b"half")
    assert prepare(start(), environ={}).samples
    names = [path.name for path in (tmp_path / "library").iterdir()]
    assert names
    assert not any(name.startswith(".") for name in names)
    assert not list((tmp_path / "library").rglob("half.jpg"))


def test_processes_that_start_together_make_one_site(tmp_path):
    code = (
        "from qis_core.plugins import load; from qis_core.services.startup import prepare\n"
        f"raw = {{'qis.server.data': 'data', 'qis.library.url': 'file:library', **{QUICK!r}}}\n"
        "made = prepare(load(raw, environ={}), environ={}, samples=False)\n"
        "print(made.first, bool(made.password))"
    )
    environ = {key: value for key, value in os.environ.items() if not key.startswith("QIS_")}
    processes = [
        subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=environ, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    told = sorted(process.communicate(timeout=120)[0].strip() for process in processes)
    assert told == ["False False", "False False", "True True"]
    assert query(tmp_path, "SELECT count(*) FROM users") == [(1,)]


def test_a_database_of_another_version_stops_the_start_and_stays_as_it_is(start, tmp_path):
    prepare(start(), environ={}, samples=False)
    with sqlite3.connect(tmp_path / "data/qis.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for act in (lambda: prepare(start(), environ={}), lambda: migrate(start())):
        with pytest.raises(WrongSchema, match="newer schema"):
            act()
    assert query(tmp_path, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_migrating_a_current_database_does_nothing(start):
    prepare(start(), environ={}, samples=False)
    assert migrate(start()) is False


def test_a_data_folder_that_cannot_be_used_is_named(start, tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(Unavailable, match="data folder"):
        prepare(start(), environ={}, samples=False)


def test_a_database_that_does_not_answer_is_told_without_its_password(start, tmp_path):
    kernel = start(**{"qis.database.url": f"sqlite:///{tmp_path}/no/such/folder/qis.db"})
    with pytest.raises(Unavailable, match="database"):
        prepare(kernel, environ={}, samples=False)


ROOT = "SELECT group_id, access FROM folder_permissions WHERE folder_id = 1 ORDER BY group_id"


@pytest.mark.parametrize(("level", "access"), [("none", 0), ("view", 10), ("download", 20)])
def test_a_first_start_gives_the_public_what_the_setting_says(start, tmp_path, level, access):
    prepare(start(**{"qis.public.level": level}), environ={}, samples=False)
    assert query(tmp_path, ROOT) == [(1, access), (2, 10), (3, 70)]
    assert query(tmp_path, "SELECT id, name, parent_id, status FROM folders") == [(1, "/", None, 1)]
    assert query(tmp_path, "SELECT group_id FROM system_permissions WHERE admin_all ORDER BY 1") == [(3,)]


def test_afterwards_the_setting_counts_no_more(start, tmp_path):
    prepare(start(**{"qis.public.level": "none"}), environ={}, samples=False)
    prepare(start(**{"qis.public.level": "download"}), environ={}, samples=False)
    assert query(tmp_path, ROOT) == [(1, 0), (2, 10), (3, 70)]


def test_a_database_without_permissions_gets_them_with_the_upgrade(start, tmp_path):
    kernel = start(**{"qis.public.level": "none"})
    prepare(kernel, environ={}, samples=False)
    engine = open_database(database_url(kernel)).execution_options(**{WRITES: True})
    with engine.begin() as connection:
        command.downgrade(schema.configuration(connection=connection), "0001")
    engine.dispose()
    with pytest.raises(WrongSchema, match="qis migrate"):
        prepare(start(), environ={}, samples=False)
    assert migrate(kernel) is True
    assert query(tmp_path, ROOT) == [(1, 0), (2, 10), (3, 70)]
    assert query(tmp_path, "SELECT username FROM users") == [("admin",)]
    assert migrate(kernel) is False


@pytest.mark.services
def test_a_first_start_on_postgresql(start, postgres):
    url = postgres.make_database()
    kernel = start(**{"qis.database.url": url})
    assert prepare(kernel, environ={}, samples=False).first
    assert not prepare(kernel, environ={}, samples=False).first
    engine = open_database(url)
    with engine.begin() as connection:
        assert connection.execute(text(ROOT)).all() == [(1, 10), (2, 10), (3, 70)]
    engine.dispose()
