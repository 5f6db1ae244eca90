"""The settings ``qis.magick.*``."""

from __future__ import annotations

from dataclasses import dataclass

from qis_core.api import setting
from qis_magick.coders import NAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class MagickSettings:
    """What ImageMagick is used for."""

    formats: tuple[str, ...] = setting(NAMES, help="Formats that ImageMagick may read: " + ", ".join(NAMES))
    max_file_bytes: int = setting(
        200 * 1024**2, minimum=1, help="Largest file that ImageMagick reads, which holds all of it in memory"
    )
