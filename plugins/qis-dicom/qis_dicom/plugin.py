"""What qis-dicom registers."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from qis_core.api import Decoder, PluginContext, SettingsGroup, Unavailable, hookimpl
from qis_dicom.decoder import DicomDecoder
from qis_dicom.settings import DicomSettings

QIS_API = (1, 0)


@hookimpl
def qis_register_settings() -> Sequence[SettingsGroup]:
    return [SettingsGroup(name="dicom", type=DicomSettings)]


@hookimpl
def qis_register_decoders(context: PluginContext) -> Sequence[Decoder]:
    # Looked for, not imported: only the process that reads such a file loads it.
    if importlib.util.find_spec("pydicom") is None:
        raise Unavailable("pydicom is missing; install it with: pip install 'pydicom<4'")
    return [DicomDecoder(context.settings(DicomSettings))]
