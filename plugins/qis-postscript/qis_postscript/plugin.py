"""What qis-postscript registers."""

from __future__ import annotations

from collections.abc import Sequence

from qis_core.api import Decoder, PluginContext, SettingsGroup, Unavailable, hookimpl
from qis_postscript.decoder import EpsDecoder, PsDecoder
from qis_postscript.ghostscript import library_name
from qis_postscript.settings import PostscriptSettings

QIS_API = (1, 0)


@hookimpl
def qis_register_settings() -> Sequence[SettingsGroup]:
    return [SettingsGroup(name="postscript", type=PostscriptSettings)]


@hookimpl
def qis_register_decoders(context: PluginContext) -> Sequence[Decoder]:
    # Looked for, not loaded: only the process that draws such a file loads it.
    if library_name() is None:
        raise Unavailable("Ghostscript's library is missing; install it with: apt-get install libgs10")
    settings = context.settings(PostscriptSettings)
    return [EpsDecoder(settings), PsDecoder(settings)]
