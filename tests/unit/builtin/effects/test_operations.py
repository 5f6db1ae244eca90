"""Sharpen and overlay keep the contract of operations."""

from __future__ import annotations

from qis_core.builtin.effects.overlay import Overlay
from qis_core.builtin.effects.sharpen import Sharpen
from qis_core.testing.suites.operations import OperationSuite


class TestSharpen(OperationSuite):
    operation = Sharpen()


class TestOverlay(OperationSuite):
    operation = Overlay()
    examples = ({"overlay": "logos/mark.png"}, {"overlay": "a.png", "ovsize": "0.5", "ovpos": "SE", "ovopacity": "0.4"})
