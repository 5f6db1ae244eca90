"""Image operations: what can be done to a picture, as plugins declare it."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from qis_core.api.deep import DeepImage
from qis_core.api.frame import Frame
from qis_core.api.options import Option, Options
from qis_core.api.values import Metadata, Size, SourceInfo

if TYPE_CHECKING:
    from PIL.Image import Image


class Phase(enum.IntEnum):
    """Where an operation stands in the order of work; within a phase, ``priority`` decides.

    Framing operations use FLIP to TILE, pixel operations SOURCE (before the frame, on decoded
    pixels) or COLOUR to OVERLAY (after it), finishing operations PROFILE to STRIP.
    """

    SOURCE = 10
    FLIP = 20
    ROTATE = 30
    CROP = 40
    RESIZE = 50
    COLOUR = 60
    SHARPEN = 70
    OVERLAY = 80
    TILE = 90
    PROFILE = 100
    COLOURSPACE = 110
    STRIP = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something besides the source that an operation needs: fetched, permitted and versioned first.

    ``kind`` is ``picture`` (``name``: a path in the library, which needs view permission) or
    ``profile`` (``name``: that of an installed ICC profile).
    """

    kind: str
    name: str


class OperationContext(Protocol):
    """What an operation may know and ask while it works on pixels."""

    @property
    def original(self) -> Size:
        """The source's stored size."""

    @property
    def scale(self) -> float:
        """Pixels of the picture at hand per pixel of the original."""

    @property
    def canvas(self) -> Size:
        """The whole output before a tile is cut from it (before the frame: the picture at hand)."""

    @property
    def origin(self) -> tuple[int, int]:
        """Where on the canvas the top left pixel of the picture at hand lies."""

    @property
    def fill(self) -> str:
        """The recipe's fill as ``#rrggbb``, or ``none``."""

    @property
    def metadata(self) -> Metadata:
        """What stands beside the pixels at hand; its ICC profile says what their numbers mean."""

    def picture(self, name: str, at_most: Size) -> Picture:
        """The picture resource ``name``, upright, no larger than ``at_most``, never enlarged."""

    def convert(
        self,
        picture: Picture,
        model: str,
        profile: bytes | None = None,
        *,
        intent: str = "perceptual",
        black_point: bool = False,
    ) -> Picture:
        """The picture in the colour model ``model`` (``L``, ``RGB`` or ``CMYK``) and the colours of ``profile``.

        The ICC profiles tell how: the picture's own (without one: sRGB, or the site's CMYK
        profile) and ``profile``, which stands beside the answer. Without ``profile`` the answer
        is sRGB, its grey, or the site's CMYK. Alpha is kept for L and RGB and laid on the fill
        for CMYK. ``intent`` is perceptual, relative, saturation or absolute; ``black_point``
        asks for black point compensation. A profile of another model, or a broken one, counts
        as none and is noted.
        """

    def profile(self, name: str) -> bytes:
        """The ICC profile resource ``name``."""

    def note(self, text: str) -> None:
        """Adds a note to the rendering ('overlay left out: …')."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image and what stands beside its pixels."""

    image: Image
    metadata: Metadata

    def with_image(self, image: Image) -> Picture:
        """The same metadata beside other pixels."""
        return replace(self, image=image)


class DeepContext(Protocol):
    """What an operation may know and ask while it works at 16 bits a channel; as in ``OperationContext``."""

    @property
    def canvas(self) -> Size:
        """The whole output before a tile is cut from it."""

    @property
    def origin(self) -> tuple[int, int]:
        """Where on the canvas the top left pixel of the picture at hand lies."""

    @property
    def metadata(self) -> Metadata:
        """What stands beside the pixels at hand."""

    def deep_picture(self, name: str, at_most: Size) -> tuple[DeepImage, Metadata]:
        """The picture resource ``name``, upright, no larger than ``at_most``, never enlarged."""

    def deep_convert(
        self, image: DeepImage, metadata: Metadata, model: str, profile: bytes | None = None
    ) -> tuple[DeepImage, Metadata]:
        """The picture in another colour model and the colours of ``profile``."""

    def note(self, text: str) -> None:
        """Adds a note to the rendering."""


