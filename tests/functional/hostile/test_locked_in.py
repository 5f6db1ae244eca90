"""Damaged files of every format in the box, where they are decoded: in a locked-in render worker."""

from __future__ import annotations

import pytest

from qis_core.testing.pictures import FILES
from qis_core.testing.suites.locked_in import LockedInSuite


@pytest.mark.slow
@pytest.mark.parametrize("chosen", sorted(FILES), indirect=True)
class TestInTheBox(LockedInSuite):
    @pytest.fixture(autouse=True)
    def chosen(self, request: pytest.FixtureRequest) -> None:
        self.sample = FILES[request.param]()
