"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# No test may fail because the machine is busy.
settings.register_profile("qis", deadline=None)
settings.load_profile("qis")
