"""The plugin registers what the contract needs, with the site's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qis_core.api import FramingOperation, Int, PluginContext
from qis_core.builtin.geometry import plugin
from qis_core.builtin.geometry.settings import GeometrySettings


def test_operations_and_settings() -> None:
    def settings(kind: type[Any]) -> Any:
        assert kind is GeometrySettings
        return GeometrySettings(max_size=700)

    operations = plugin.qis_register_operations(PluginContext(settings=settings, data=Path("data")))
    assert [operation.name for operation in operations] == ["flip", "rotate", "crop", "resize", "tile"]
    assert all(isinstance(operation, FramingOperation) for operation in operations)
    widths = [option for operation in operations for option in operation.options if option.name == "width"]
    assert isinstance(widths[0], Int)
    assert widths[0].maximum == 700
    assert [group.name for group in plugin.qis_register_settings()] == ["geometry"]
    assert GeometrySettings().max_size == 15000
