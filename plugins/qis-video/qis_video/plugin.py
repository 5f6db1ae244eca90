"""What qis-video registers."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from qis_core.api import Decoder, PluginContext, SettingsGroup, Unavailable, hookimpl
from qis_video.decoder import VideoDecoder
from qis_video.settings import VideoSettings

QIS_API = (1, 0)


@hookimpl
def qis_register_settings() -> Sequence[SettingsGroup]:
    return [SettingsGroup(name="video", type=VideoSettings)]


@hookimpl
def qis_register_decoders(context: PluginContext) -> Sequence[Decoder]:
    # Looked for, not imported: it loads a hundred megabytes of libraries.
    if importlib.util.find_spec("av") is None:
        raise Unavailable("PyAV is missing; install it with: pip install 'av>=15,<19'")
    return [VideoDecoder(context.settings(VideoSettings))]
