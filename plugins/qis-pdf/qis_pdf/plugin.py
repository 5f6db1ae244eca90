"""What qis-pdf registers."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from qis_core.api import (
    Decoder,
    Encoder,
    ImagePanel,
    PluginContext,
    SettingsGroup,
    Task,
    Unavailable,
    WebExtension,
    hookimpl,
)
from qis_pdf.burst import PdfBurst
from qis_pdf.decoder import PdfDecoder
from qis_pdf.encoder import PdfEncoder
from qis_pdf.settings import PdfSettings

QIS_API = (1, 0)


@hookimpl
def qis_register_settings() -> Sequence[SettingsGroup]:
    return [SettingsGroup(name="pdf", type=PdfSettings)]


@hookimpl
def qis_register_decoders(context: PluginContext) -> Sequence[Decoder]:
    _demand_library()
    return [PdfDecoder(context.settings(PdfSettings))]


@hookimpl
def qis_register_encoders(context: PluginContext) -> Sequence[Encoder]:
    _demand_library()
    return [PdfEncoder(context.settings(PdfSettings).quality)]


@hookimpl
def qis_register_tasks(context: PluginContext) -> Sequence[Task]:
    return [PdfBurst()] if context.settings(PdfSettings).burst else []


@hookimpl
def qis_register_web() -> Sequence[WebExtension]:
    panel = ImagePanel(label="Pages", route="pdf.pages", order=50, formats=["pdf"], least_pages=2)
    return [WebExtension(name="pdf", include="qis_pdf.web", panels=[panel])]


def _demand_library() -> None:
    # Looked for, not imported: that takes a fifth of a second in every process.
    if importlib.util.find_spec("pymupdf") is None:
        raise Unavailable("PyMuPDF is missing; install it with: pip install 'PyMuPDF<2'")
