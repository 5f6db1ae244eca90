"""What qis-magick registers."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from qis_core.api import Decoder, Engine, PluginContext, SettingsGroup, Unavailable, hookimpl
from qis_magick.coders import CODERS, NAMES
from qis_magick.decoder import MagickDecoder
from qis_magick.engine import PrintEngine
from qis_magick.library import names
from qis_magick.settings import MagickSettings

QIS_API = (1, 0)


@hookimpl
def qis_register_settings() -> Sequence[SettingsGroup]:
    return [SettingsGroup(name="magick", type=MagickSettings)]


@hookimpl
def qis_register_decoders(context: PluginContext) -> Sequence[Decoder]:
    _demand_library()
    settings = context.settings(MagickSettings)
    unknown = sorted(set(settings.formats) - set(NAMES))
    if unknown:
        raise Unavailable(f"qis.magick.formats names {', '.join(unknown)}; allowed are {', '.join(NAMES)}")
    return [MagickDecoder(coder, settings) for coder in CODERS if coder.name in settings.formats]


@hookimpl
def qis_register_engines() -> Sequence[Engine]:
    _demand_library()
    return [PrintEngine()]


def _demand_library() -> None:
    # Looked for, not imported: only the process that uses ImageMagick loads it.
    if importlib.util.find_spec("wand") is None:
        raise Unavailable("Wand is missing; install it with: pip install 'Wand<0.8'")
    if names() is None:
        raise Unavailable(
            "ImageMagick 6 with 16 bits a channel is missing; install it with: "
            "apt-get install libmagickwand-6.q16-6 libmagickcore-6.q16-6-extra"
        )
