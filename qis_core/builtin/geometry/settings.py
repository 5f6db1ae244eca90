"""The settings ``qis.geometry.*``."""

from __future__ import annotations

from dataclasses import dataclass

from qis_core.api import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class GeometrySettings:
    """The largest size that an image URL may ask for."""

    max_size: int = setting(15000, help="Largest width or height of a URL, in pixels", minimum=1, maximum=65535)
