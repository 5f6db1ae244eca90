"""EPS pictures and PS pages, drawn at the resolution that the rendering needs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from qis_core.api import (
    BrokenImage,
    Decoded,
    DecodeHint,
    Decoder,
    Metadata,
    NotThisFormat,
    PageHint,
    Size,
    Source,
    SourceInfo,
    TooLarge,
)
from qis_core.api.decoding import demand_format, demand_page, reading
from qis_core.api.drawing import Part
from qis_postscript import documents, pages
from qis_postscript.documents import Bounds
from qis_postscript.settings import PostscriptSettings

DEFAULT_DPI = 150
_LEAST_DPI = 4
_POINTS_PER_INCH = 72.0


class _PostscriptDecoder(Decoder):
    """What both have in common."""

    def __init__(self, settings: PostscriptSettings | None = None) -> None:
        self._settings = settings or PostscriptSettings()

    def embedded(self, source: Source) -> Metadata | None:
        with self._reading(source) as program:
            return Metadata(xmp=documents.packet(program))

    @contextmanager
    def _reading(self, source: Source) -> Iterator[bytes]:
        """The file's program."""
        demand_format(self, source)
        if source.size_bytes > self._settings.max_bytes:
            raise TooLarge("this PostScript file", source.size_bytes, self._settings.max_bytes, "bytes")
        with reading("PostScript"), source.open() as stream:
            program = documents.program(stream.read())
            if not documents.is_postscript(program):
                raise BrokenImage("this EPS file has no program where it says that it has one")
            yield program

    def _check(self, size: Size) -> None:
        if size.pixels > self._settings.max_pixels:
            raise TooLarge(f"the page drawn at {size}", size.pixels, self._settings.max_pixels, "pixels")


class EpsDecoder(_PostscriptDecoder):
    """Encapsulated PostScript: what lies in its bounding box, transparent where nothing is painted."""

    name = "eps"
    features = frozenset({"alpha", "metadata"})
    extensions = ("eps", "epsf", "epsi")
    media_types = ("application/eps", "image/x-eps")
    output = "png"

    def sniff(self, head: bytes) -> bool:
        return documents.is_eps(head)

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        dpi = hint.dpi or DEFAULT_DPI
        with self._reading(source) as program:
            bounds = _bounds(program)
            size = _measured(bounds.width, bounds.height, dpi)
            demand_page(hint.page, 1)
            return SourceInfo(format=self.name, size=size, mode="RGBA", has_alpha=True, dpi=(dpi, dpi), vector=True)

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        """The picture with just the pixels of the hint's minimum: sharp beyond its own size as well."""
        dpi = hint.dpi or DEFAULT_DPI
        with self._reading(source) as program:
            bounds = _bounds(program)
            demand_page(hint.page, 1)
            measured = _measured(bounds.width, bounds.height, dpi)
            part = Part.of(_drawable(hint.minimum, bounds.width, bounds.height), measured, hint.region)
            self._check(part.pixels)
            image = pages.picture(program, bounds, part)
            return Decoded(image=image, metadata=Metadata(dpi=(dpi, dpi)), region=part.region(measured))


class PsDecoder(_PostscriptDecoder):
    """PostScript documents: each page is found and drawn by running the program. Pages go out as JPEG."""

    name = "ps"
    features = frozenset({"pages", "metadata"})
    extensions = ("ps",)
    media_types = ("application/postscript",)
    output = "jpg"
    alpha = False
    # An EPS without a bounding box is left to it.
    priority = -10

    def sniff(self, head: bytes) -> bool:
        return documents.is_postscript(head) or documents.is_eps(head)

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        dpi = hint.dpi or DEFAULT_DPI
        with self._reading(source) as program:
            sizes = pages.sizes(program, self._settings)
            points = sizes[demand_page(hint.page, len(sizes))]
            return SourceInfo(
                format=self.name,
                size=_measured(*points, dpi),
                pages=len(sizes),
                mode="RGB",
                dpi=(dpi, dpi),
                vector=True,
            )

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        """The page with just the pixels of the hint's minimum: sharp beyond its own size as well."""
        dpi = hint.dpi or DEFAULT_DPI
        with self._reading(source) as program:
            sizes = pages.sizes(program, self._settings)
            points = sizes[demand_page(hint.page, len(sizes))]
            measured = _measured(*points, dpi)
            part = Part.of(_drawable(hint.minimum, *points), measured, hint.region)
            self._check(part.size)
            image = pages.page(program, hint.page, points, part, self._settings)
            return Decoded(image=image, metadata=Metadata(dpi=(dpi, dpi)), region=part.region(measured))


def _bounds(program: bytes) -> Bounds:
    found = documents.bounds(program)
    if found is None:
        raise NotThisFormat("this EPS file states no bounding box")
    return found


def _measured(width: float, height: float, dpi: int) -> Size:
    """The pixels at ``dpi`` of a page measured in points, at least 1×1."""
    scale = dpi / _POINTS_PER_INCH
    return Size(width=max(1, round(width * scale)), height=max(1, round(height * scale)))


def _drawable(size: Size, width: float, height: float) -> Size:
    """The size, or so many times as much that Ghostscript can draw a page of so many points: it refuses to at 1 dpi."""
    least = _LEAST_DPI / _POINTS_PER_INCH
    factor = max(1, math.ceil(width * least / size.width), math.ceil(height * least / size.height))
    return Size(width=size.width * factor, height=size.height * factor)
