"""What every analyser has to do, whatever it looks for.

::

    class TestFaces(AnalyserSuite):
        analyser = Faces()
"""

from __future__ import annotations

import json

import pytest
from PIL import Image

from qis_core.api import Analyser, Size, SourceInfo
from qis_core.imaging.description import bounded

_MOST_BYTES = 4096


class AnalyserSuite:
    """Subclass with ``analyser``."""

    analyser: Analyser

    @pytest.mark.parametrize("size", [(1, 1), (1, 32), (32, 1), (31, 17)], ids=lambda size: f"{size[0]}x{size[1]}")
    @pytest.mark.parametrize("mode", ["RGB", "RGBA"])
    @pytest.mark.parametrize("colour", ["black", "white", "#c0102080"])
    def test_facts_are_few_and_plain(self, mode: str, size: tuple[int, int], colour: str) -> None:
        image = Image.new(mode, size, colour)
        info = SourceInfo(format="png", size=Size(width=size[0], height=size[1]), mode=mode)
        facts = self.analyser.analyse(image, info)
        assert len(json.dumps(facts)) <= _MOST_BYTES
        kept = bounded([{self.analyser.name: facts}]).get(self.analyser.name, {})
        assert json.loads(json.dumps(kept)) == json.loads(json.dumps(facts)), "a record keeps plain values only"

    def test_finds_the_same_again(self) -> None:
        info = SourceInfo(format="png", size=Size(width=64, height=48))
        image = Image.linear_gradient("L").resize((64, 48)).convert("RGB")
        assert self.analyser.analyse(image.copy(), info) == self.analyser.analyse(image.copy(), info)

    def test_is_content_with_a_small_rendering(self) -> None:
        assert 1 <= self.analyser.size.width <= 1024
        assert 1 <= self.analyser.size.height <= 1024
        assert isinstance(self.analyser.version, int)
