"""Registers the Pillow engine."""

from __future__ import annotations

from collections.abc import Sequence

from qis_core.api import Engine, hookimpl
from qis_core.builtin.pillow.engine import PillowEngine

QIS_API = (1, 0)


@hookimpl
def qis_register_engines() -> Sequence[Engine]:
    return [PillowEngine()]
