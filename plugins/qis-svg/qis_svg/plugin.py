"""What qis-svg registers."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from qis_core.api import Decoder, PluginContext, SettingsGroup, Unavailable, hookimpl
from qis_svg.decoder import SvgDecoder
from qis_svg.settings import SvgSettings

QIS_API = (1, 0)


@hookimpl
def qis_register_settings() -> Sequence[SettingsGroup]:
    return [SettingsGroup(name="svg", type=SvgSettings)]


@hookimpl
def qis_register_decoders(context: PluginContext) -> Sequence[Decoder]:
    if importlib.util.find_spec("resvg_py") is None:
        raise Unavailable("resvg-py is missing; install it with: pip install 'resvg-py<0.6'")
    return [SvgDecoder(context.settings(SvgSettings))]
