"""Registers the framing operations in the box."""

from __future__ import annotations

from collections.abc import Sequence

from qis_core.api import Operation, PluginContext, SettingsGroup, hookimpl
from qis_core.builtin.geometry.crop import Crop
from qis_core.builtin.geometry.flip import Flip
from qis_core.builtin.geometry.resize import Resize
from qis_core.builtin.geometry.rotate import Rotate
from qis_core.builtin.geometry.settings import GeometrySettings
from qis_core.builtin.geometry.tile import CutTile

QIS_API = (1, 0)


@hookimpl
def qis_register_settings() -> Sequence[SettingsGroup]:
    return [SettingsGroup(name="geometry", type=GeometrySettings)]


@hookimpl
def qis_register_operations(context: PluginContext) -> Sequence[Operation]:
    settings = context.settings(GeometrySettings)
    return [Flip(), Rotate(), Crop(), Resize(settings.max_size), CutTile()]
