"""How far two colours lie apart for the eye: CIEDE2000.

G. Sharma, W. Wu, E. N. Dalal: The CIEDE2000 Color-Difference Formula: Implementation Notes,
Supplementary Test Data, and Mathematical Observations. Color Research and Application 30 (2005),
21–30; the numbers in brackets are its equations.
"""

from __future__ import annotations

from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

Lab = tuple[float, float, float]
"""L*, a*, b* of CIE 1976."""

_25_7 = 25.0**7


def ciede2000(one: Lab, other: Lab) -> float:
    """The difference ΔE00 with all parametric factors 1: about 1 is just to be seen."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_c7 = ((hypot(a1, b1) + hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - sqrt(mean_c7 / (mean_c7 + _25_7)))  # (4)
    a1, a2 = (1 + g) * a1, (1 + g) * a2  # (5)
    c1, c2 = hypot(a1, b1), hypot(a2, b2)  # (6)
    h1, h2 = _hue(a1, b1), _hue(a2, b2)  # (7)
    dl, dc = l2 - l1, c2 - c1  # (8), (9)
    turn = _turn(h1, h2) if c1 * c2 else 0.0  # (10)
    dh = 2 * sqrt(c1 * c2) * sin(radians(turn) / 2)  # (11)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2  # (12), (13)
    mean_h = h1 + h2 if not c1 * c2 else _mean_hue(h1, h2)  # (14)
    t = (
        1 - 0.17 * cos(radians(mean_h - 30)) + 0.24 * cos(radians(2 * mean_h))
        + 0.32 * cos(radians(3 * mean_h + 6)) - 0.20 * cos(radians(4 * mean_h - 63))
    )  # (15)  # fmt: skip
    rotation = 30 * exp(-(((mean_h - 275) / 25) ** 2))  # (16)
    rc = 2 * sqrt(mean_c**7 / (mean_c**7 + _25_7))  # (17)
    sl = 1 + 0.015 * (mean_l - 50) ** 2 / sqrt(20 + (mean_l - 50) ** 2)  # (18)
    sc, sh = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t  # (19), (20)
    rt = -sin(radians(2 * rotation)) * rc  # (21)
    return sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * (dc / sc) * (dh / sh))  # (22)


def _hue(a: float, b: float) -> float:
    return degrees(atan2(b, a)) % 360 if a or b else 0.0


def _turn(h1: float, h2: float) -> float:
    """From one hue to the other the short way round, -180 to 180 degrees."""
    turn = h2 - h1
    if turn > 180:
        return turn - 360
    return turn + 360 if turn < -180 else turn


def _mean_hue(h1: float, h2: float) -> float:
    if abs(h1 - h2) <= 180:
        return (h1 + h2) / 2
    return (h1 + h2 + 360) / 2 if h1 + h2 < 360 else (h1 + h2 - 360) / 2
