"""From decoded pixels to the part of the canvas that is worked on, as the frame says."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PIL import Image

from qis_core.api import Box, Decoded, Frame, Picture, Quality, Size
from qis_core.builtin.pillow import modes
from qis_core.builtin.pillow.colour import Colours
from qis_core.builtin.pillow.resample import SUPPORT, resampled
from qis_core.builtin.pillow.turning import Matrix, mapped, turned

_UNEVEN = 0.01
"""With a free angle, scales of the two axes that differ by less count as equal."""


@dataclass(frozen=True, slots=True)
class Work:
    """What of a canvas is worked on: ``box``, in whole pixels, holds the window and what its pixels depend on."""

    frame: Frame
    box: Box

    @classmethod
    def on(cls, frame: Frame, reach: int | None) -> Work:
        """The window and ``reach`` pixels around it; the whole canvas for ``None``."""
        return cls(frame, Box.of(frame.canvas) if reach is None else frame.grown_window(reach))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the box."""
        return round(self.box.width), round(self.box.height)

    @property
    def part(self) -> Box:
        """What of the content is worked on."""
        return self.frame.content_part(self.box)

    @property
    def region(self) -> Box | None:
        """What of the stored picture is looked at, the reach of the filters included; None for all."""
        filters = 3 * SUPPORT if self.frame.angle else SUPPORT
        around = math.ceil(filters * max(1.0, *self.frame.scale)) + 1
        return replace(self.frame, window=self.box).needed_region(around)

    @property
    def window(self) -> tuple[int, int, int, int]:
        """The frame's window in the pixels of the box."""
        left, top = round(self.frame.window.left - self.box.left), round(self.frame.window.top - self.box.top)
        return left, top, left + self.frame.size.width, top + self.frame.size.height


