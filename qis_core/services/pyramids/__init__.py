"""Bases and pyramids: reduced copies of originals, kept in a folder of their own up to a limit of bytes."""

from qis_core.services.pyramids.making import MakePyramid, make_copies
from qis_core.services.pyramids.service import Pyramids
from qis_core.services.pyramids.store import CopyKey, CopyStore

__all__ = ["CopyKey", "CopyStore", "MakePyramid", "Pyramids", "make_copies"]
