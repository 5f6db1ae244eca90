"""What the colours of a 16-bit picture mean: by its ICC profile, else sRGB, its grey, or the site's CMYK."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from qis_core.api.colours import rgb
from qis_core.api.deep import TOP, DeepImage, DeepPixels, Manner
from qis_core.api.errors import UnsupportedFeature
from qis_core.api.values import Metadata, Size

WHITE = "#ffffff"
CLEAR = "none"
INTENTS = ("perceptual", "relative", "saturation", "absolute")

_MODELS = {b"RGB ": "RGB", b"CMYK": "CMYK", b"GRAY": "L"}
_LEVEL = TOP // 255
_ORDER: Literal["little", "big"] = "little" if sys.byteorder == "little" else "big"


def profile_model(profile: bytes) -> str | None:
    """The colour model of a profile by its header (ICC.1:2022, 7.2), None where it is no usable profile."""
    if len(profile) < 132 or profile[36:40] != b"acsp":
        return None
    return _MODELS.get(profile[16:20])


def fitting(metadata: Metadata, mode: str) -> Metadata:
    """Without a profile that is of another colour model than pixels of ``mode``."""
    profile = metadata.icc_profile
    if profile is None or profile_model(profile) == mode.removesuffix("A"):
        return metadata
    return replace(metadata, icc_profile=None)


def filled_mode(mode: str, fill: str) -> str:
    """The mode of a picture beside a fill: grey stays so beside grey, CMYK becomes RGBA where the fill is clear."""
    if fill == CLEAR:
        return "RGBA" if mode == "CMYK" else mode.removesuffix("A") + "A"
    if mode in ("L", "LA") and len(set(rgb(fill))) > 1:
        return "RGBA" if mode == "LA" else "RGB"
    return mode


class DeepColours:
    """Converts pictures for one rendering. ``note`` is told of profiles that are of no use."""

    def __init__(
        self,
        image_of: Callable[[DeepPixels], DeepImage],
        default_cmyk: bytes | None,
        fill: str,
        note: Callable[[str], None],
    ) -> None:
        self._image_of = image_of
        self._fill = fill
        self._note = note
        self._known: dict[tuple[bytes, str], bool] = {}
        self._cmyk = default_cmyk if default_cmyk and self._is_usable(default_cmyk, "CMYK") else None

    def convert(
        self,
        image: DeepImage,
        metadata: Metadata,
        model: str,
        profile: bytes | None = None,
        *,
        intent: str = "perceptual",
        black_point: bool = False,
    ) -> tuple[DeepImage, Metadata]:
        """As ``OperationContext.convert``. Raises UnsupportedFeature for an unknown model or intent."""
        if model not in ("L", "RGB", "CMYK") or intent not in INTENTS:
            raise UnsupportedFeature(f"no conversion to {model!r} with intent {intent!r}; known are L, RGB and CMYK")
        before = image.mode.removesuffix("A")
        source = self._usable(metadata.icc_profile, before) or (self._cmyk if before == "CMYK" else None)
        target = self._usable(profile, model) or (self._cmyk if model == "CMYK" else None)
        if before != model or source != target:
            image = self._converted(image, model, (source, target), Manner(intent, black_point))
        return image, replace(metadata, icc_profile=target)

    def _converted(
        self, image: DeepImage, model: str, profiles: tuple[bytes | None, bytes | None], manner: Manner
    ) -> DeepImage:
        source, target = profiles
        if model == "CMYK" and image.mode.endswith("A"):
            image, laid = self.lay_on(image, Metadata(icc_profile=source), self._fill)
            source = laid.icc_profile
        if source is None and image.mode.removesuffix("A") != "RGB":
            # Grey without a profile has the curve of sRGB; inks without one are taken as complements.
            image = image.as_model("RGB")
        by_rule = target is None and model != "RGB"
        between = "RGB" if by_rule else model
        if source is not None or target is not None:
            image = image.transformed(source, target, between, manner)
        return image.as_model(model) if by_rule else image

    def beside(self, image: DeepImage, metadata: Metadata, fill: str) -> tuple[DeepImage, Metadata]:
        """The picture in a mode that holds the fill as well."""
        wanted = filled_mode(image.mode, fill)
        if wanted.removesuffix("A") != image.mode.removesuffix("A"):
            image, metadata = self.convert(image, metadata, wanted.removesuffix("A"))
        return (image.with_alpha() if wanted.endswith("A") else image), metadata

    def lay_on(self, image: DeepImage, metadata: Metadata, fill: str) -> tuple[DeepImage, Metadata]:
        """The picture without alpha, laid on the fill; on white for ``none``."""
        fill = WHITE if fill == CLEAR else fill
        if not image.mode.endswith("A"):
            return image, metadata
        if filled_mode(image.mode, fill) != image.mode:
            image, metadata = self.convert(image, metadata, "RGB")
        return image.laid_on(self.pixel(image.mode.removesuffix("A"), fill, metadata.icc_profile)), metadata

    def pixel(self, mode: str, fill: str, profile: bytes | None = None) -> tuple[int, ...]:
        """A fill (sRGB, or ``none``) as one pixel of ``mode`` in the colours of ``profile``."""
        model, alpha = mode.removesuffix("A"), (TOP,) if mode.endswith("A") else ()
        if fill == CLEAR:
            return {"L": (TOP,), "RGB": (TOP, TOP, TOP), "CMYK": (0, 0, 0, 0)}[model] + ((0,) if alpha else ())
        levels = tuple(level * _LEVEL for level in rgb(fill))
        target = self._usable(profile, model) or (self._cmyk if model == "CMYK" else None)
        if model == "L":
            target = None
        if model == "RGB" and target is None:
            return levels + alpha
        one = self._one(levels)
        if target is None:
            return one.as_model(model).first_pixel() + alpha
        return one.transformed(None, target, model, Manner("relative", True)).first_pixel() + alpha

    def _one(self, levels: tuple[int, ...], mode: str = "RGB") -> DeepImage:
        data = b"".join(level.to_bytes(2, _ORDER) for level in levels)
        return self._image_of(DeepPixels(mode=mode, size=Size(width=1, height=1), data=data))

    def _usable(self, profile: bytes | None, model: str) -> bytes | None:
        if not profile:
            return None
        if self._is_usable(profile, model):
            return profile
        self._note("an ICC profile that is broken or of another colour model was ignored")
        return None

    def _is_usable(self, profile: bytes, model: str) -> bool:
        """Whether its model is ``model`` and colours can be read by it."""
        if (profile, model) not in self._known:
            self._known[profile, model] = profile_model(profile) == model and self._can_be_read(profile, model)
        return self._known[profile, model]

    def _can_be_read(self, profile: bytes, model: str) -> bool:
        levels = (0,) * {"L": 1, "RGB": 3, "CMYK": 4}[model]
        try:
            self._one(levels, model).transformed(profile, None, "RGB", Manner()).first_pixel()
        except UnsupportedFeature:
            return False
        return True
