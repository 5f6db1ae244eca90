"""Drawing a page, or a part of one, with exactly so many pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from qis_core.api import Size
from qis_core.api.drawing import Part
from qis_pdf.documents import library

if TYPE_CHECKING:
    import pymupdf

POINTS_PER_INCH = 72.0


def measured_size(page: pymupdf.Page, dpi: int) -> Size:
    """The page's pixels at ``dpi``, turned as readers show it, at least 1×1."""
    scale = dpi / POINTS_PER_INCH
    return Size(width=max(1, round(page.rect.width * scale)), height=max(1, round(page.rect.height * scale)))


def draw(page: pymupdf.Page, part: Part, *, grey: bool, clear: bool, annotations: bool) -> Image.Image:
    """The part as L, RGB, LA or RGBA: on white paper, or on none where ``clear``."""
    mupdf = library()
    x, y = part.size.width / page.rect.width, part.size.height / page.rect.height
    clip = mupdf.Rect(part.box.scaled(1 / x, 1 / y).as_tuple())
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
    return _placed(image, drawn.x - int(part.box.left), drawn.y - int(part.box.top), part.pixels)


def _placed(image: Image.Image, x: int, y: int, size: Size) -> Image.Image:
    """The drawing cut or padded to ``size``: MuPDF's own rounding may be a pixel off."""
    if (x, y, image.width, image.height) == (0, 0, size.width, size.height):
        return image
    paper = 0 if image.mode in ("LA", "RGBA") else "white"
    canvas = Image.new(image.mode, (size.width, size.height), paper)
    canvas.paste(image, (x, y))
    return canvas
