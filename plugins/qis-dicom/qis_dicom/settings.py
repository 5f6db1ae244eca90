"""The settings ``qis.dicom.*``."""

from __future__ import annotations

from dataclasses import dataclass

from qis_core.api import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomSettings:
    """Which DICOM files are opened."""

    max_bytes: int = setting(1024**3, help="Larger files are refused", minimum=1)
    max_frames: int = setting(10_000, help="Files with more frames are refused", minimum=1)
