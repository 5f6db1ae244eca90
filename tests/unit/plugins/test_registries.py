"""Registries are frozen mappings in order of work."""

from __future__ import annotations

import pytest

from qis_core.api import Phase
from qis_core.plugins import Registry, load


def test_operations_stand_in_the_order_of_work(kernel):
    phases = [operation.phase for operation in kernel.registries.operations.values()]
    assert phases == sorted(phases)
    assert Phase.RESIZE in phases


def test_decoders_stand_by_priority(kernel):
    priorities = [decoder.priority for decoder in kernel.registries.decoders.values()]
    assert priorities == sorted(priorities, reverse=True)


def test_nothing_can_be_added_later(kernel):
    with pytest.raises(TypeError):
        kernel.registries.operations["x"] = None
    with pytest.raises(AttributeError):
        kernel.registries.operations = Registry()


def test_an_unknown_name_is_a_key_error(kernel):
    registry = kernel.registries.engines
    for ask in (registry.__getitem__, registry.owner, registry.version_of):
        with pytest.raises(KeyError):
            ask("none")


def test_without_plugins_all_registries_are_empty():
    kernel = load({}, environ={}, candidates=())
    assert not kernel.records
    assert not kernel.registries.operations
    assert len(kernel.registries.encoders) == 0
