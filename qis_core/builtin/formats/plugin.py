"""Registers the formats in the box."""

from __future__ import annotations

from collections.abc import Sequence

from qis_core.api import Decoder, Encoder, PluginContext, SettingsGroup, hookimpl
from qis_core.builtin.formats.jpeg import JpegDecoder, JpegEncoder, ProgressiveJpegEncoder
from qis_core.builtin.formats.png import PngDecoder, PngEncoder
from qis_core.builtin.formats.settings import FormatsSettings

QIS_API = (1, 0)


@hookimpl
def qis_register_settings() -> Sequence[SettingsGroup]:
    return [SettingsGroup(name="formats", type=FormatsSettings)]


@hookimpl
def qis_register_decoders() -> Sequence[Decoder]:
    return [JpegDecoder(), PngDecoder()]


@hookimpl
def qis_register_encoders(context: PluginContext) -> Sequence[Encoder]:
    settings = context.settings(FormatsSettings)
    return [JpegEncoder(settings), ProgressiveJpegEncoder(settings), PngEncoder(settings)]
