"""What qis-jxl registers."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from qis_core.api import Decoder, Encoder, PluginContext, SettingsGroup, Unavailable, hookimpl
from qis_jxl.decoder import JxlDecoder
from qis_jxl.encoder import JxlEncoder
from qis_jxl.settings import JxlSettings

QIS_API = (1, 0)


@hookimpl
def qis_register_settings() -> Sequence[SettingsGroup]:
    return [SettingsGroup(name="jxl", type=JxlSettings)]


@hookimpl
def qis_register_decoders() -> Sequence[Decoder]:
    _demand_library()
    return [JxlDecoder()]


@hookimpl
def qis_register_encoders(context: PluginContext) -> Sequence[Encoder]:
    _demand_library()
    return [JxlEncoder(context.settings(JxlSettings))]


def _demand_library() -> None:
    if importlib.util.find_spec("pillow_jxl") is None:
        raise Unavailable("pillow-jxl-plugin is missing; install it with: pip install 'pillow-jxl-plugin<1.4'")
