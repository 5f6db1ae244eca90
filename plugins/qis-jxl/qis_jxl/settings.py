"""The settings ``qis.jxl.*``."""

from __future__ import annotations

from dataclasses import dataclass

from qis_core.api import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class JxlSettings:
    """How JPEG XL renderings are made."""

    quality: int = setting(80, help="Quality of JPEG XL renderings", minimum=1, maximum=100)
    effort: int = setting(3, help="JPEG XL effort: 1 is fast, 9 makes the smallest files", minimum=1, maximum=9)
