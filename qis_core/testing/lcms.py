"""littleCMS at 16 bits a channel, straight from the system's library: what engines' colours are measured by."""

from __future__ import annotations

import array
import ctypes
import ctypes.util
from collections.abc import Sequence
from functools import cache
from typing import Any

from qis_core.testing.colour_difference import Lab, ciede2000

INTENTS = {"perceptual": 0, "relative": 1, "saturation": 2, "absolute": 3}
_BLACK_POINT, _EXACT = 0x2000, 0x0100
_FORMATS = {"L": 3 << 16 | 1 << 3 | 2, "RGB": 4 << 16 | 3 << 3 | 2, "CMYK": 6 << 16 | 4 << 3 | 2}
_LAB = 1 << 22 | 10 << 16 | 3 << 3
CHANNELS = {"L": 1, "RGB": 3, "CMYK": 4}


def is_there() -> bool:
    """Whether the system has littleCMS 2."""
    return ctypes.util.find_library("lcms2") is not None


def converted(
    levels: Sequence[int], models: tuple[str, str], profiles: tuple[bytes, bytes], intent: str, *, black_point: bool
) -> list[int]:
    """Pixels (0–65535, channels side by side) from the first profile's colours to the second's, unoptimised."""
    flags = _EXACT | (_BLACK_POINT if black_point else 0)
    count = len(levels) // CHANNELS[models[0]]
    given = (ctypes.c_uint16 * len(levels))(*levels)
    found = (ctypes.c_uint16 * (count * CHANNELS[models[1]]))()
    source, target = _opened(profiles[0]), _opened(profiles[1])
    _run((source, _FORMATS[models[0]]), (target, _FORMATS[models[1]]), INTENTS[intent], flags, (given, found, count))
    return list(found)


def lab(levels: Sequence[int], model: str, profile: bytes) -> list[Lab]:
    """What the pixels look like: L*a*b* under D50, by the relative intent."""
    count = len(levels) // CHANNELS[model]
    given = (ctypes.c_uint16 * len(levels))(*levels)
    found = (ctypes.c_double * (3 * count))()
    target = _library().cmsCreateLab4Profile(None)
    _run((_opened(profile), _FORMATS[model]), (target, _LAB), INTENTS["relative"], _EXACT, (given, found, count))
    return list(zip(*[iter(found)] * 3, strict=True))


def differences(found: Sequence[int], wanted: Sequence[int], model: str, profile: bytes) -> tuple[float, float]:
    """The mean and the largest ΔE2000 of pixels of the same profile."""
    pairs = zip(lab(found, model, profile), lab(wanted, model, profile), strict=True)
    each = [ciede2000(one, other) for one, other in pairs]
    return sum(each) / len(each), max(each)


def levels_of(data: bytes, bits: int) -> list[int]:
    """Levels of plain pixels; those of 8 bits times 257."""
    return list(array.array("H", data)) if bits == 16 else [level * 257 for level in data]


def _run(
    source: tuple[Any, int], target: tuple[Any, int], intent: int, flags: int, pixels: tuple[Any, Any, int]
) -> None:
    transform = _library().cmsCreateTransform(*source, *target, intent, flags)
    assert transform, "littleCMS makes no transform of these profiles"
    _library().cmsDoTransform(transform, *pixels)
    _library().cmsDeleteTransform(transform)
    for profile, _ in (source, target):
        _library().cmsCloseProfile(profile)


def _opened(profile: bytes) -> Any:
    found = _library().cmsOpenProfileFromMem(profile, len(profile))
    assert found, "littleCMS does not open this profile"
    return found


@cache
def _library() -> Any:
    found = ctypes.CDLL(ctypes.util.find_library("lcms2"))
    pointer, number = ctypes.c_void_p, ctypes.c_uint32
    for name, arguments, result in (
        ("cmsOpenProfileFromMem", [ctypes.c_char_p, number], pointer), ("cmsCloseProfile", [pointer], ctypes.c_int),
        ("cmsCreateLab4Profile", [pointer], pointer), ("cmsDeleteTransform", [pointer], None),
        ("cmsCreateTransform", [pointer, number, pointer, number, number, number], pointer),
        ("cmsDoTransform", [pointer, pointer, pointer, number], None),
    ):  # fmt: skip
        function = getattr(found, name)
        function.argtypes, function.restype = arguments, result
    return found
