"""Recipes at 16 bits: the same pictures as everywhere, and no level lost on the way from file to file."""

from __future__ import annotations

from qis_vips.deep import DeepVips

from qis_core.api import RenderJob
from qis_core.testing.suites.engines import EngineSuite


class Everything(DeepVips):
    """Takes pictures of 8 bits as well."""

    def supports(self, job: RenderJob) -> bool:
        return self.can_render(job)


class TestDeepVips(EngineSuite):
    engine = Everything()
