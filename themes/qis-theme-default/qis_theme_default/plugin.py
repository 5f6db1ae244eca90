"""What qis-theme-default registers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qis_core.api import PluginContext, Theme, hookimpl
from qis_core.api.web import read_theme

QIS_API = (1, 0)


@hookimpl
def qis_register_themes(context: PluginContext) -> Sequence[Theme]:
    return [read_theme(Path(__file__).parent)]
