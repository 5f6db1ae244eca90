"""The print engine: the same pictures as everywhere, and no level lost on the way."""

from __future__ import annotations

import pytest
from qis_magick.engine import PrintEngine
from qis_magick.library import names

from qis_core.testing.suites.engines import EngineSuite

pytestmark = pytest.mark.skipif(names() is None, reason="needs the system's ImageMagick 6: libmagickwand-6.q16-6")


class TestPrintEngine(EngineSuite):
    engine = PrintEngine()
