"""Between the code of sRGB and light (IEC 61966-2-1), at 16 bits; both on the scale 0–65535."""

from __future__ import annotations

from functools import cache
from typing import Any

from qis_vips.library import library

TOP = 65535


def of_code(image: Any) -> Any:
    """Light, in real numbers, of 16-bit code."""
    return image.maplut(_table())


def to_code(image: Any) -> Any:
    """Code, in real numbers, of light."""
    light = image / TOP
    positive = (light < 0).ifthenelse(0.0, light)
    return (light <= 0.0031308).ifthenelse(light * 12.92, positive ** (1 / 2.4) * 1.055 - 0.055) * TOP


@cache
def _table() -> Any:
    code = library().Image.identity(ushort=True) / TOP
    light = (code <= 0.04045).ifthenelse(code / 12.92, ((code + 0.055) / 1.055) ** 2.4) * TOP
    return light.cast("float").copy_memory()
