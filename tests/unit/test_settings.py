"""Settings: texts in, typed values or understandable complaints out."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qis_core.api import Limits, SettingsGroup, setting
from qis_core.settings import (
    CORE_GROUPS,
    CacheSettings,
    ConfigurationError,
    DatabaseSettings,
    ImagingSettings,
    LibrarySettings,
    PluginsSettings,
    PublicSettings,
    ServerSettings,
    fields_of,
    load_settings,
)

HERE = Path("/srv/my site")


def read(raw=None, environ=None, groups=CORE_GROUPS, **others):
    return load_settings(raw or {}, environ or {}, groups, here=HERE, **others)


def complaint(raw=None, environ=None, **others) -> str:
    with pytest.raises(ConfigurationError) as raised:
        read(raw, environ, **others)
    return str(raised.value)


def field_named(key):
    return next(field for group in CORE_GROUPS for field in fields_of(group) if field.key == key)


def test_without_anything_the_defaults_hold():
    settings = read()
    assert settings.of(ServerSettings).host == "127.0.0.1"
    assert settings.of(ImagingSettings).limits == Limits()
    assert settings.of(PublicSettings).level == "view"
    assert settings.of(PluginsSettings).blocked == ()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("QIS_SERVER_PROT", "did you mean QIS_SERVER_PORT?"),
        ("QIS_DATABASE_UR", "did you mean QIS_DATABASE_URL?"),
        ("QIS_ADMIN_PASWORD", "did you mean QIS_ADMIN_PASSWORD?"),
        ("QIS_NOTHING_LIKE_IT", "there is no such setting"),
    ],
)
def test_a_misspelt_variable_is_refused_and_the_nearest_named(name, hint):
    told = complaint(environ={name: "secret"})
    assert name in told
    assert hint in told
    assert "secret" not in told


@pytest.mark.parametrize(
    "name",
    ["QIS_CONFIG", "QIS_ADMIN_PASSWORD", "QIS_POSTGRES_PASSWORD", "QIS_SERVICE_HOST", "QIS_PORT", "QIS_PORT_6900_TCP",
     "QIS_BROKEN_THING_SIZE", "QISX", "qis_server_prot", "PATH"],
)  # fmt: skip
def test_other_variables_are_nobodys_business(name):
    read(environ={name: "x"}, tolerated=["broken-thing"])


def test_relative_places_start_at_the_configurations_folder():
    settings = read({"qis.imaging.icc_folders": "icc /usr/share/color"})
    assert settings.of(ServerSettings).data == HERE / "data"
    assert settings.of(LibrarySettings).url == "file:///srv/my%20site/library"
    assert settings.of(ImagingSettings).icc_folders == (HERE / "icc", Path("/usr/share/color"))


@pytest.mark.parametrize(
    ("sent", "url"),
    [
        ("disk:cache?size=10G", "disk:///srv/my%20site/cache?size=10G"),
        ("disk:/var/cache/qis", "disk:/var/cache/qis"),
        ("disk:///var/cache/qis?size=1G", "disk:///var/cache/qis?size=1G"),
        ("memcached://a:11211,b:11211", "memcached://a:11211,b:11211"),
        ("memory:?size=64M", "memory:?size=64M"),
        ("", ""),
    ],
)
def test_a_url_of_a_place_becomes_absolute_where_it_is_relative(sent, url):
    assert read({"qis.cache.url": sent}).of(CacheSettings).url == url


def test_a_home_folder_is_understood():
    settings = read({"qis.server.data": "~/qis", "qis.library.url": "file:~/pictures"})
    assert settings.of(ServerSettings).data == Path.home() / "qis"
    assert settings.of(LibrarySettings).url == f"file://{Path.home()}/pictures"


def test_the_environment_wins_over_the_file():
    settings = read({"qis.server.port": "1", "qis.server.host": "a"}, {"QIS_SERVER_PORT": "2"})
    assert (settings.of(ServerSettings).port, settings.of(ServerSettings).host) == (2, "a")
    assert settings.origin(field_named("qis.server.port")) == "QIS_SERVER_PORT"
    assert settings.origin(field_named("qis.server.host")) == "file"
    assert settings.origin(field_named("qis.server.threads")) == "default"
    assert settings.value(field_named("qis.server.port")) == 2


@pytest.mark.parametrize("text", ["1", "yes", "TRUE", "on", "t"])
def test_true(text):
    assert read({"qis.plugins.strict": text}).of(PluginsSettings).strict is True


@pytest.mark.parametrize("text", ["0", "no", "False", "off", "n"])
def test_false(text):
    assert read({"qis.plugins.strict": text}).of(PluginsSettings).strict is False


@pytest.mark.parametrize(
    ("text", "value"), [("1048576", 2**20), ("64M", 64 * 2**20), ("2 GiB", 2 * 2**30), ("1g", 2**30), ("10KB", 10240)]
)
def test_bytes_may_be_written_with_a_unit(text, value):
    assert read({"qis.cache.memory_bytes": text}).of(CacheSettings).memory_bytes == value


def test_an_empty_text_is_unset_but_for_texts():
    settings = read({"qis.server.port": " ", "qis.server.public_url": "", "qis.plugins.blocked": ""})
    assert settings.of(ServerSettings).port == 6900
    assert settings.of(ServerSettings).public_url == ""


@pytest.mark.parametrize(
    ("key", "sent", "allowed"),
    [
        ("qis.server.port", "http", "a whole number from 0 to 65535"),
        ("qis.server.port", "70000", "a whole number from 0 to 65535"),
        ("qis.server.port", "1.5", "a whole number"),
        ("qis.server.workers", "0", "from 1 to 256"),
        ("qis.plugins.strict", "maybe", "yes or no"),
        ("qis.public.level", "all", "one of none, view, download"),
        ("qis.cache.lease_seconds", "nan", "a number from 1 to 600"),
        ("qis.cache.lease_seconds", "inf", "a number from 1 to 600"),
        ("qis.cache.memory_bytes", "12X", "a number of bytes (64M is understood) of at least 0"),
        ("qis.server.data", "a\0b", "a path"),
    ],
)
def test_a_bad_value_names_the_key_what_was_sent_and_what_is_allowed(key, sent, allowed):
    text = complaint({key: sent})
    assert key in text
    assert repr(sent) in text
    assert allowed in text


def test_a_bad_value_of_the_environment_names_its_variable():
    assert "qis.server.port (by QIS_SERVER_PORT): 'x' is not" in complaint(environ={"QIS_SERVER_PORT": "x"})


def test_an_unknown_key_is_refused_naming_the_nearest():
    assert complaint({"qis.server.prot": "1"}) == (
        "qis.server.prot: there is no such setting; did you mean qis.server.port?"
    )
    assert complaint({"qis.sever.port": "1"}).endswith("did you mean qis.server.port?")
    assert complaint({"qis.server.zzz": "1"}) == "qis.server.zzz: there is no such setting"
    assert complaint({"qis.fax.dpi": "1"}) == "qis.fax.dpi: there is no such setting; is the plugin fax missing?"


def test_keys_of_others_and_of_tolerated_groups_are_left_alone():
    assert read({"pyramid.reload_templates": "true", "sqlalchemy.url": "x"})
    assert read({"qis.pdf.dpi": "150"}, tolerated=["pdf"])


def test_everything_wrong_is_told_at_once():
    with pytest.raises(ConfigurationError) as raised:
        read({"qis.server.port": "x", "qis.server.prot": "1", "qis.public.level": "x"}, {"QIS_SERVER_THREADS": "x"})
    assert len(raised.value.problems) == 4


def test_a_secret_is_neither_shown_nor_repeated():
    @dataclass(frozen=True)
    class Lock:
        pin: int = setting(0, secret=True, minimum=0, help="?")

    group = SettingsGroup(name="lock", type=Lock)
    assert "12x4" not in complaint({"qis.lock.pin": "12x4"}, groups=[group])
    (pin,) = fields_of(group)
    assert pin.shown(1234) == "(hidden)"
    database = read({"qis.database.url": "postgresql+psycopg://qis:pw@db/qis"})
    assert database.of(DatabaseSettings).url.endswith("pw@db/qis")
    assert field_named("qis.database.url").shown(database.of(DatabaseSettings).url) == "(hidden)"


def test_a_password_within_a_url_is_not_shown():
    assert field_named("qis.library.url").shown("s3://key:sesame@host/bucket") == "s3://key:…@host/bucket"


def test_values_are_shown_as_they_are_written():
    assert field_named("qis.plugins.strict").shown(True) == "yes"
    assert field_named("qis.plugins.blocked").shown(("a", "b")) == "a b"


@pytest.mark.parametrize("field", [field for group in CORE_GROUPS for field in fields_of(group)], ids=lambda f: f.key)
def test_a_values_text_is_read_as_the_same_value(field):
    value = field.default_value(HERE)
    assert field.text(value) == "" or field.read(field.text(value), HERE) == value


def test_the_name_in_the_environment():
    assert field_named("qis.cache.memory_bytes").variable == "QIS_CACHE_MEMORY_BYTES"


@given(st.integers(min_value=0, max_value=65535))
def test_whole_numbers_come_back(number):
    assert read({"qis.server.port": str(number)}).of(ServerSettings).port == number


@given(st.text(max_size=200))
@example("~0")
def test_any_text_is_a_value_or_a_complaint(text):
    for key in ("qis.server.port", "qis.cache.lease_seconds", "qis.server.data", "qis.library.url"):
        # Anything but a ConfigurationError would fail the test.
        with contextlib.suppress(ConfigurationError):
            read({key: text})
