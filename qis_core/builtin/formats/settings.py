"""The settings ``qis.formats.*``."""

from __future__ import annotations

from dataclasses import dataclass

from qis_core.api import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatsSettings:
    """Qualities used where neither the URL nor its template names one, and what encoders may spend."""

    jpeg_quality: int = setting(80, help="Quality of JPEG renderings", minimum=1, maximum=100)
    png_quality: int = setting(
        79, help="PNG renderings: first digit the zlib level, second digit the filter type", minimum=10, maximum=99
    )
    webp_quality: int = setting(80, help="Quality of WebP renderings", minimum=1, maximum=100)
    webp_method: int = setting(2, help="WebP effort: 0 is fast, 6 makes the smallest files", minimum=0, maximum=6)
    avif_quality: int = setting(70, help="Quality of AVIF renderings", minimum=1, maximum=100)
    avif_speed: int = setting(9, help="AVIF speed: 10 is fast, 0 makes the smallest files", minimum=0, maximum=10)
