"""The settings ``qis.svg.*``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qis_core.api import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class SvgSettings:
    """The fonts that drawings may use, and how large a drawing may be."""

    system_fonts: bool = setting(True, help="Use the fonts that are installed on this machine")
    font_folders: tuple[Path, ...] = setting((), help="Folders with further fonts; render processes must see them")
    sans_serif: str = setting("DejaVu Sans", help="Font for sans-serif")
    serif: str = setting("DejaVu Serif", help="Font for serif, and for text that names none")
    monospace: str = setting("DejaVu Sans Mono", help="Font for monospace")
    max_bytes: int = setting(20_000_000, help="Largest file, after unpacking", minimum=1)
    max_elements: int = setting(1_000_000, help="Most elements, counted as often as others refer to them", minimum=1)
    max_pixels: int = setting(50_000_000, help="Most pixels that are drawn, or lie in pictures within", minimum=1)
