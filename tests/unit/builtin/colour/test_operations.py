"""ICC conversion, colour space and strip keep the contract of operations."""

from __future__ import annotations

from qis_core.builtin.colour.colorspace import ColourSpace
from qis_core.builtin.colour.icc import IccProfile
from qis_core.builtin.metadata.strip import Strip
from qis_core.testing.suites.operations import OperationSuite


class TestIccProfile(OperationSuite):
    operation = IccProfile()
    examples = ({"icc": "sRGB"}, {"icc": "srgb", "intent": "relative", "bpc": "1"})


class TestColourSpace(OperationSuite):
    operation = ColourSpace()


class TestStrip(OperationSuite):
    operation = Strip()
