"""The hooks are a document: each says what it is, and nothing is left to chance."""

from __future__ import annotations

import inspect
import typing

import pytest

from qis_core.api import hookspecs
from qis_core.plugins.hooks import KINDS, SPECS
from qis_core.plugins.registries import Registries
from qis_core.plugins.things import REGISTER_HOOKS

every_hook = pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)


@every_hook
def test_the_first_word_is_the_kind_and_the_name_agrees(spec):
    assert spec.kind in KINDS
    assert spec.name.startswith(f"qis_{spec.kind.lower()}_")
    assert spec.doc.splitlines()[0].endswith("."), "the first line is a sentence"


@every_hook
def test_arguments_are_one_or_two_typed_values_without_defaults(spec):
    function = getattr(hookspecs, spec.name)
    parameters = inspect.signature(function).parameters.values()
    assert len(parameters) <= 2
    assert all(parameter.default is inspect.Parameter.empty for parameter in parameters)
    hints = typing.get_type_hints(function)
    assert set(hints) == {parameter.name for parameter in parameters} | {"return"}


@every_hook
def test_every_specification_is_marked(spec):
    assert hasattr(getattr(hookspecs, spec.name), "qis_spec")


def test_every_register_hook_has_a_registry():
    register = {name for name, spec in SPECS.items() if spec.kind == "Register"} - {"qis_register_settings"}
    assert set(REGISTER_HOOKS) == register
    assert set(Registries.__dataclass_fields__) == set(REGISTER_HOOKS.values())
