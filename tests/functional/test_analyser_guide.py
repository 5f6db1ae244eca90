"""The guide's analyser does what the guide says, and keeps the contract of analysers."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from qis_core.api import Analyser, Size, SourceInfo
from qis_core.testing.suites.analysers import AnalyserSuite

GUIDE = (Path(__file__).parents[2] / "docs/how-to/add-an-analyser.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r'```\w+ title="([^"]+)"\n(.*?)```', GUIDE, re.DOTALL))


@pytest.fixture
def module(install_plugin: Callable[..., str]) -> ModuleType:
    """The guide's plugin."""
    return importlib.import_module(install_plugin("detail", FILES["qis_detail.py"]))


class TestDetail(AnalyserSuite):
    """As the guide has it."""

    @pytest.fixture(autouse=True)
    def made(self, module: ModuleType) -> None:
        self.analyser: Analyser = module.Detail()

    def test_the_focal_point_is_where_the_detail_is(self) -> None:
        image = Image.new("RGB", (128, 96), "grey")
        image.paste("white", (100, 70, 110, 80))
        facts = self.analyser.analyse(image, SourceInfo(format="png", size=Size(width=128, height=96)))
        x, y = facts["focal"]  # type: ignore[misc]
        assert abs(x - 105 / 128) < 0.13
        assert abs(y - 75 / 96) < 0.13

    def test_its_hook_registers_it(self, module: ModuleType) -> None:
        assert [each.name for each in module.qis_register_analysers()] == ["detail"]

    def test_the_guides_test_is_a_suite(self) -> None:
        assert "class TestDetail(AnalyserSuite)" in FILES["test_detail.py"]
