"""Registers the formats in the box."""

from __future__ import annotations

from collections.abc import Sequence

from qis_core.api import Decoder, Encoder, PluginContext, SettingsGroup, hookimpl
from qis_core.builtin.formats.avif import AvifDecoder, AvifEncoder
from qis_core.builtin.formats.bmp import BmpDecoder
from qis_core.builtin.formats.gif import GifDecoder, GifEncoder
from qis_core.builtin.formats.ico import IcoDecoder
from qis_core.builtin.formats.jpeg import JpegDecoder, JpegEncoder, ProgressiveJpegEncoder
from qis_core.builtin.formats.png import PngDecoder, PngEncoder
from qis_core.builtin.formats.pnm import PnmDecoder
from qis_core.builtin.formats.settings import FormatsSettings
from qis_core.builtin.formats.tga import TgaDecoder
from qis_core.builtin.formats.tiff import TiffDecoder, TiffEncoder
from qis_core.builtin.formats.webp import WebpDecoder, WebpEncoder

QIS_API = (1, 0)


@hookimpl
def qis_register_settings() -> Sequence[SettingsGroup]:
    return [SettingsGroup(name="formats", type=FormatsSettings)]


@hookimpl
def qis_register_decoders() -> Sequence[Decoder]:
    return [
        JpegDecoder(),
        PngDecoder(),
        GifDecoder(),
        TiffDecoder(),
        WebpDecoder(),
        AvifDecoder(),
        BmpDecoder(),
        PnmDecoder(),
        TgaDecoder(),
        IcoDecoder(),
    ]


@hookimpl
def qis_register_encoders(context: PluginContext) -> Sequence[Encoder]:
    settings = context.settings(FormatsSettings)
    return [
        JpegEncoder(settings),
        ProgressiveJpegEncoder(settings),
        PngEncoder(settings),
        GifEncoder(),
        TiffEncoder(),
        WebpEncoder(settings),
        AvifEncoder(settings),
    ]
