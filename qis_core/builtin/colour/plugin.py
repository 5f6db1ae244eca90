"""Registers the finishing operations in the box."""

from __future__ import annotations

from collections.abc import Sequence

from qis_core.api import Operation, hookimpl
from qis_core.builtin.colour.colorspace import ColourSpace
from qis_core.builtin.colour.icc import IccProfile

QIS_API = (1, 0)


@hookimpl
def qis_register_operations() -> Sequence[Operation]:
    return [IccProfile(), ColourSpace()]
