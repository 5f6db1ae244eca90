"""The colours of the engine in the box."""

from __future__ import annotations

from qis_core.builtin.pillow.engine import PillowEngine
from qis_core.testing.suites.colours import ColourSuite


class TestPillowColours(ColourSuite):
    engine = PillowEngine()
