"""The main colours of a picture: what its box is filled with until it comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PIL.Image import Resampling

from qis_core.api import Analyser, Size, SourceInfo

if TYPE_CHECKING:
    from PIL.Image import Image

ACROSS, DOWN = 4, 3
"""The picture is divided into so many fields, whatever its shape."""

_OPAQUE = 250


class MainColours(Analyser):
    """Finds ``colour``, the mean of the whole picture, and ``colours``, that of each field: row by row, as
    ``#rrggbb``. Of a picture that can be seen through it finds ``colour`` alone: a box must not show behind it."""

    name = "colours"
    size = Size(width=32, height=32)

    def analyse(self, image: Image, info: SourceInfo) -> Mapping[str, object]:
        if image.mode == "RGBA":
            if min(image.getchannel("A").tobytes()) < _OPAQUE:
                return _of_visible(image)
            image = image.convert("RGB")
        return {"colour": _words(image, 1, 1)[0], "colours": _words(image, ACROSS, DOWN)}


def _of_visible(image: Image) -> Mapping[str, object]:
    # Pillow weighs colours by their alpha when it scales RGBA.
    mean = image.resize((1, 1), Resampling.BOX).tobytes()
    return {"colour": _word(mean[:3])} if mean[3] else {}


def _words(image: Image, across: int, down: int) -> list[str]:
    pixels = image.resize((across, down), Resampling.BOX).tobytes()
    return [_word(pixels[start : start + 3]) for start in range(0, len(pixels), 3)]


def _word(colour: bytes) -> str:
    return f"#{colour.hex()}"
