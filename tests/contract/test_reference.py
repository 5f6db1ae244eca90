"""The reference is written from the code, complete, and up to date."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from qis_core.cli import main
from qis_core.commands import _kernel, _reference
from qis_core.domain.vocabulary import Vocabulary
from qis_core.plugins.hooks import SPECS
from qis_core.settings import fields_of
from qis_core.web.api import PARTS
from qis_core.web.errors import STATUSES

FOLDER = Path(__file__).parents[2] / "docs/reference"


@pytest.fixture(scope="module")
def box():
    return _kernel.of_the_box()


@pytest.fixture(scope="module")
def pages(box):
    return _reference.pages(box)


def commands(group, name="qis"):
    context = click.Context(group)
    for each in group.list_commands(context):
        command = group.get_command(context, each)
        yield f"{name} {each}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {each}")


@pytest.mark.parametrize("name", ["cli.md", "errors.md", "hooks.md", "options.md", "rest-api.md", "settings.md"])
def test_the_pages_are_up_to_date(pages, name):
    assert (FOLDER / name).read_text(encoding="utf-8") == pages[name], "run `make docs`"


def test_no_page_is_left_behind(pages):
    written = {file.name for file in FOLDER.glob("*.md") if _reference.NOTICE in file.read_text(encoding="utf-8")}
    assert written == set(pages)


def test_every_hook_is_documented(pages):
    assert all(f"### `{name}`" in pages["hooks.md"] for name in SPECS)


def test_every_endpoint_is_documented_and_says_what_it_is_for(pages):
    for part in PARTS:
        for endpoint in part.endpoints.all:
            assert f"### `{endpoint.method} /{endpoint.path}/`" in pages["rest-api.md"]
            assert endpoint.view.__doc__


def test_every_error_code_is_documented(pages):
    assert all(f"| `{kind.code}` | `{kind.__name__}` |" in pages["errors.md"] for kind in STATUSES)


def test_every_setting_is_documented_and_says_what_it_does(box, pages):
    for group in box.settings.groups:
        assert group.type.__doc__, group.name
        assert "(" not in group.type.__doc__.split("\n")[0][:20], f"{group.type} has no docstring of its own"
        for field in fields_of(group):
            assert f"| `{field.key}` | `{field.variable}` |" in pages["settings.md"]
            assert len(field.help) > 8, field.key


def test_every_option_is_documented_and_says_what_it_does(box, pages):
    registries = box.registries
    for row in Vocabulary(registries.operations, registries.encoders, registries.decoders).document():
        label = row["name"] or row["key"]
        assert f"`{label}`" in pages["options.md"]
        assert len(str(row["help"])) > 8, label
        assert row["allowed"], label


def test_every_command_and_each_of_its_options_says_what_it_does(pages):
    for name, command in commands(main):
        assert f"`{name}`" in pages["cli.md"]
        assert command.help, name
        for parameter in command.params:
            assert not isinstance(parameter, click.Option) or parameter.help, f"{name} {parameter.name}"
