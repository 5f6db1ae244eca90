"""The settings ``qis.video.*``."""

from __future__ import annotations

from dataclasses import dataclass

from qis_core.api import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoSettings:
    """Which videos are opened, and how long it may take to find a picture in one."""

    max_bytes: int = setting(4 * 1024**3, help="Larger files are refused", minimum=1)
    max_decode_seconds: float = setting(
        10.0, help="Longest time that is decoded to reach a moment", minimum=0.1, maximum=600
    )
    poster_seconds: float = setting(
        0.0, help="The moment that is shown where the URL names none; many videos begin black", minimum=0, maximum=3600
    )
