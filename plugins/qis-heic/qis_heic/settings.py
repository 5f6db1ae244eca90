"""The settings ``qis.heic.*``."""

from __future__ import annotations

from dataclasses import dataclass

from qis_core.api import setting

PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeicSettings:
    """How HEIC renderings are made, and how many pictures a file may hold."""

    quality: int = setting(80, help="Quality of HEIC renderings", minimum=1, maximum=100)
    preset: str = setting("ultrafast", help="What x265 may spend: slow makes files 10 % smaller", choices=PRESETS)
    max_pages: int = setting(1000, help="Files with more pictures are refused", minimum=1, maximum=999_999)
