"""Registers the analyser of main colours."""

from __future__ import annotations

from collections.abc import Sequence

from qis_core.api import Analyser, hookimpl
from qis_core.builtin.analysis.colours import MainColours

QIS_API = (1, 0)


@hookimpl
def qis_register_analysers() -> Sequence[Analyser]:
    return [MainColours()]
