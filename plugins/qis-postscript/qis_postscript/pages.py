"""Pages as Pillow's pictures: how many there are, one of them, or an EPS's box."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Sequence

from PIL import Image

from qis_core.api import BrokenImage, QisError, TooLarge
from qis_core.api.drawing import Part
from qis_postscript import ghostscript
from qis_postscript.documents import Bounds
from qis_postscript.settings import PostscriptSettings

_POINTS_PER_INCH = 72.0
_MOST_POINTS = 200_000_000
"""A page of 35 square metres; more is not measured, let alone drawn."""

_HEADER = re.compile(rb"P([46])\n(?:#[^\n]{0,200}\n)?(\d{1,9}) (\d{1,9})\n(?:255\n)?")
"""What Ghostscript's devices write before a bitmap (4) or a picture of RGB (6)."""

_LONGEST_HEADER = 250
_PNG_END = b"IEND\xae\x42\x60\x82"

# What stands before an EPS and after it: its showpage does nothing, because the only one comes when it has ended
# (Adobe 5002, "Guidelines for importing EPS files").
_BEFORE = b"""%%!PS
userdict begin /showpage {} def /copypage {} def /setpagedevice {pop} def end
%f %f translate
"""
_AFTER = b"\nsystemdict /showpage get exec\n"

_recent: dict[object, Sequence[tuple[int, int]]] = {}
"""The pages of the last document, by a digest of its program: it is measured first and drawn then."""


def sizes(program: bytes, settings: PostscriptSettings) -> Sequence[tuple[int, int]]:
    """Width and height of every page in points, by running the program. Raises BrokenImage, TooLarge."""
    key = hashlib.sha256(program).digest(), settings.paper
    if key not in _recent:
        pages = _Pages(settings.max_pages)
        try:
            ghostscript.run([program], ["-sDEVICE=pbmraw", "-r72", f"-sDEFAULTPAPERSIZE={settings.paper}"], pages)
        except BrokenImage:
            # Of a program that fails on its way there are the pages before.
            if not pages.sizes:
                raise
        _recent.clear()
        _recent[key] = pages.found()
    return _recent[key]


def page(program: bytes, number: int, points: tuple[int, int], part: Part, settings: PostscriptSettings) -> Image.Image:
    """The part of one page as RGB on white paper. Raises BrokenImage, TooLarge."""
    width, height = part.size.width, part.size.height
    resolution = f"-r{width * _POINTS_PER_INCH / points[0]:f}x{height * _POINTS_PER_INCH / points[1]:f}"
    only = [f"-dFirstPage={number}", f"-dLastPage={number}"]
    file = _File(_is_pixmap, 3 * (width + 100) * (height + 100))
    ghostscript.run([program], ["-sDEVICE=ppmraw", resolution, *only, f"-sDEFAULTPAPERSIZE={settings.paper}"], file)
    image = file.image("PPM", "RGB")
    if abs(image.width - width) > 1 + width / 100 or abs(image.height - height) > 1 + height / 100:
        raise BrokenImage("this PostScript program draws another page each time")
    canvas = Image.new("RGB", (part.pixels.width, part.pixels.height), "white")
    # Pages are measured in whole points: at the right and at the bottom there may be half a point less or more.
    canvas.paste(image, (-int(part.box.left), -int(part.box.top)))
    return canvas


def picture(program: bytes, bounds: Bounds, part: Part) -> Image.Image:
    """The part of an EPS's box as RGBA. Raises BrokenImage, TooLarge."""
    x, y = part.size.width / bounds.width, part.size.height / bounds.height
    left, bottom = bounds.left + part.box.left / x, bounds.bottom + (part.size.height - part.box.bottom) / y
    width, height = part.pixels.width, part.pixels.height
    device = ["-sDEVICE=pngalpha", f"-g{width}x{height}", "-dFIXEDMEDIA",
              f"-r{x * _POINTS_PER_INCH:f}x{y * _POINTS_PER_INCH:f}"]  # fmt: skip
    file = _File(_is_png, 5 * (width + 100) * (height + 100))
    ghostscript.run([_BEFORE % (-left, -bottom), program, _AFTER], device, file)
    image = file.image("PNG", "RGBA")
    if image.size != (width, height):
        raise BrokenImage("this EPS file changes the size that it is drawn at")
    return image


class _Pages:
    """Takes bitmaps, and keeps nothing of them but their sizes."""

    def __init__(self, most: int) -> None:
        self.sizes: list[tuple[int, int]] = []
        self._most = most
        self._header = b""
        self._left = 0
        self._fault: QisError | None = None

    def take(self, piece: bytes) -> bool:
        while piece and self._fault is None:
            passed = min(self._left, len(piece))
            self._left -= passed
            piece = piece[passed:]
            if piece:
                piece = self._begin(self._header + piece)
        return self._fault is not None

    def found(self) -> Sequence[tuple[int, int]]:
        """The sizes. Raises BrokenImage where there are none, TooLarge for too many pages or a page too large."""
        if self._fault:
            raise self._fault
        if not self.sizes:
            raise BrokenImage("this PostScript program draws no page")
        return self.sizes

    def _begin(self, data: bytes) -> bytes:
        """What follows the header of a page, where it is whole already."""
        header = _HEADER.match(data)
        if header is None:
            self._header = data
            if len(data) > _LONGEST_HEADER:
                self._fault = BrokenImage("this PostScript program draws on a device of its own")
            return b""
        self._header = b""
        width, height = int(header[2]), int(header[3])
        self.sizes.append((width, height))
        self._left = (width + 7) // 8 * height
        if len(self.sizes) > self._most:
            self._fault = TooLarge("the number of pages", f"over {self._most}", self._most)
        elif width * height > _MOST_POINTS:
            self._fault = TooLarge(f"a page of {width}x{height} points", width * height, _MOST_POINTS, "square points")
        return data[header.end() :]


class _File:
    """Takes one file of a picture; ``is_whole`` knows when it has come to its end."""

    def __init__(self, is_whole: Callable[[bytearray], bool], most_bytes: int) -> None:
        self._data = bytearray()
        self._is_whole = is_whole
        self._most = most_bytes

    def take(self, piece: bytes) -> bool:
        self._data += piece
        return self._is_whole(self._data) or len(self._data) > self._most

    def image(self, kind: str, mode: str) -> Image.Image:
        """The picture, decoded. Raises BrokenImage where it is none of this kind."""
        if not self._data:
            raise BrokenImage("this PostScript program draws nothing")
        with Image.open(io.BytesIO(self._data), formats=(kind,)) as image:
            plain = image.convert(mode)
        plain.info = {}
        return plain


def _is_pixmap(data: bytearray) -> bool:
    header = _HEADER.match(data)
    return header is not None and len(data) >= header.end() + 3 * int(header[2]) * int(header[3])


def _is_png(data: bytearray) -> bool:
    return data.endswith(_PNG_END)