class Layout:
    """Lays one decoded picture on the canvas."""

    def __init__(self, work: Work, colours: Colours, fill: str, quality: Quality) -> None:
        self._work = work
        self._frame = work.frame
        self._colours = colours
        self._fill = fill
        self._gamma_correct = quality.gamma_correct

    def content(self, decoded: Decoded) -> Picture:
        """The part of the content that is worked on; with a free angle its corners are filled."""
        part = self._work.part
        size = Size(width=max(1, round(part.width)), height=max(1, round(part.height)))
        picture = Picture(image=decoded.image, metadata=decoded.metadata)
        if part.width < 1 or part.height < 1:
            return picture.with_image(Image.new(decoded.image.mode, (1, 1)))
        if self._frame.angle:
            return self._rotated(decoded, part, size)
        turn = self._frame.turn
        box = self._in_image(decoded, self._frame.picture_box(part))
        within = self._in_image(decoded, self._frame.crop)
        stored = size.turned if turn.swaps else size
        image = resampled(decoded.image, box, stored, within, gamma_correct=self._gamma_correct)
        return picture.with_image(turned(image, turn))

    def canvas(self, content: Picture) -> Picture:
        """The content laid on the part of the canvas that is worked on."""
        part, box = self._work.part, self._work.box
        x, y = self._frame.offset
        place = round(part.left + x - box.left), round(part.top + y - box.top)
        if place == (0, 0) and content.image.size == self._work.size and part.width >= 1 and part.height >= 1:
            return content
        ready = self._beside_fill(content)
        image = Image.new(ready.image.mode, self._work.size, self._ground(ready))
        if part.width >= 1 and part.height >= 1:
            image.paste(ready.image, place)
        return ready.with_image(image)

    def _in_image(self, decoded: Decoded, upright: Box) -> Box:
        """A box of the upright picture in the pixels that were decoded."""
        stored = self._frame.turn.stored_box(upright, self._frame.original)
        covered = decoded.region or Box.of(self._frame.original)
        x, y = decoded.image.width / covered.width, decoded.image.height / covered.height
        return stored.moved(-covered.left, -covered.top).scaled(x, y)

    def _rotated(self, decoded: Decoded, part: Box, size: Size) -> Picture:
        frame = self._frame
        scale = max(frame.scale)
        if scale / min(frame.scale) < 1 + _UNEVEN:
            return self._rotated_evenly(decoded, frame, part)
        # The filter that rotates does not reduce: rotated at one scale for both axes, then distorted.
        whole = Size(width=max(1, round(frame.crop.width * scale)), height=max(1, round(frame.crop.height * scale)))
        even = replace(frame, content=whole, canvas=whole, offset=(0, 0), window=Box.of(whole))
        x, y = whole.width / frame.content.width, whole.height / frame.content.height
        wanted, around = part.scaled(x, y), SUPPORT * max(1.0, x, y)
        wide = _outwards(wanted, whole, around)
        picture = self._rotated_evenly(decoded, even, wide)
        box, within = wanted.moved(-wide.left, -wide.top), Box.of(whole).moved(-wide.left, -wide.top)
        return picture.with_image(
            resampled(picture.image, box, size, within, gamma_correct=self._gamma_correct),
        )

    def _rotated_evenly(self, decoded: Decoded, frame: Frame, part: Box) -> Picture:
        """Reduced first, then rotated at the scale of the content: the same picture with fewer pixels."""
        upright = frame.upright
        scale = min(1.0, max(frame.scale))
        grid = Size(width=max(1, round(upright.width * scale)), height=max(1, round(upright.height * scale)))
        x, y = grid.width / upright.width, grid.height / upright.height
        # Whole pixels of the grid that lies over the whole picture, so that tiles meet without a seam.
        around = SUPPORT * max(1.0, *frame.scale)
        area = _outwards(frame.upright_box(part, around).scaled(x, y), grid)
        image = self._upright_area(decoded, area, x, y)
        picture = self._beside_fill(Picture(image=image, metadata=decoded.metadata))
        matrix = _matrix(frame, part, area, (x, y))
        size = round(part.width), round(part.height)
        return picture.with_image(mapped(picture.image, matrix, size, self._ground(picture)))

    def _upright_area(self, decoded: Decoded, area: Box, x: float, y: float) -> Image.Image:
        box = self._in_image(decoded, area.scaled(1 / x, 1 / y))
        within = self._in_image(decoded, Box.of(self._frame.upright))
        size = Size(width=round(area.width), height=round(area.height))
        stored = size.turned if self._frame.turn.swaps else size
        image = resampled(decoded.image, box, stored, within, gamma_correct=self._gamma_correct)
        return turned(image, self._frame.turn)

    def _beside_fill(self, picture: Picture) -> Picture:
        """The picture in a mode that holds the fill as well."""
        image = picture.image
        wanted = modes.filled_mode(image.mode, self._fill)
        if wanted == image.mode:
            return picture
        if modes.model(wanted) != modes.model(image.mode):
            picture = self._colours.convert(picture, modes.model(wanted))
            image = picture.image
        return picture.with_image(modes.eight_bits(image).convert(wanted))

    def _ground(self, picture: Picture) -> int | tuple[int, ...]:
        return self._colours.pixel(picture.image.mode, self._fill, picture.metadata.icc_profile)


def _matrix(frame: Frame, part: Box, area: Box, scale: tuple[float, float]) -> Matrix:
    """From a pixel of ``part`` of the content to the pixel of the upright ``area`` that it shows.

    ``scale`` is that of the area: its pixels per pixel of the upright picture, across and down.
    """
    box = frame.picture_box(part)
    across, down = box.width / part.width, box.height / part.height
    radians = math.radians(frame.angle)
    cos, sin = math.cos(radians), math.sin(radians)
    # The picture's point relative to its centre, rotated back, is the upright point relative to its own.
    left, top = box.left - frame.picture.width / 2, box.top - frame.picture.height / 2
    x, y = scale
    return (
        cos * across * x, sin * down * x,
        (cos * left + sin * top + frame.upright.width / 2) * x - area.left,
        -sin * across * y, cos * down * y,
        (-sin * left + cos * top + frame.upright.height / 2) * y - area.top,
    )  # fmt: skip


def _outwards(box: Box, size: Size, around: float = 0) -> Box:
    """Whole pixels around the box, at least one, inside ``size``."""
    left, top = max(0, math.floor(box.left - around)), max(0, math.floor(box.top - around))
    left, top = min(left, size.width - 1), min(top, size.height - 1)
    right, bottom = min(math.ceil(box.right + around), size.width), min(math.ceil(box.bottom + around), size.height)
    return Box(left=left, top=top, right=max(left + 1, right), bottom=max(top + 1, bottom))
