"""The configuration files that come along are alike, complete and accepted."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from qis_core.configuration import read_configuration
from qis_core.plugins import builtin_candidates, load

ROOT = Path(__file__).parents[2]
FILES = ["development.ini", "production.ini"]


def keys_of(name: str) -> list[str]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / name, encoding="utf-8")
    return list(parser["app:main"])


def test_they_have_the_same_keys_in_the_same_order() -> None:
    assert keys_of("development.ini") == keys_of("production.ini")


@pytest.mark.parametrize("name", FILES)
def test_every_key_is_a_setting_and_every_value_is_allowed(name: str, tmp_path: Path) -> None:
    configuration = read_configuration(ROOT / name)
    load(configuration.raw, environ={}, here=tmp_path, candidates=builtin_candidates(), strict=True)


@pytest.mark.parametrize("name", FILES)
def test_they_hold_no_secrets(name: str) -> None:
    configuration = read_configuration(ROOT / name)
    assert "qis.server.secret" not in configuration.raw
    assert configuration.raw["qis.database.url"] == ""


def test_production_is_strict() -> None:
    assert read_configuration(ROOT / "production.ini").raw["qis.plugins.strict"] == "yes"
