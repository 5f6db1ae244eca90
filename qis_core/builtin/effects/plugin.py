"""Registers the pixel operations in the box."""

from __future__ import annotations

from collections.abc import Sequence

from qis_core.api import Operation, hookimpl
from qis_core.builtin.effects.overlay import Overlay
from qis_core.builtin.effects.sharpen import Sharpen

QIS_API = (1, 0)


@hookimpl
def qis_register_operations() -> Sequence[Operation]:
    return [Sharpen(), Overlay()]
