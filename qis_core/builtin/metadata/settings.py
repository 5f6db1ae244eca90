"""The settings ``qis.metadata.*``."""

from __future__ import annotations

from dataclasses import dataclass

from qis_core.api import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataSettings:
    """What is written beside the pixels of renderings."""

    keep_notices: bool = setting(
        False, help="Leave copyright and creator in renderings that are stripped of all else (a few hundred bytes)"
    )
