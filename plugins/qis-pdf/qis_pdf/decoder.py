"""PDF pages, drawn at the resolution that the rendering needs."""

from __future__ import annotations

from qis_core.api import Decoded, DecodeHint, Decoder, Metadata, PageHint, Size, Source, SourceInfo, TooLarge
from qis_core.api.drawing import Part
from qis_pdf.documents import looks_like_pdf, opened, page_of
from qis_pdf.drawing import draw, measured_size
from qis_pdf.metadata import metadata_of
from qis_pdf.settings import PdfSettings

DEFAULT_DPI = 150


class PdfDecoder(Decoder):
    """PDF, and Illustrator files that hold one. Pages go out as JPEG where the URL names no format."""

    name = "pdf"
    features = frozenset({"pages", "alpha", "metadata"})
    extensions = ("pdf", "ai")
    media_types = ("application/pdf",)
    output = "jpg"
    # Its signature may stand anywhere in the first kilobyte: formats that begin with theirs go first.
    priority = -10

    def __init__(self, settings: PdfSettings | None = None) -> None:
        self._settings = settings or PdfSettings()
        self.alpha = self._settings.paper == "none"

    def sniff(self, head: bytes) -> bool:
        return looks_like_pdf(head)

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        dpi = hint.dpi or DEFAULT_DPI
        with opened(source, self._settings.max_pages) as document:
            page = page_of(document, hint.page)
            return SourceInfo(
                format=self.name,
                size=measured_size(page, dpi),
                pages=document.page_count,
                mode="RGBA" if self.alpha else "RGB",
                has_alpha=self.alpha,
                dpi=(dpi, dpi),
                vector=True,
            )

    def embedded(self, source: Source) -> Metadata | None:
        with opened(source, self._settings.max_pages) as document:
            return metadata_of(document)

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        """The page with just the pixels of the hint's minimum, and never more than at its dpi."""
        dpi = hint.dpi or DEFAULT_DPI
        with opened(source, self._settings.max_pages) as document:
            page = page_of(document, hint.page)
            measured = measured_size(page, dpi)
            part = Part.of(_within(hint.minimum, measured), measured, hint.region)
            self._check(part.pixels)
            image = draw(page, part, grey=hint.grey, clear=self.alpha, annotations=self._settings.annotations)
            return Decoded(
                image=image,
                metadata=metadata_of(document, dpi),
                region=part.region(measured),
                notes=("the file is damaged and was repaired",) if document.is_repaired else (),
            )

    def _check(self, size: Size) -> None:
        if size.pixels > self._settings.max_pixels:
            raise TooLarge(f"the page drawn at {size}", size.pixels, self._settings.max_pixels, "pixels")


def _within(size: Size, bounds: Size) -> Size:
    return Size(width=max(1, min(size.width, bounds.width)), height=max(1, min(size.height, bounds.height)))
