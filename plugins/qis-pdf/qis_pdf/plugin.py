"""What qis-pdf registers."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from qis_core.api import Decoder, PluginContext, SettingsGroup, Unavailable, hookimpl
from qis_pdf.decoder import PdfDecoder
from qis_pdf.settings import PdfSettings

QIS_API = (1, 0)


@hookimpl
def qis_register_settings() -> Sequence[SettingsGroup]:
    return [SettingsGroup(name="pdf", type=PdfSettings)]


@hookimpl
def qis_register_decoders(context: PluginContext) -> Sequence[Decoder]:
    # Looked for, not imported: that takes a fifth of a second in every process.
    if importlib.util.find_spec("pymupdf") is None:
        raise Unavailable("PyMuPDF is missing; install it with: pip install 'PyMuPDF<2'")
    return [PdfDecoder(context.settings(PdfSettings))]
