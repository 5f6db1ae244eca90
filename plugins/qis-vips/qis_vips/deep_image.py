"""A picture of 16 bits a channel in libvips, which works its pixels out as late as it can."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Self

from PIL import Image, ImageCms

from qis_core.api import Box, DeepImage, DeepPixels, Manner, Matrix, Size, Turn, UnsupportedFeature
from qis_vips import icc, light
from qis_vips.geometry import mapped, resampled
from qis_vips.library import library

TOP = 65535
_INTERPRETATIONS = {"L": "grey16", "RGB": "rgb16", "CMYK": "cmyk"}
_BANDS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}
_LEVEL = 257
_LUMA = [[0.299, 0.587, 0.114]]
_PROFILE = "icc-profile-data"


class VipsImage(DeepImage):
    """``image`` has unsigned 16-bit bands: those of the model, then alpha if the mode has it."""

    def __init__(self, image: Any, mode: str) -> None:
        assert image.bands == _BANDS[mode]
        self.image = image
        self._mode = mode

    @classmethod
    def of(cls, pixels: DeepPixels) -> VipsImage:
        """A picture of plain pixels."""
        size, mode = pixels.size, pixels.mode
        image = library().Image.new_from_memory(bytes(pixels.data), size.width, size.height, _BANDS[mode], "ushort")
        return cls(_named(image, mode), mode)

    @property
    def mode(self) -> str:
        return self._mode

    @property
    def size(self) -> tuple[int, int]:
        return self.image.width, self.image.height

    def settled(self) -> Self:
        return self._with(self.image.copy_memory())

    # What operations use

    def blurred(self, deviation: float) -> Self:
        return self._with(self._straight(_blurred(self._weighted(), deviation)))

    def sharpened(self, deviation: float, amount: float) -> Self:
        own = self.settled()
        blurred = own._straight(_blurred(own._weighted(), deviation))
        sharper = own.image + (own.image - blurred) * amount
        return own._with(_joined(own._colours(sharper), own._alpha()))

    def opaque(self) -> Self:
        return self._with(self._colours(), self._model)

    def overlaid(self, top: Self, mask: Self | None, opacity: float, place: tuple[int, int]) -> Self:
        whole = library().Image.black(*top.size) + TOP
        cover = (whole if mask is None else mask._alpha()) * (opacity / TOP)
        share = _embedded(cover.cast("float"), place, self.size)
        colours = _embedded(top.image.cast("float"), place, self.size)
        alpha = self._alpha()
        if alpha is None:
            return self._with(self._colours() * (1 - share) + colours * share)
        # Laid over each other as light passes (Porter and Duff's "over").
        below = (alpha / TOP) * (1 - share)
        total = below + share
        mixed = (self._colours() * below + colours * share) / (total == 0).ifthenelse(1.0, total)
        return self._with(_joined(mixed, total * TOP))

    def as_model(self, model: str) -> Self:
        colours, alpha = self._colours(), self._alpha()
        if model == self._model:
            return self
        if self._model == "CMYK":
            ink = (TOP - colours[3]) / TOP
            colours = (TOP - colours.extract_band(0, n=3)) * ink
        elif self._model == "L":
            colours = colours.bandjoin([colours, colours])
        if model == "L":
            colours = colours.recomb(_LUMA)
        elif model == "CMYK":
            colours, alpha = _inks(colours), None
        return self._with(_joined(colours, alpha), model if alpha is None else model + "A")

    # What the engine uses besides

    def with_alpha(self) -> Self:
        if self._has_alpha:
            return self
        return self._with(self.image.bandjoin(TOP), self._model + "A")

    def resampled(self, box: Box, size: Size, within: Box, *, linear: bool) -> Self:
        exact = _whole(box, size)
        if exact is not None:
            return self.cut(exact)
        linear = linear and self._model != "CMYK"
        image = light.of_code(self._colours()) if linear else self._colours()
        if self._has_alpha:
            image = _joined(image * (self._alpha() / TOP), self._alpha())
        small = resampled(image, box, size, within)
        if self._has_alpha:
            small = _unweighted(small)
        if linear:
            alpha = small[small.bands - 1] if self._has_alpha else None
            colours = small.extract_band(0, n=small.bands - 1) if self._has_alpha else small
            small = _joined(light.to_code(colours), alpha)
        return self._with(small)

    def turned(self, turn: Turn) -> Self:
        image = self.image.fliphor() if turn.mirror else self.image
        if turn.quarters:
            # Read from top to bottom no longer.
            image = image.copy_memory()
        return self._with(image.rot(f"d{90 * turn.quarters}"))

    def mapped(self, matrix: Matrix, size: Size, ground: Sequence[int]) -> Self:
        levels = _premultiplied(ground) if self._has_alpha else [float(level) for level in ground]
        return self._with(self._straight(mapped(self._weighted().copy_memory(), matrix, size, levels)))

    def placed(self, place: tuple[int, int], size: Size, ground: Sequence[int]) -> Self:
        return self._with(
            self.image.embed(*place, size.width, size.height, extend="background", background=list(ground))
        )

    def laid_on(self, colour: Sequence[int]) -> Self:
        share = self._alpha() / TOP
        return self._with(self._colours() * share + list(colour) * (1 - share), self._model)

    def cut(self, box: Box) -> Self:
        return self._with(self.image.crop(round(box.left), round(box.top), round(box.width), round(box.height)))

    def transformed(self, source: bytes | None, target: bytes | None, model: str, manner: Manner) -> Self:
        alpha = None if model == "CMYK" else self._alpha()
        for profile, own in ((source, self._model), (target, model)):
            if profile is not None and not _is_sound(profile, own):
                raise UnsupportedFeature("these ICC profiles give no conversion")
        intent, compensated = manner.intent, manner.black_point or icc.is_compensated(target, manner.intent)
        before, after = source, target
        if not compensated and intent != "absolute":
            before, after, intent = icc.as_relative(source, intent), icc.as_relative(target, intent), "relative"
        known = {"intent": intent, "black_point_compensation": compensated}
        try:
            # Light, because L*a*b* ends where some colours of wide gamuts still go on.
            light = _profiled(self._named_colours(), before).icc_import(
                pcs="xyz", **_named_or_embedded(source, "input"), **known
            )
            light = _profiled(light, after)
            outside = {"output_profile": "srgb"} if target is None else {}
            colours = light.icc_export(depth=16, pcs="xyz", **outside, **known)
            if colours.bands != _BANDS[model]:
                raise UnsupportedFeature(f"this ICC profile gives no picture of the model {model}")
        except library().Error as error:
            raise UnsupportedFeature("these ICC profiles give no conversion") from error
        return self._with(_joined(colours, alpha), model if alpha is None else model + "A")

    def first_pixel(self) -> tuple[int, ...]:
        try:
            return tuple(round(level) for level in self.image.getpoint(0, 0))
        except library().Error as error:
            raise UnsupportedFeature("these ICC profiles give no conversion") from error

    def to_image(self) -> Image.Image:
        eight = ((self.image + _LEVEL // 2) / _LEVEL).floor().cast("uchar")
        return Image.frombytes(self._mode, self.size, eight.write_to_memory())

    # Inside

    @property
    def _model(self) -> str:
        return self._mode.removesuffix("A")

    @property
    def _has_alpha(self) -> bool:
        return self._mode.endswith("A")

    def _with(self, image: Any, mode: str | None = None) -> Self:
        """Rounded and clipped to levels where it is of real numbers."""
        mode = mode or self._mode
        if image.format != "ushort":
            image = image.rint().cast("ushort")
        return type(self)(_named(image, mode), mode)

    def _colours(self, image: Any = None) -> Any:
        image = self.image if image is None else image
        return image.extract_band(0, n=image.bands - 1) if self._has_alpha else image

    def _named_colours(self) -> Any:
        return _named(self._colours(), self._model)

    def _alpha(self) -> Any:
        return self.image[self.image.bands - 1] if self._has_alpha else None

    def _weighted(self) -> Any:
        """As real numbers, colours multiplied by alpha where there is one."""
        if not self._has_alpha:
            return self.image.cast("float")
        return _joined(self._colours() * (self._alpha() / TOP), self._alpha()).cast("float")

    def _straight(self, image: Any) -> Any:
        return _unweighted(image) if self._has_alpha else image


def _named(image: Any, mode: str) -> Any:
    return image.copy(interpretation=_INTERPRETATIONS[mode.removesuffix("A")])


def _joined(colours: Any, alpha: Any) -> Any:
    return colours if alpha is None else colours.bandjoin(alpha)


def _unweighted(image: Any) -> Any:
    alpha = image[image.bands - 1]
    share = (alpha / TOP).cast("float")
    colours = image.extract_band(0, n=image.bands - 1) / (share <= 0).ifthenelse(1.0, share)
    return _joined(colours, alpha)


def _premultiplied(ground: Sequence[int]) -> list[float]:
    share = ground[-1] / TOP
    return [*(level * share for level in ground[:-1]), float(ground[-1])]


def _blurred(image: Any, deviation: float) -> Any:
    return image.copy_memory().gaussblur(deviation, min_ampl=0.005, precision="float")


def _embedded(image: Any, place: tuple[int, int], size: tuple[int, int]) -> Any:
    """On a black canvas; what hangs over is cut off."""
    left, top = max(0, -place[0]), max(0, -place[1])
    width = min(image.width - left, size[0] - max(0, place[0]))
    height = min(image.height - top, size[1] - max(0, place[1]))
    if width < 1 or height < 1:
        return (library().Image.black(*size, bands=image.bands)).cast("float")
    part = image.crop(left, top, width, height)
    return part.embed(max(0, place[0]), max(0, place[1]), *size)


def _inks(colours: Any) -> Any:
    """Complements, with all grey in the black ink."""
    highest = colours[0].bandrank([colours[1], colours[2]], index=2)
    inks = (highest - colours) / (highest == 0).ifthenelse(1, highest) * TOP
    return inks.bandjoin(TOP - highest)


def _whole(box: Box, size: Size) -> Box | None:
    """The box in whole pixels where it is cut out as it stands."""
    corners = [round(edge) for edge in box.as_tuple()]
    near = all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(corners, box.as_tuple(), strict=True))
    found = Box(left=corners[0], top=corners[1], right=corners[2], bottom=corners[3])
    return found if near and (found.width, found.height) == (size.width, size.height) else None


@lru_cache(maxsize=16)
def _is_sound(profile: bytes, model: str) -> bool:
    """Whether littleCMS can read such pictures by it; libvips would take another profile silently."""
    try:
        ImageCms.buildTransform(io.BytesIO(profile), ImageCms.createProfile("sRGB"), model, "RGB")
    except (ImageCms.PyCMSError, ValueError, OSError, SyntaxError):
        return False
    return True


def _profiled(image: Any, profile: bytes | None) -> Any:
    image = image.copy()
    if image.get_typeof(_PROFILE):
        image.remove(_PROFILE)
    if profile is not None:
        image.set_type(library().GValue.blob_type, _PROFILE, profile)
    return image


def _named_or_embedded(profile: bytes | None, which: str) -> dict[str, Any]:
    return {f"{which}_profile": "srgb"} if profile is None else {"embedded": True}
