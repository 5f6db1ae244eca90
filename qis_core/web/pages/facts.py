"""The facts of an original in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qis_core.api import SourceInfo

MODES = {
    "1": "black and white",
    "L": "grey",
    "LA": "grey with transparency",
    "P": "palette",
    "PA": "palette with transparency",
    "RGB": "RGB",
    "RGBA": "RGB with transparency",
    "CMYK": "CMYK",
    "I;16": "grey",
    "I;16B": "grey",
    "I": "grey",
}
"""Stored colour modes as people call them; others are shown as they are."""

_SEE_THROUGH = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})


def may_be_see_through(facts: Mapping[str, object]) -> bool:
    """Whether a picture with these recorded facts may be transparent in places: by its mode, or its palette."""
    return bool(facts.get("has_alpha")) or facts.get("mode") in _SEE_THROUGH


def original_facts(info: SourceInfo | None, kilobytes: str) -> Sequence[str]:
    """Short phrases: pixels, bytes, format, colour, and what is out of the ordinary."""
    if info is None:
        return [kilobytes]
    size = info.size.turned if info.orientation >= 5 else info.size
    colour = MODES.get(info.mode, info.mode)
    facts = [f"{size.width} × {size.height} pixels", kilobytes, info.format.upper()]
    facts.append(f"{colour}, {info.bits} bits" if info.bits > 8 else colour)
    if info.has_icc_profile:
        facts.append("ICC profile")
    if info.orientation != 1:
        facts.append(f"stored turned, EXIF {info.orientation}")
    if info.pages > 1:
        facts.append(f"{info.pages} pages")
    if info.frames > 1:
        facts.append(f"{info.frames} frames")
    return facts
