"""SVG drawings, drawn at the size that the rendering needs."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from qis_core.api import Decoded, DecodeHint, Decoder, Metadata, PageHint, Size, Source, SourceInfo, TooLarge
from qis_core.api.decoding import demand_page, reading
from qis_core.api.drawing import Part
from qis_svg.cleaning import Cleaner
from qis_svg.documents import content_of, looks_like_svg, read
from qis_svg.drawing import draw
from qis_svg.lengths import PIXELS_PER_INCH, own_size
from qis_svg.metadata import packet_of
from qis_svg.settings import SvgSettings

DEFAULT_DPI = 150
NO_FONTS = "text was left out: no fonts are set up"


class SvgDecoder(Decoder):
    """SVG, plain and gzipped. Drawings go out as PNG where the URL names no format."""

    name = "svg"
    features = frozenset({"alpha", "metadata"})
    extensions = ("svg", "svgz")
    media_types = ("image/svg+xml",)
    output = "png"
    alpha = True

    def __init__(self, settings: SvgSettings | None = None) -> None:
        self._settings = settings or SvgSettings()

    def sniff(self, head: bytes) -> bool:
        return looks_like_svg(head)

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        dpi = hint.dpi or DEFAULT_DPI
        with reading("SVG"):
            size = _measured(own_size(self._read(source)[0]), dpi)
            demand_page(hint.page, 1)
            return SourceInfo(
                format=self.name, size=size, mode="RGBA", has_alpha=True, dpi=(dpi, dpi), vector=True,
            )  # fmt: skip

    def embedded(self, source: Source) -> Metadata | None:
        with reading("SVG"):
            return Metadata(xmp=packet_of(self._read(source)[1]))

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        """The drawing with just the pixels of the hint's minimum: sharp beyond its own size as well."""
        dpi = hint.dpi or DEFAULT_DPI
        settings = self._settings
        with reading("SVG"):
            root, text = self._read(source)
            demand_page(hint.page, 1)
            own = own_size(root)
            measured = _measured(own, dpi)
            part = Part.of(hint.minimum, measured, hint.region)
            if part.pixels.pixels > settings.max_pixels:
                raise TooLarge(
                    f"the drawing at {part.pixels}", part.pixels.pixels, settings.max_pixels, "pixels"
                )  # fmt: skip
            cleaner = Cleaner(settings.max_elements, settings.max_pixels)
            cleaner.clean(root)
            if cleaner.has_text and not (settings.system_fonts or settings.font_folders):
                cleaner.notes.append(NO_FONTS)
            image = draw(root, own, part, settings, text=cleaner.has_text)
            metadata = Metadata(xmp=packet_of(text), dpi=(dpi, dpi))
            return Decoded(image=image, metadata=metadata, region=part.region(measured), notes=cleaner.notes)

    def _read(self, source: Source) -> tuple[Element, bytes]:
        """The drawing's elements, and its text."""
        text = content_of(source, self._settings.max_bytes)
        return read(text, self._settings.max_elements), text


def _measured(own: tuple[float, float], dpi: int) -> Size:
    """The drawing's pixels at ``dpi``, at least 1×1."""
    scale = dpi / PIXELS_PER_INCH
    return Size(width=max(1, round(own[0] * scale)), height=max(1, round(own[1] * scale)))
