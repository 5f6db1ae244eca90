"""The Pillow engine keeps the contract of engines."""

from __future__ import annotations

from qis_core.builtin.pillow.engine import PillowEngine
from qis_core.testing.suites.engines import EngineSuite


class TestPillowEngine(EngineSuite):
    engine = PillowEngine()
