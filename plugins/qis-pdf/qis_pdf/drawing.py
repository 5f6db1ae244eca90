"""Drawing a page, or a part of one, with exactly so many pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from qis_core.api import Box, Size
from qis_pdf.documents import library

if TYPE_CHECKING:
    import pymupdf

POINTS_PER_INCH = 72.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What to draw: of a page drawn at ``size``, the whole pixels left, top, right, bottom."""

    size: Size
    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def of(cls, size: Size, measured: Size, region: Box | None) -> Part:
        """The pixels at ``size`` that cover ``region`` of the page as ``measured`` (None: all of it)."""
        if region is None:
            return cls(size=size, left=0, top=0, right=size.width, bottom=size.height)
        box = region.scaled(size.width / measured.width, size.height / measured.height)
        left = min(max(0, math.floor(box.left + 1e-6)), size.width - 1)
        top = min(max(0, math.floor(box.top + 1e-6)), size.height - 1)
        right = min(size.width, max(left + 1, math.ceil(box.right - 1e-6)))
        bottom = min(size.height, max(top + 1, math.ceil(box.bottom - 1e-6)))
        return cls(size=size, left=left, top=top, right=right, bottom=bottom)

    @property
    def pixels(self) -> Size:
        """How large the drawing is."""
        return Size(width=self.right - self.left, height=self.bottom - self.top)

    def region(self, measured: Size) -> Box | None:
        """The part in pixels of the page as ``measured``; None where it is the whole page."""
        if self.pixels == self.size:
            return None
        box = Box(left=self.left, top=self.top, right=self.right, bottom=self.bottom)
        return box.scaled(measured.width / self.size.width, measured.height / self.size.height)


def measured_size(page: pymupdf.Page, dpi: int) -> Size:
    """The page's pixels at ``dpi``, turned as readers show it, at least 1×1."""
    scale = dpi / POINTS_PER_INCH
    return Size(width=max(1, round(page.rect.width * scale)), height=max(1, round(page.rect.height * scale)))


def draw(page: pymupdf.Page, part: Part, *, grey: bool, clear: bool, annotations: bool) -> Image.Image:
    """The part as L, RGB, LA or RGBA: on white paper, or on none where ``clear``."""
    mupdf = library()
    x, y = part.size.width / page.rect.width, part.size.height / page.rect.height
    clip = mupdf.Rect(part.left / x, part.top / y, part.right / x, part.bottom / y)
    drawn = page.get_pixmap(
        matrix=mupdf.Matrix(x, y),
        clip=clip,
        colorspace=mupdf.csGRAY if grey else mupdf.csRGB,
        alpha=clear,
        annots=annotations,
    )
    # MuPDF's colours are multiplied by alpha already, which is Pillow's modes La and RGBa.
    mode = ("La" if grey else "RGBa") if clear else ("L" if grey else "RGB")
    image = Image.frombuffer(mode, (drawn.width, drawn.height), drawn.samples_mv, "raw", mode, drawn.stride, 1)
    image = image.convert("LA" if grey else "RGBA") if clear else image.copy()
    return _placed(image, drawn.x - part.left, drawn.y - part.top, part.pixels)


def _placed(image: Image.Image, x: int, y: int, size: Size) -> Image.Image:
    """The drawing cut or padded to ``size``: MuPDF's own rounding may be a pixel off."""
    if (x, y, image.width, image.height) == (0, 0, size.width, size.height):
        return image
    paper = 0 if image.mode in ("LA", "RGBA") else "white"
    canvas = Image.new(image.mode, (size.width, size.height), paper)
    canvas.paste(image, (x, y))
    return canvas
