"""Drawing a cleaned document, or a part of it, with exactly so many pixels."""

from __future__ import annotations

import io
from xml.etree import ElementTree

from PIL import Image

from qis_core.api import BrokenImage
from qis_core.api.drawing import Part
from qis_svg.documents import SVG
from qis_svg.settings import SvgSettings


def draw(
    root: ElementTree.Element, own: tuple[float, float], part: Part, settings: SvgSettings, *, text: bool
) -> Image.Image:
    """The part as RGBA. ``own`` is the drawing's size in its pixels; fonts are looked for only with ``text``."""
    import resvg_py  # noqa: PLC0415 (most processes never need it)

    fonts = text and settings.system_fonts
    drawn = resvg_py.svg_to_bytes(
        svg_string=_framed(root, own, part),
        skip_system_fonts=not fonts,
        font_dirs=[str(folder) for folder in settings.font_folders] if text else None,
        font_family=settings.serif,
        serif_family=settings.serif,
        sans_serif_family=settings.sans_serif,
        monospace_family=settings.monospace,
    )
    # The library gives nothing but a PNG file.
    with Image.open(io.BytesIO(drawn), formats=("PNG",)) as image:
        if image.size != (part.pixels.width, part.pixels.height):
            raise BrokenImage("this SVG file cannot be drawn at the size that is needed")
        plain = image.convert("RGBA")
    plain.info = {}
    return plain


def _framed(root: ElementTree.Element, own: tuple[float, float], part: Part) -> str:
    """The document within another, which is as large as the picture and shows only the part.

    So the drawing is stretched to whole pixels, and its percentages still mean its own size.
    """
    root.set("x", "0")
    root.set("y", "0")
    root.set("width", repr(own[0]))
    root.set("height", repr(own[1]))
    # The picture's edge clips it; to clip at the same place twice would soften the edge.
    root.set("overflow", "visible")
    shown = part.box.scaled(own[0] / part.size.width, own[1] / part.size.height)
    frame = ElementTree.Element("svg", {
        "xmlns": SVG, "width": str(part.pixels.width), "height": str(part.pixels.height),
        "viewBox": f"{shown.left!r} {shown.top!r} {shown.width!r} {shown.height!r}", "preserveAspectRatio": "none",
    })  # fmt: skip
    frame.append(root)
    return ElementTree.tostring(frame, encoding="unicode")
