"""A picture of 16 bits a channel in ImageMagick.

Grey is held as three equal channels, and every picture but CMYK as sRGB to ImageMagick, which must
not convert anything by itself: what the numbers mean is the engine's to know.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from functools import cache
from typing import Any, Self

from PIL import Image, ImageCms

from qis_core.api import (
    Box,
    BrokenImage,
    DeepImage,
    DeepPixels,
    Manner,
    Matrix,
    Size,
    TooLarge,
    Turn,
    UnsupportedFeature,
)
from qis_magick.library import Wand, core, library
from qis_magick.numbers import (
    AFFINE,
    ALL_CHANNELS,
    ALPHA,
    CHAR,
    CMYK,
    COPY,
    COPY_OPACITY,
    DEACTIVATE,
    EDGE,
    EXTRACT,
    GREY,
    INTENTS,
    LANCZOS,
    LINEAR,
    LUMA_601,
    MULTIPLY,
    OPAQUE,
    OVER,
    PLUS,
    SHORT,
    SRGB,
    TRANSPARENT_EDGE,
)

_MAPS = {"L": "R", "LA": "RA", "RGB": "RGB", "RGBA": "RGBA", "CMYK": "CMYK"}
_DEFAULT_CHANNELS = ALL_CHANNELS & ~ALPHA


class MagickImage(DeepImage):
    """``wand`` holds one picture, which nobody changes."""

    def __init__(self, wand: Wand, mode: str) -> None:
        self.wand = wand
        self._mode = mode

    @classmethod
    def of(cls, pixels: DeepPixels) -> MagickImage:
        """A picture of plain pixels."""
        wand, size = Wand(), pixels.size
        channels = {"L": "I", "LA": "IA"}.get(pixels.mode, pixels.mode).encode()
        place = ctypes.cast(ctypes.c_char_p(bytes(pixels.data)), ctypes.c_void_p)
        wand.do("ConstituteImage", size.width, size.height, channels, SHORT, place)
        if pixels.mode != "CMYK":
            wand.do("SetImageColorspace", SRGB)
        return cls(wand, pixels.mode)

    @property
    def mode(self) -> str:
        return self._mode

    @property
    def size(self) -> tuple[int, int]:
        return int(self.wand.ask("GetImageWidth")), int(self.wand.ask("GetImageHeight"))

    # What operations use

    def blurred(self, deviation: float) -> Self:
        return self._changed("BlurImageChannel", self._channels, 0.0, deviation)

    def sharpened(self, deviation: float, amount: float) -> Self:
        sharper = self._changed("UnsharpMaskImageChannel", self._channels, 0.0, deviation, amount, 0.0)
        if self._has_alpha:
            sharper.wand.do("CompositeImage", self.wand.pointer, COPY_OPACITY, 0, 0)
        return sharper

    def opaque(self) -> Self:
        return self._changed("SetImageAlphaChannel", DEACTIVATE, mode=self._model)

    def overlaid(self, top: Self, mask: Self | None, opacity: float, place: tuple[int, int]) -> Self:
        cover = top.wand.copied()
        cover.do("SetImageAlphaChannel", OPAQUE)
        if mask is not None:
            cover.do("CompositeImage", mask.wand.pointer, COPY_OPACITY, 0, 0)
        if opacity < 1:
            cover.do("EvaluateImageChannel", ALPHA, MULTIPLY, opacity)
        return self._changed("CompositeImage", cover.pointer, OVER, *place)

    def as_model(self, model: str) -> Self:
        if model == self._model:
            return self
        source = self
        if self._model == "CMYK":
            source = self._changed("TransformImageColorspace", SRGB, mode="RGB")
        alpha = "A" if self._has_alpha and model != "CMYK" else ""
        if model == "RGB":
            return source._changed(mode="RGB" + alpha)
        if model == "CMYK":
            colours = source.opaque() if source._has_alpha else source
            return colours._changed("TransformImageColorspace", CMYK, mode="CMYK")
        grey = source._changed("TransformImageColorspace", LUMA_601, mode="L" + alpha)
        grey.wand.do("SetImageColorspace", SRGB)
        return grey

    # What the engine uses besides

    def with_alpha(self) -> Self:
        return self if self._has_alpha else self._changed("SetImageAlphaChannel", OPAQUE, mode=self._model + "A")

    def resampled(self, box: Box, size: Size, within: Box, *, linear: bool) -> Self:
        exact = _whole(box)
        if exact and (round(box.width), round(box.height)) == (size.width, size.height):
            return self.cut(box)
        # Nothing of what lies beside may be seen.
        left, top = max(0, math.floor(within.left + 1e-6)), max(0, math.floor(within.top + 1e-6))
        right, bottom = (
            min(self.size[0], math.ceil(within.right - 1e-6)),
            min(self.size[1], math.ceil(within.bottom - 1e-6)),
        )
        part = box if exact else Box(left=left, top=top, right=max(left + 1, right), bottom=max(top + 1, bottom))
        found = self.cut(part)
        linear = linear and self._model != "CMYK"
        if linear:
            found.wand.do("TransformImageColorspace", LINEAR)
        if exact:
            found.wand.do("ResizeImage", size.width, size.height, LANCZOS, 1.0)
        else:
            x, y = size.width / box.width, size.height / box.height
            found._distort((x, 0, 0, y, (part.left - box.left) * x, (part.top - box.top) * y), size, EDGE)
        if linear:
            found.wand.do("TransformImageColorspace", SRGB)
        return found

    def turned(self, turn: Turn) -> Self:
        found = self._changed("FlopImage") if turn.mirror else self
        if turn.quarters:
            found = found._changed("RotateImage", _clear_pixel(), 90.0 * turn.quarters)
            found.wand.do("ResetImagePage", b"")
        return found

    def mapped(self, matrix: Matrix, size: Size, ground: Sequence[int]) -> Self:
        a, b, c, d, e, f = matrix
        whole = a * e - b * d
        forward = (e / whole, -d / whole, -b / whole, a / whole, (b * f - c * e) / whole, (c * d - a * f) / whole)
        found = self._changed("SetImageAlphaChannel", OPAQUE) if not self._has_alpha else self._changed()
        found._distort(forward, size, TRANSPARENT_EDGE)
        if not self._has_alpha:
            canvas = self._canvas(size, ground)
            canvas.wand.do("CompositeImage", found.wand.pointer, OVER, 0, 0)
            return canvas
        if ground[-1] == 0:
            return found
        # What the picture does not cover is the ground's, as much as it does not.
        bare = self._changed("SetImageAlphaChannel", OPAQUE)
        bare._distort(forward, size, TRANSPARENT_EDGE)
        bare.wand.do("SetImageAlphaChannel", EXTRACT)
        bare.wand.do("NegateImage", 0)
        canvas = self._canvas(size, ground)
        canvas.wand.do("CompositeImage", bare.wand.pointer, COPY_OPACITY, 0, 0)
        canvas.wand.do("CompositeImage", found.wand.pointer, PLUS, 0, 0)
        return canvas

    def placed(self, place: tuple[int, int], size: Size, ground: Sequence[int]) -> Self:
        canvas = self._canvas(size, ground)
        canvas.wand.do("CompositeImage", self.wand.pointer, COPY, *place)
        return canvas

    def laid_on(self, colour: Sequence[int]) -> Self:
        size = Size(width=self.size[0], height=self.size[1])
        ground = self._canvas(size, colour, self._model)
        ground.wand.do("CompositeImage", self.wand.pointer, OVER, 0, 0)
        return ground

    def cut(self, box: Box) -> Self:
        found = self._changed("CropImage", round(box.width), round(box.height), round(box.left), round(box.top))
        found.wand.do("ResetImagePage", b"")
        return found

    def transformed(self, source: bytes | None, target: bytes | None, model: str, manner: Manner) -> Self:
        alpha = "A" if self._has_alpha and model != "CMYK" else ""
        base = self.opaque() if self._has_alpha and not alpha else self._changed()
        before, after = source or srgb_profile(), target or srgb_profile()
        wand = base.wand
        wand.do("SetImageRenderingIntent", INTENTS[manner.intent])
        _compensate(wand, manner.black_point)
        try:
            if base._model == "L":
                wand.do("SetImageColorspace", GREY)
            wand.ask("ProfileImage", b"icc", None, 0)
            for profile in (before, after):
                wand.do("ProfileImage", b"icc", profile, len(profile))
            wand.ask("ProfileImage", b"icc", None, 0)
        except (BrokenImage, TooLarge) as error:
            raise UnsupportedFeature("these ICC profiles give no conversion") from error
        is_inks = int(wand.ask("GetImageColorspace")) == CMYK
        if is_inks != (model == "CMYK"):
            raise UnsupportedFeature(f"this ICC profile gives no picture of the model {model}")
        if not is_inks:
            wand.do("SetImageColorspace", SRGB)
        return type(self)(wand, model + alpha)

    def first_pixel(self) -> tuple[int, ...]:
        data = exported(self.wand, self._mode, Size(width=1, height=1), SHORT)
        return tuple(memoryview(data).cast("H"))

    def to_image(self) -> Image.Image:
        size = Size(width=self.size[0], height=self.size[1])
        return Image.frombytes(self._mode, self.size, exported(self.wand, self._mode, size, CHAR))

    # Inside

    @property
    def _model(self) -> str:
        return self._mode.removesuffix("A")

    @property
    def _has_alpha(self) -> bool:
        return self._mode.endswith("A")

    @property
    def _channels(self) -> int:
        return ALL_CHANNELS if self._has_alpha else _DEFAULT_CHANNELS

    def _changed(self, name: str = "", *arguments: object, mode: str | None = None) -> Self:
        """A copy on which ``Magick<name>`` was called."""
        wand = self.wand.copied()
        if name:
            wand.do(name, *arguments)
        return type(self)(wand, mode or self._mode)

    def _outwards(self, box: Box) -> Box:
        """Whole pixels around the box, at least one."""
        left, top = max(0, math.floor(box.left + 1e-6)), max(0, math.floor(box.top + 1e-6))
        right, bottom = math.ceil(box.right - 1e-6), math.ceil(box.bottom - 1e-6)
        width, height = self.size
        return Box(left=left, top=top, right=min(width, max(left + 1, right)), bottom=min(height, max(top + 1, bottom)))

    def _distort(self, forward: Sequence[float], size: Size, edge: int) -> None:
        """Changes this picture, which nobody else has yet."""
        self.wand.ask("SetImageVirtualPixelMethod", edge)
        self.wand.do("SetImageArtifact", b"distort:viewport", f"{size.width}x{size.height}+0+0".encode())
        self.wand.do("DistortImage", AFFINE, 6, (ctypes.c_double * 6)(*forward), 0)
        self.wand.do("ResetImagePage", b"")

    def _canvas(self, size: Size, ground: Sequence[int], mode: str | None = None) -> Self:
        mode = mode or self._mode
        data = b"".join(level.to_bytes(2, "little") for level in ground)
        one = type(self).of(DeepPixels(mode=mode, size=Size(width=1, height=1), data=data))
        one.wand.do("SampleImage", size.width, size.height)
        return type(self)(one.wand, mode)


def exported(wand: Wand, mode: str, size: Size, storage: int) -> bytes:
    """The pixels of the current picture, channels side by side."""
    channels = _MAPS[mode]
    buffer = bytearray(size.pixels * len(channels) * (2 if storage == SHORT else 1))
    place = (ctypes.c_char * len(buffer)).from_buffer(buffer)
    wand.do("ExportImagePixels", 0, 0, size.width, size.height, channels.encode(), storage, ctypes.addressof(place))
    return bytes(buffer)


@cache
def srgb_profile() -> bytes:
    """What sRGB is where no profile says it."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _compensate(wand: Wand, wanted: bool) -> None:
    """Black point compensation is a picture's setting that only ImageMagick's core can change."""
    info = core().CloneImageInfo(None)
    core().SetImageOption(info, b"black-point-compensation", b"true" if wanted else b"false")
    core().SyncImageSettings(info, library().GetImageFromMagickWand(wand.pointer))
    core().DestroyImageInfo(info)


@cache
def _clear_pixel() -> Any:
    """A colour for corners that exact turns do not have."""
    return library().NewPixelWand()


def _whole(box: Box) -> bool:
    return all(math.isclose(edge, round(edge), abs_tol=1e-6) for edge in box.as_tuple())
