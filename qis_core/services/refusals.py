"""Refusals whose reason the caller of the API is told."""

from __future__ import annotations

from qis_core.api import Refused


class ExplainedRefusal(Refused):
    """What is wrong is how somebody asks, and telling it gives nothing of the library or its people away."""
