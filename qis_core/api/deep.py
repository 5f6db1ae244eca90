"""Pictures of 16 bits a channel. Pillow has none in colour, so each engine that makes them holds them its own way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from qis_core.api.frame import Turn
from qis_core.api.values import Box, Metadata, Size

if TYPE_CHECKING:
    from PIL.Image import Image

TOP = 65535
"""The highest level of a channel: white, full ink, opaque."""

_CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}

Matrix = tuple[float, float, float, float, float, float]
"""From a point (x, y) of the result to the picture's point (ax + by + c, dx + ey + f), in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepPixels:
    """Plain 16-bit pixels: rows from the top, channels side by side, in the machine's byte order.

    ``mode`` is L, LA, RGB, RGBA or CMYK (65535 is full ink). Raises ValueError for data of another length.
    """

    mode: str
    size: Size
    data: bytes | bytearray = field(repr=False)

    def __post_init__(self) -> None:
        if self.mode not in _CHANNELS or len(self.data) != self.size.pixels * _CHANNELS[self.mode] * 2:
            raise ValueError(f"{len(self.data)} bytes are no {self.size} pixels of mode {self.mode} in 16 bits")

    @classmethod
    def of_image(cls, image: Image) -> DeepPixels:
        """A Pillow picture in one of the modes of Decoded; its 8-bit levels are multiplied by 257."""
        size = Size(width=image.width, height=image.height)
        data = image.tobytes()
        if image.mode == "I;16":
            return cls(mode="L", size=size, data=data)
        # A level 0xAB becomes 0xABAB, which is the same in either byte order.
        deep = bytearray(2 * len(data))
        deep[0::2] = deep[1::2] = data
        return cls(mode=image.mode, size=size, data=deep)


@dataclass(frozen=True, slots=True)
class Manner:
    """How colours that the target cannot show are treated: a rendering intent (perceptual, relative,
    saturation or absolute), and whether the darkest colour of the source becomes that of the target."""

    intent: str = "perceptual"
    black_point: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepDecoded:
    """A decoder's answer in 16 bits a channel; the fields as those of ``Decoded``."""

    pixels: DeepPixels
    metadata: Metadata = field(default_factory=Metadata)
    region: Box | None = None
    notes: Sequence[str] = ()


class DeepImage(ABC):
    """A picture of 16 bits a channel as an engine holds it. Never changed: every method gives another one.

    ``mode`` is L, LA, RGB, RGBA or CMYK, ``size`` width and height. Levels and pixels are 0–65535.
    Where a method looks at several pixels, colours count by their alpha. Pictures that methods
    take are of the same engine.
    """

    @property
    @abstractmethod
    def mode(self) -> str:
        """L, LA, RGB, RGBA or CMYK."""

    @property
    @abstractmethod
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""

    # What operations use

    @abstractmethod
    def blurred(self, deviation: float) -> Self:
        """Blurred by a Gaussian of this standard deviation, in pixels."""

    @abstractmethod
    def sharpened(self, deviation: float, amount: float) -> Self:
        """``amount`` times what a Gaussian blur of this deviation takes away is added; alpha stays."""

    @abstractmethod
    def opaque(self) -> Self:
        """Without the alpha channel; colours stay as they are."""

    @abstractmethod
    def overlaid(self, top: Self, mask: Self | None, opacity: float, place: tuple[int, int]) -> Self:
        """With ``top`` (opaque, of this picture's colour model) laid on it, its top left pixel at ``place``.

        ``mask`` (of the size of ``top``) has an alpha channel which, times ``opacity`` (0–1), says how
        much of ``top`` shows; None: all of it.
        """

    @abstractmethod
    def as_model(self, model: str) -> Self:
        """In the colour model L, RGB or CMYK by plain rules, without profiles; alpha is kept for L and RGB.

        RGB to grey: 0.299 R + 0.587 G + 0.114 B; to inks: complements, all grey in the black ink.
        """

    # What the engine uses besides

    @abstractmethod
    def with_alpha(self) -> Self:
        """With an alpha channel, opaque if it had none; L or RGB."""

    @abstractmethod
    def resampled(self, box: Box, size: Size, within: Box, *, linear: bool) -> Self:
        """``box`` (real numbers) resampled to ``size``; exact where that changes nothing.

        Pixels outside ``within`` are never looked at. ``linear`` averages light instead of its code.
        """

    @abstractmethod
    def turned(self, turn: Turn) -> Self:
        """The exact turn."""

    @abstractmethod
    def mapped(self, matrix: Matrix, size: Size, ground: Sequence[int]) -> Self:
        """A picture of ``size`` whose points show the picture's points by ``matrix``, with smooth edges.

        What lies outside is ``ground``, a pixel of this mode.
        """

    @abstractmethod
    def placed(self, place: tuple[int, int], size: Size, ground: Sequence[int]) -> Self:
        """Laid with its top left pixel at ``place`` on a canvas of ``size`` full of ``ground``."""

    @abstractmethod
    def laid_on(self, colour: Sequence[int]) -> Self:
        """Without alpha, laid on a colour (a pixel of the mode without alpha)."""

    @abstractmethod
    def cut(self, box: Box) -> Self:
        """A box of whole pixels."""

    @abstractmethod
    def transformed(self, source: bytes | None, target: bytes | None, model: str, manner: Manner) -> Self:
        """From the colours of one ICC profile to those of another, of the model ``model``; None is sRGB.

        Alpha is kept for L and RGB and dropped for CMYK. Raises UnsupportedFeature for profiles
        that give no transform.
        """

    def settled(self) -> Self:
        """The same, ready to be looked at more than once. For engines that work out pixels late."""
        return self

    @abstractmethod
    def first_pixel(self) -> tuple[int, ...]:
        """The levels of the top left pixel."""

    @abstractmethod
    def to_image(self) -> Image:
        """The same in 8 bits, every level divided by 257 and rounded, as a Pillow picture."""
