"""The frame: where a picture's pixels come from and go to, computed without any pixels.

Flip, rotation, crop, size, padding and tile of a recipe fold into one frozen value. It gives the
exact output size before anything is decoded, tells how much resolution the target needs, and
lets the crop stay fractional until the one resampling takes it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from qis_core.api.errors import UnsupportedFeature
from qis_core.api.values import Box, Size, SourceInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An exact turn: mirrored left to right first where ``mirror``, then ``quarters`` clockwise."""

    mirror: bool = False
    quarters: int = 0

    @classmethod
    def from_exif(cls, orientation: int) -> Turn:
        """The turn that makes a picture of EXIF orientation 1–8 upright (EXIF 2.32, tag 0x0112)."""
        mirror, quarters = {2: (True, 0), 3: (False, 2), 4: (True, 2), 5: (True, 3),
                            6: (False, 1), 7: (True, 1), 8: (False, 3)}.get(orientation, (False, 0))  # fmt: skip
        return cls(mirror=mirror, quarters=quarters)

    def then_mirrored(self) -> Turn:
        """This turn followed by a mirror left to right."""
        return Turn(mirror=not self.mirror, quarters=-self.quarters % 4)

    def then_turned(self, quarters: int) -> Turn:
        """This turn followed by ``quarters`` clockwise."""
        return replace(self, quarters=(self.quarters + quarters) % 4)

    @property
    def swaps(self) -> bool:
        """True where width and height change places."""
        return self.quarters % 2 == 1

    def stored_box(self, box: Box, stored: Size) -> Box:
        """Where ``box`` of the turned picture lies in the picture as stored, whose size is ``stored``."""
        size = stored.turned if self.swaps else stored
        for _ in range(self.quarters):
            box = Box(left=box.top, top=size.width - box.right, right=box.bottom, bottom=size.width - box.left)
            size = size.turned
        if self.mirror:
            box = replace(box, left=stored.width - box.right, right=stored.width - box.left)
        return box


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One picture's way from stored pixels to output pixels, in this order:

    ``original`` (stored size) → ``turn`` (exact) → ``angle`` (free, degrees clockwise, about the
    centre) → ``picture`` (size of the bounds then) → ``crop`` (a box of the picture, real numbers)
    → ``content`` (the size that the crop is resampled to) → laid on ``canvas`` at ``offset``
    → ``window`` (the box of the canvas that is delivered).

    ``rotated`` tells that a rotation was asked for, quarter turns included: the contract's limits
    of size depend on it. Framing operations build frames by the methods below only.
    """

    original: Size
    turn: Turn
    angle: float
    rotated: bool
    picture: Size
    crop: Box
    content: Size
    canvas: Size
    offset: tuple[int, int]
    window: Box

    @classmethod
    def of(cls, info: SourceInfo) -> Frame:
        """The frame of a whole source, upright, pixel for pixel."""
        turn = Turn.from_exif(info.orientation)
        upright = info.size.turned if turn.swaps else info.size
        return cls._whole(info.size, turn, 0.0, False, upright)

    @classmethod
    def _whole(cls, original: Size, turn: Turn, angle: float, rotated: bool, picture: Size) -> Frame:
        return cls(original=original, turn=turn, angle=angle, rotated=rotated, picture=picture,
                   crop=Box.of(picture), content=picture, canvas=picture, offset=(0, 0),
                   window=Box.of(picture))  # fmt: skip

    @property
    def upright(self) -> Size:
        """The size after the exact turn, before the free angle."""
        return self.original.turned if self.turn.swaps else self.original

    @property
    def size(self) -> Size:
        """The output's size in pixels."""
        return Size(width=round(self.window.width), height=round(self.window.height))

    @property
    def scale(self) -> tuple[float, float]:
        """Output pixels per picture pixel, across and down."""
        return self.content.width / self.crop.width, self.content.height / self.crop.height

    @property
    def is_padded(self) -> bool:
        """True where some of the canvas is not covered by the content."""
        return self.content != self.canvas or self.offset != (0, 0)

    @property
    def is_tiled(self) -> bool:
        """True where the window is not the whole canvas."""
        return self.window != Box.of(self.canvas)

    @property
    def is_identity(self) -> bool:
        """True where the output is the original's pixels as stored."""
        return self == Frame._whole(self.original, Turn(), 0.0, self.rotated, self.original)

    def needed_size(self, reserve: float = 1.0, *, drawn: bool = False) -> Size:
        """The least size of the whole stored page that gives the content all its resolution.

        ``reserve`` times the content's own resolution, but never more than the original's, unless
        the page is ``drawn`` for the rendering and so has no resolution of its own.
        """
        x, y = self.scale
        if self.angle:
            x = y = max(x, y)
        elif self.turn.swaps:
            x, y = y, x
        # A millionth of a pixel is above the noise of the division and below what can be seen.
        width, height = (math.ceil(self.original.width * x * reserve - 1e-6),
                         math.ceil(self.original.height * y * reserve - 1e-6))  # fmt: skip
        if drawn:
            return Size(width=max(1, width), height=max(1, height))
        return Size(width=min(width, self.original.width), height=min(height, self.original.height))

    def needed_region(self, margin: float = 0) -> Box | None:
        """The stored pixels that the window shows, in whole pixels; ``None`` for all of them.

        ``margin`` is how many output pixels beyond the window count as well, where the crop has them.
        """
        part = self.content_part(self.grown_window(margin))
        box = self.turn.stored_box(self.upright_box(part, margin), self.original)
        left, top = max(0, math.floor(box.left + 1e-6)), max(0, math.floor(box.top + 1e-6))
        left, top = min(left, self.original.width - 1), min(top, self.original.height - 1)
        right = min(self.original.width, max(left + 1, math.ceil(box.right - 1e-6)))
        bottom = min(self.original.height, max(top + 1, math.ceil(box.bottom - 1e-6)))
        region = Box(left=left, top=top, right=right, bottom=bottom)
        return None if region == Box.of(self.original) else region

    def grown_window(self, margin: float) -> Box:
        """The window with ``margin`` more pixels on every side, as far as the canvas goes."""
        window, canvas = self.window, self.canvas
        return Box(
            left=max(0, window.left - margin),
            top=max(0, window.top - margin),
            right=min(canvas.width, window.right + margin),
            bottom=min(canvas.height, window.bottom + margin),
        )

    def content_part(self, box: Box) -> Box:
        """What of the content lies in ``box`` of the canvas, from the content's top left; empty where nothing does."""
        x, y = self.offset
        width, height = self.content.width, self.content.height
        left, top = min(max(0, box.left - x), width), min(max(0, box.top - y), height)
        right, bottom = max(left, min(box.right - x, width)), max(top, min(box.bottom - y, height))
        return Box(left=left, top=top, right=right, bottom=bottom)

    def picture_box(self, part: Box) -> Box:
        """Where ``part`` of the content comes from in the picture, in real numbers."""
        x, y = self.scale
        return part.scaled(1 / x, 1 / y).moved(self.crop.left, self.crop.top)

    def upright_box(self, part: Box, margin: float = 0) -> Box:
        """Where ``part`` of the content comes from before the free angle: the bounds of its four corners.

        With an angle, ``margin`` output pixels around it count as well; clipped to the upright picture.
        """
        box = self.picture_box(part)
        if not self.angle:
            return box
        size, picture, around = self.upright, self.picture, margin / min(self.scale)
        radians = math.radians(self.angle)
        cos, sin = math.cos(radians), math.sin(radians)
        corners = [(x - picture.width / 2, y - picture.height / 2)
                   for x in (box.left, box.right) for y in (box.top, box.bottom)]  # fmt: skip
        xs = [size.width / 2 + x * cos + y * sin for x, y in corners]
        ys = [size.height / 2 - x * sin + y * cos for x, y in corners]
        left, top = min(max(0, min(xs) - around), size.width), min(max(0, min(ys) - around), size.height)
        return Box(left=left, top=top, right=max(left, min(size.width, max(xs) + around)),
                   bottom=max(top, min(size.height, max(ys) + around)))  # fmt: skip

    def content_point(self, x: float, y: float) -> tuple[float, float]:
        """Where the stored point (x, y) comes to lie on the content; outside it where it was cropped away."""
        width, height = self.original.width, self.original.height
        if self.turn.mirror:
            x = width - x
        for _ in range(self.turn.quarters):
            x, y, width, height = height - y, x, height, width
        radians = math.radians(self.angle)
        cos, sin = math.cos(radians), math.sin(radians)
        x, y = x - width / 2, y - height / 2
        x, y = self.picture.width / 2 + x * cos - y * sin, self.picture.height / 2 + x * sin + y * cos
        across, down = self.scale
        return (x - self.crop.left) * across, (y - self.crop.top) * down

    def flipped(self, direction: str) -> Frame:
        """Mirrored: ``h`` left to right, ``v`` top to bottom."""
        self._needs_no_window("flip")
        mirrored = self._mirrored()
        return mirrored if direction == "h" else mirrored._turned_half()

    def rotated_by(self, angle: float) -> Frame:
        """Rotated clockwise by ``angle`` degrees about the centre; the picture grows to hold it.

        Quarter turns are exact at any time; another angle must come before crop and size.
        Raises UnsupportedFeature otherwise.
        """
        self._needs_no_window("rotation")
        angle %= 360.0
        if angle == 0:
            return self
        if angle % 90 == 0:
            frame = self
            for _ in range(int(angle // 90)):
                frame = frame._turned_quarter()
            return replace(frame, rotated=True)
        if self != Frame._whole(self.original, self.turn, self.angle, self.rotated, self.picture):
            raise UnsupportedFeature("a rotation other than by quarter turns must come before crop and size")
        total = (self.angle + angle) % 360.0
        if total % 90 == 0:
            upright = Frame._whole(self.original, self.turn, 0.0, True, self.upright)
            return upright.rotated_by(total)
        bounds = rotated_bounds(self.upright, total)
        return Frame._whole(self.original, self.turn, total, True, bounds)

    def cropped(self, box: Box) -> Frame:
        """Only ``box``, in pixels of the content as it stands, pixel for pixel.

        Raises UnsupportedFeature after padding or a tile; the box is clipped to the content.
        """
        self._needs_no_window("crop")
        if self.is_padded:
            raise UnsupportedFeature("a crop must come before padding")
        right, bottom = min(self.content.width, box.right), min(self.content.height, box.bottom)
        clipped = Box(left=max(0, box.left), top=max(0, box.top), right=right, bottom=bottom)
        if clipped.width <= 0 or clipped.height <= 0:
            return self
        x, y = self.scale
        crop = clipped.scaled(1 / x, 1 / y).moved(self.crop.left, self.crop.top)
        size = Size(width=max(1, round(clipped.width)), height=max(1, round(clipped.height)))
        return replace(self, crop=crop, content=size, canvas=size, window=Box.of(size))

    def recropped(self, box: Box) -> Frame:
        """Another crop in place of the one so far: ``box`` in pixels of the picture, pixel for pixel.

        It must not be empty; what lies outside the picture is cut off. Undoes size and padding.
        """
        self._needs_no_window("crop")
        return Frame._whole(self.original, self.turn, self.angle, self.rotated, self.picture).cropped(box)

    def fitted(self, bounds: tuple[int, int]) -> Frame:
        """Scaled down, padding and all, to fit inside ``bounds`` (width, height; 0 is none)."""
        width, height = bounds[0] or self.canvas.width, bounds[1] or self.canvas.height
        if self.canvas.width <= width and self.canvas.height <= height:
            return self
        canvas = self.canvas.inside(width, height)
        x, y = canvas.width / self.canvas.width, canvas.height / self.canvas.height
        content = Size(width=min(canvas.width, math.ceil(round(self.content.width * x, 9))),
                       height=min(canvas.height, math.ceil(round(self.content.height * y, 9))))  # fmt: skip
        offset = (min(int(self.offset[0] * x), canvas.width - content.width),
                  min(int(self.offset[1] * y), canvas.height - content.height))  # fmt: skip
        return self.resized(content, canvas, offset)

    def resized(self, content: Size, canvas: Size | None = None, offset: tuple[int, int] = (0, 0)) -> Frame:
        """The crop resampled to ``content``, laid on ``canvas`` (default: just as large) at ``offset``."""
        self._needs_no_window("size")
        canvas = canvas or content
        return replace(self, content=content, canvas=canvas, offset=offset, window=Box.of(canvas))

    def windowed(self, box: Box) -> Frame:
        """Only ``box`` of the canvas is delivered; whole pixels inside the canvas."""
        return replace(self, window=box)

    def _needs_no_window(self, what: str) -> None:
        if self.is_tiled:
            raise UnsupportedFeature(f"{what} must come before a tile")

    def _mirrored(self) -> Frame:
        crop = replace(self.crop, left=self.picture.width - self.crop.right, right=self.picture.width - self.crop.left)
        offset = (self.canvas.width - self.content.width - self.offset[0], self.offset[1])
        return replace(self, turn=self.turn.then_mirrored(), angle=-self.angle % 360.0, crop=crop, offset=offset)

    def _turned_quarter(self) -> Frame:
        # A free angle stays as it is: rotations about one centre may change places.
        c, (x, y) = self.crop, self.offset
        crop = Box(left=self.picture.height - c.bottom, top=c.left, right=self.picture.height - c.top, bottom=c.right)
        return replace(
            self, turn=self.turn.then_turned(1), picture=self.picture.turned, crop=crop,
            content=self.content.turned, canvas=self.canvas.turned,
            offset=(self.canvas.height - self.content.height - y, x), window=Box.of(self.canvas.turned),
        )  # fmt: skip

    def _turned_half(self) -> Frame:
        return self._turned_quarter()._turned_quarter()


def rotated_bounds(size: Size, angle: float) -> Size:
    """The bounds of a picture of ``size`` rotated by ``angle`` degrees about its centre.

    The corners are turned about (width/2, height/2); each side is the ceiling of the largest
    coordinate less the floor of the smallest (400×300 at 45° gives 496×496).
    """
    radians = math.radians(angle)
    cos, sin = math.cos(radians), math.sin(radians)
    cx, cy = size.width / 2, size.height / 2
    corners = [(-cx, -cy), (cx, -cy), (cx, cy), (-cx, cy)]
    # Nine decimals are far below a pixel and above the noise of the cosine.
    xs = [round(cx + x * cos - y * sin, 9) for x, y in corners]
    ys = [round(cy + x * sin + y * cos, 9) for x, y in corners]
    return Size(width=math.ceil(max(xs)) - math.floor(min(xs)), height=math.ceil(max(ys)) - math.floor(min(ys)))
