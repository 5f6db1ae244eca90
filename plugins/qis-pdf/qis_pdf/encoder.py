"""Pictures as PDF files at their physical size: each a page that is filled by one picture."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import BinaryIO

from PIL import Image

from qis_core.api import BadOption, Encoder, Int, Metadata, NotFound, Options, Text
from qis_pdf.documents import library
from qis_pdf.drawing import POINTS_PER_INCH

DEFAULT_DPI = 150
LONGEST_POINTS = 14_400
"""The longest side of a page that readers show (ISO 32000-1, annex C.2)."""

_SHORTEST_POINTS = 3
_LOWEST_DPI, _HIGHEST_DPI = 5, 20_000
_FULL_COLOUR = 90
_RANGES = re.compile(r"all|[0-9]{1,6}(-[0-9]{0,6})?(,[0-9]{1,6}(-[0-9]{0,6})?)*")


class PdfEncoder(Encoder):
    """PDF. The picture is JPEG inside, in its own colours; what is transparent stays so."""

    name = "pdf"
    extensions = ("pdf",)
    media_type = "application/pdf"
    modes = ("RGB", "L", "CMYK", "RGBA")
    alpha = True
    metadata = frozenset({"icc_profile", "xmp", "dpi"})

    def __init__(self, quality: int = 85) -> None:
        self._quality = quality
        self.options = (
            Int("quality", minimum=1, maximum=100, default=quality, help="From 1 (small) to 100 (good)"),
            Text("pages", maximum=200,
                 help="PDF: several pages of the source in one file, such as all, 2-5 or 1,4-"),
        )  # fmt: skip

    def encode(self, image: Image.Image, options: Options, metadata: Metadata, out: BinaryIO) -> None:
        width, height = page_size(image.size, metadata.dpi)
        quality = options.get("quality")
        picture = _jpeg(image, quality if isinstance(quality, int) else self._quality, metadata.icc_profile)
        with library().open() as document:
            page = document.new_page(width=width, height=height)
            page.insert_image(page.rect, stream=picture, mask=_mask(image), keep_proportion=False)
            if xmp := _as_text(metadata.xmp):
                document.set_xml_metadata(xmp)
            out.write(document.tobytes(garbage=3, deflate=True, no_new_id=True))

    def pages(self, options: Options, count: int) -> Sequence[int]:
        text = options.get("pages")
        return page_numbers(text, count) if isinstance(text, str) and text else ()

    def join(self, files: Sequence[bytes], out: BinaryIO) -> None:
        mupdf = library()
        with mupdf.open() as document:
            for file in files:
                with mupdf.open(stream=file, filetype="pdf") as part:
                    document.insert_pdf(part)
                    if file is files[0] and (xmp := part.get_xml_metadata()):
                        # All pages are of one source, which says the same of each.
                        document.set_xml_metadata(xmp)
            out.write(document.tobytes(garbage=3, deflate=True, no_new_id=True))


def _as_text(xmp: bytes | None) -> str:
    """The packet as PDF takes it, in UTF-8; '' for none, and for what is none."""
    try:
        return xmp.decode() if xmp else ""
    except UnicodeDecodeError:
        return ""


def page_size(pixels: tuple[int, int], dpi: tuple[float, float] | None) -> tuple[float, float]:
    """The page's width and height in points, by the resolution or 150 dpi; never larger or smaller than readers show.

    Resolutions that no picture has count as none.
    """
    known = dpi is not None and all(_LOWEST_DPI <= one <= _HIGHEST_DPI for one in dpi)
    x, y = dpi if dpi is not None and known else (DEFAULT_DPI, DEFAULT_DPI)
    width, height = pixels[0] * POINTS_PER_INCH / x, pixels[1] * POINTS_PER_INCH / y
    smaller = min(1.0, LONGEST_POINTS / max(width, height))
    return max(width * smaller, _SHORTEST_POINTS), max(height * smaller, _SHORTEST_POINTS)


def page_numbers(text: str, count: int) -> tuple[int, ...]:
    """The pages of ``all``, ``3``, ``2-5``, ``4-`` (to the end), or several of these with commas between.

    Raises BadOption for other texts, NotFound for a page beyond ``count``.
    """
    text = text.replace(" ", "").lower()
    if not _RANGES.fullmatch(text):
        raise BadOption("pages", text, "all, or page numbers and ranges such as 1,3-5,8-")
    if text == "all":
        return tuple(range(1, count + 1))
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        begin, end = int(first), (int(last) if last else count) if dash else int(first)
        if begin < 1 or end < begin:
            raise BadOption("pages", part, "page numbers from 1 on, the smaller first")
        if end > count:
            raise NotFound(f"there is no page {end}: this picture has {count} page{'s' * (count != 1)}")
        found += range(begin, end + 1)
    return tuple(found)


def _jpeg(image: Image.Image, quality: int, profile: bytes | None) -> bytes:
    out = io.BytesIO()
    colour = image.convert("RGB") if image.mode == "RGBA" else image.copy()
    # Nothing of what the picture carries from its source is to be written.
    colour.info = {}
    subsampling = "4:4:4" if quality >= _FULL_COLOUR else "4:2:0"
    colour.save(out, "JPEG", quality=quality, subsampling=subsampling, icc_profile=profile)
    return out.getvalue()


def _mask(image: Image.Image) -> bytes | None:
    if image.mode != "RGBA":
        return None
    out = io.BytesIO()
    image.getchannel("A").save(out, "PNG")
    return out.getvalue()
