"""What qis-heic registers."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from qis_core.api import Decoder, Encoder, PluginContext, SettingsGroup, Unavailable, hookimpl
from qis_heic.decoder import HeicDecoder
from qis_heic.encoder import HeicEncoder
from qis_heic.settings import HeicSettings

QIS_API = (1, 0)


@hookimpl
def qis_register_settings() -> Sequence[SettingsGroup]:
    return [SettingsGroup(name="heic", type=HeicSettings)]


@hookimpl
def qis_register_decoders(context: PluginContext) -> Sequence[Decoder]:
    _demand_library()
    return [HeicDecoder(context.settings(HeicSettings))]


@hookimpl
def qis_register_encoders(context: PluginContext) -> Sequence[Encoder]:
    _demand_library()
    return [HeicEncoder(context.settings(HeicSettings))]


def _demand_library() -> None:
    if importlib.util.find_spec("pillow_heif") is None:
        raise Unavailable("pillow-heif is missing; install it with: pip install 'pillow-heif<2'")
