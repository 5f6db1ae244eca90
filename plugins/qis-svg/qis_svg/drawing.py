"""Drawing a cleaned document, or a part of it, with exactly so many pixels."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from xml.etree import ElementTree

from PIL import Image

from qis_core.api import Box, BrokenImage, Size
from qis_svg.documents import SVG
from qis_svg.settings import SvgSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What to draw: of the whole at ``size``, the whole pixels of ``box``."""

    size: Size
    box: Box

    @classmethod
    def of(cls, size: Size, measured: Size, region: Box | None) -> Part:
        """The pixels at ``size`` that cover ``region`` of the drawing as ``measured`` (None: all of it)."""
        if region is None:
            return cls(size=size, box=Box.of(size))
        box = region.scaled(size.width / measured.width, size.height / measured.height)
        left, top = (max(0, math.floor(side + 1e-6)) for side in (box.left, box.top))
        left, top = min(left, size.width - 1), min(top, size.height - 1)
        right = min(size.width, max(left + 1, math.ceil(box.right - 1e-6)))
        bottom = min(size.height, max(top + 1, math.ceil(box.bottom - 1e-6)))
        return cls(size=size, box=Box(left=left, top=top, right=right, bottom=bottom))

    @property
    def pixels(self) -> Size:
        """How large the picture is."""
        return Size(width=int(self.box.width), height=int(self.box.height))

    def region(self, measured: Size) -> Box | None:
        """The part in pixels of the drawing as ``measured``; None where it is all of it."""
        if self.pixels == self.size:
            return None
        return self.box.scaled(measured.width / self.size.width, measured.height / self.size.height)


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
