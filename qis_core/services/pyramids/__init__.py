"""Pyramids: reduced copies of very large originals, kept in a folder of their own up to a limit of bytes."""

from qis_core.services.pyramids.making import MakePyramid
from qis_core.services.pyramids.service import Pyramids
from qis_core.services.pyramids.store import CopyKey, CopyStore

__all__ = ["CopyKey", "CopyStore", "MakePyramid", "Pyramids"]
