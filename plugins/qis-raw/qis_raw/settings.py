"""The settings ``qis.raw.*``."""

from __future__ import annotations

from dataclasses import dataclass

from qis_core.api import setting

DEMOSAICS = ("linear", "ppg", "ahd", "dht", "vng")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSettings:
    """How RAW files are developed."""

    previews: bool = setting(True, help="Use the camera's own preview where it has enough pixels")
    demosaic: str = setting("ahd", help="How full-size colours are made: linear is fast, ahd good", choices=DEMOSAICS)
    auto_brightness: bool = setting(True, help="Brighten until 1 % of the pixels are white, as cameras about do")
