"""The settings ``qis.postscript.*``."""

from __future__ import annotations

from dataclasses import dataclass

from qis_core.api import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class PostscriptSettings:
    """Which files are drawn, and how large."""

    paper: str = setting("a4", help="Size of pages that name none", choices=("a4", "letter"))
    max_bytes: int = setting(100 * 1024**2, help="Larger files are refused", minimum=1)
    max_pages: int = setting(1000, help="Files with more pages are refused", minimum=1)
    max_pixels: int = setting(100_000_000, help="Most pixels that a page is drawn with", minimum=1)