class Operation:
    """One image operation. Subclass one of the three kinds below, never this.

    ``name`` is unique among operations. Raise ``version`` when the same options give other
    pixels: renderings made before are forgotten.
    """

    name: str
    phase: Phase
    priority: int = 0
    options: Sequence[Option] = ()
    version: int = 1

    def is_noop(self, options: Options) -> bool:
        """True where these options leave every picture as it is; such a step is dropped.

        The default: nothing is set, or all that is set equals its declared default.
        """
        return all(options.get(option.key, option.default) == option.default for option in self.options)

    def normalise(self, options: Options) -> Options:
        """The canonical form of options that give the same picture; by default defaults are dropped.

        Called on options that are not a no-op. May raise BadOption where options contradict.
        """
        return options.without(*(o.key for o in self.options if options.get(o.key) == o.default))

    def settle(self, steps: Mapping[str, Options]) -> Mapping[str, Options]:
        """The canonical form of a recipe in which this operation stands beside others; by default as it is.

        ``steps`` are the normalised options of every operation of the recipe by its name, this one
        included. The answer has the same steps, some of them changed or left out, and makes the
        same picture.
        """
        return steps

    def needs_fill(self, options: Options) -> bool:
        """Whether the recipe's fill colour can show because of this operation; else it may be forgotten.

        The default: False. Override it in an operation that reads ``context.fill`` or pads. Of a
        finishing operation it is asked only where the picture may be transparent.
        """
        return False

    def resources(self, options: Options) -> Sequence[Resource]:
        """What has to be fetched and permitted before the work."""
        return ()

    def facts(self, options: Options) -> Sequence[str]:
        """The facts of the picture that are read from ``SourceInfo.facts``, such as ``focal``: a rendering is made
        anew when they change."""
        return ()


class FramingOperation(Operation, ABC):
    """Where the picture's pixels come from and go to: a pure function from frame to frame."""

    def needs_fill(self, options: Options) -> bool:
        """Whether padding or empty corners can come of it. The default: True."""
        return True

    @abstractmethod
    def reframe(self, frame: Frame, options: Options, info: SourceInfo) -> Frame:
        """The frame after this operation. May raise BadOption or UnsupportedFeature."""


class PixelOperation(Operation, ABC):
    """What the picture looks like; the answer has the size of the image that came in.

    ``modes`` are the Pillow modes that ``apply`` takes: a picture in another one is converted to
    the nearest of them first (alpha kept where one of them has it). Extend it to get CMYK as it is.
    ``deep`` tells that ``apply_deep`` does the same at 16 bits a channel; without it recipes that
    have this operation are rendered in 8 bits.
    """

    modes: Sequence[str] = ("L", "LA", "RGB", "RGBA")
    deep: bool = False

    @abstractmethod
    def apply(self, image: Image, options: Options, context: OperationContext) -> Image:
        """The changed picture. The image that came in may be changed in place and returned."""

    def apply_deep(self, image: DeepImage, options: Options, context: DeepContext) -> DeepImage:
        """As ``apply``, for a picture of any mode with 16 bits a channel. Only called where ``deep`` is true."""
        raise NotImplementedError

    def reach(self, options: Options) -> int | None:
        """How many pixels around one influence it, so that a tile can be made without the rest.

        0: each pixel by itself; ``None`` (the default): the whole picture is needed.
        """
        return None


class FinishingOperation(Operation, ABC):
    """The colour model of the output and what is written beside its pixels.

    ``deep`` tells that ``finish`` touches no pixels itself: of the picture's image it looks at
    ``mode`` and ``size`` only and leaves the rest to ``context.convert``. It then works on pictures of
    16 bits a channel (``DeepImage``) as well; without it recipes that have this operation are
    rendered in 8 bits.
    """

    deep: bool = False

    @abstractmethod
    def finish(self, picture: Picture, options: Options, context: OperationContext) -> Picture:
        """The picture in its final colours, with the metadata to write."""
