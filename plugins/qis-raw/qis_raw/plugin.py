"""What qis-raw registers."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from qis_core.api import Decoder, PluginContext, SettingsGroup, Unavailable, hookimpl
from qis_raw.decoder import RawDecoder
from qis_raw.settings import RawSettings

QIS_API = (1, 0)


@hookimpl
def qis_register_settings() -> Sequence[SettingsGroup]:
    return [SettingsGroup(name="raw", type=RawSettings)]


@hookimpl
def qis_register_decoders(context: PluginContext) -> Sequence[Decoder]:
    if importlib.util.find_spec("rawpy") is None:
        raise Unavailable("rawpy is missing; install it with: pip install 'rawpy<0.29'")
    return [RawDecoder(context.settings(RawSettings))]
