"""Colours by ICC profiles: littleCMS through Pillow, with fallbacks where there is no usable profile."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from PIL import Image, ImageCms

from qis_core.api import Picture, UnsupportedFeature, rgb
from qis_core.builtin.pillow import modes

INTENTS = {
    "perceptual": ImageCms.Intent.PERCEPTUAL,
    "relative": ImageCms.Intent.RELATIVE_COLORIMETRIC,
    "saturation": ImageCms.Intent.SATURATION,
    "absolute": ImageCms.Intent.ABSOLUTE_COLORIMETRIC,
}


@dataclass(frozen=True, slots=True)
class Manner:
    """How colours that the target cannot show are treated."""

    intent: str = "perceptual"
    black_point: bool = False


_MODELS = {b"RGB ": "RGB", b"CMYK": "CMYK", b"GRAY": "L"}

_SAMPLES = tuple((r, g, b) for r in (0, 90, 170, 255) for g in (0, 90, 170, 255) for b in (0, 90, 170, 255))
"""Colours by which a profile is compared with sRGB."""

_SAME = 3
"""Profiles whose sample colours differ by no more than this, of 255, are the same to the eye."""


def profile_model(profile: bytes) -> str | None:
    """The colour model of a profile by its header (ICC.1:2022, 7.2), None where it is no usable profile."""
    if len(profile) < 132 or profile[36:40] != b"acsp":
        return None
    return _MODELS.get(profile[16:20])


class Colours:
    """Converts pictures for one rendering. ``note`` is told of profiles that are of no use."""

    def __init__(self, *, default_cmyk: bytes | None, fill: str, note: Callable[[str], None]) -> None:
        self._cmyk = default_cmyk if default_cmyk and _is_usable(default_cmyk, "CMYK") else None
        self._fill = fill
        self._note = note

    def convert(
        self,
        picture: Picture,
        model: str,
        profile: bytes | None = None,
        *,
        intent: str = "perceptual",
        black_point: bool = False,
    ) -> Picture:
        """As ``OperationContext.convert``. Raises UnsupportedFeature for an unknown model or intent."""
        if model not in ("L", "RGB", "CMYK") or intent not in INTENTS:
            raise UnsupportedFeature(f"no conversion to {model!r} with intent {intent!r}; known are L, RGB and CMYK")
        image, before = picture.image, modes.model(picture.image.mode)
        source = self._usable(picture.metadata.icc_profile, before) or (self._cmyk if before == "CMYK" else None)
        target = self._usable(profile, model) or (self._cmyk if model == "CMYK" else None)
        if before != model or (source != target and not (_means_srgb(source) and _means_srgb(target))):
            image = self._converted(image, model, source, target, Manner(intent, black_point))
        return Picture(image=image, metadata=replace(picture.metadata, icc_profile=target))

    def lay_on(self, image: Image.Image, fill: str, profile: bytes | None = None) -> Image.Image:
        """The picture without alpha, laid on the fill; on white for ``none``.

        Grey on a coloured fill becomes RGB. ``profile`` is what the picture's numbers mean.
        """
        fill = modes.WHITE if fill == modes.CLEAR else fill
        if not modes.has_alpha(image.mode):
            return image
        if modes.filled_mode(image.mode, fill) != image.mode:
            image, profile = image.convert("RGBA"), None
        colours, alpha = modes.split_alpha(image)
        ground = Image.new(colours.mode, image.size, self.pixel(colours.mode, fill, profile))
        ground.paste(colours, (0, 0), alpha)
        return ground

    def pixel(self, mode: str, fill: str, profile: bytes | None = None) -> int | tuple[int, ...]:
        """A fill (sRGB, or ``none``) as one pixel of ``mode`` in the colours of ``profile``."""
        if fill == modes.CLEAR:
            return modes.pixel(mode, {"CMYK": (0, 0, 0, 0), "L": (255,)}.get(modes.model(mode), (255, 255, 255)), False)
        red, green, blue = rgb(fill)
        model = modes.model(mode)
        if model == "L":
            return modes.pixel(mode, (round(0.299 * red + 0.587 * green + 0.114 * blue),))
        if model == "RGB" and _means_srgb(self._usable(profile, model)):
            return modes.pixel(mode, (red, green, blue))
        target = self._usable(profile, model) or (self._cmyk if model == "CMYK" else None)
        if target is None:
            return _inks(red, green, blue)
        one = Image.new("RGB", (1, 1), (red, green, blue))
        colour = _transform(None, target, "RGB", model, Manner("relative", True)).apply(one).getpixel((0, 0))
        assert isinstance(colour, tuple)
        return modes.pixel(mode, colour)

    def is_srgb(self, profile: bytes | None) -> bool:
        """True where an RGB picture with this profile looks the same without it."""
        return _means_srgb(self._usable(profile, "RGB"))

    def _usable(self, profile: bytes | None, model: str) -> bytes | None:
        if not profile:
            return None
        if _is_usable(profile, model):
            return profile
        self._note("an ICC profile that is broken or of another colour model was ignored")
        return None

    def _converted(
        self, image: Image.Image, model: str, source: bytes | None, target: bytes | None, manner: Manner
    ) -> Image.Image:
        image = modes.eight_bits(image)
        if model == "CMYK":
            image = self.lay_on(image, self._fill, source)
        if source is not None and profile_model(source) != modes.model(image.mode):
            # Grey was laid on a coloured fill.
            source = None
        colours, alpha = modes.split_alpha(image)
        if source is None and colours.mode != "RGB":
            # Grey without a profile has the curve of sRGB; inks without one are taken as complements.
            colours = colours.convert("RGB")
        by_rule = target is None and model != "RGB"
        between = "RGB" if by_rule else model
        if colours.mode != between or not (_means_srgb(source) and _means_srgb(target)):
            change = _transform(source, target, colours.mode, between, manner)
            colours = change.apply(colours)
        return modes.join_alpha(colours.convert(model) if by_rule else colours, alpha)


def _inks(red: int, green: int, blue: int) -> tuple[int, int, int, int]:
    """A colour in CMYK by complements, with all grey in the black ink."""
    black = 255 - max(red, green, blue)
    if black == 255:
        return 0, 0, 0, 255
    cyan, magenta, yellow = (round(255 * (255 - black - part) / (255 - black)) for part in (red, green, blue))
    return cyan, magenta, yellow, black


class _Transform:
    """A ready littleCMS transform."""

    def __init__(self, change: ImageCms.ImageCmsTransform) -> None:
        self._change = change

    def apply(self, image: Image.Image) -> Image.Image:
        result = self._change.apply(image)
        # Pillow's transform leaves its target profile in ``info``; ours travels in Metadata.
        result.info = {}
        return result


@lru_cache(maxsize=16)
def _transform(source: bytes | None, target: bytes | None, before: str, after: str, manner: Manner) -> _Transform:
    """The transform between two profiles, where None means sRGB. Both are usable."""
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION if manner.black_point else ImageCms.Flags.NONE
    try:
        change = ImageCms.buildTransform(
            _opened(source), _opened(target), before, after, renderingIntent=INTENTS[manner.intent], flags=flags
        )
    except (ImageCms.PyCMSError, ValueError, OSError) as error:
        raise UnsupportedFeature(f"these ICC profiles give no conversion from {before} to {after}") from error
    return _Transform(change)


@lru_cache(maxsize=16)
def _opened(profile: bytes | None) -> ImageCms.ImageCmsProfile:
    if profile is None:
        return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    return ImageCms.ImageCmsProfile(io.BytesIO(profile))


@lru_cache(maxsize=32)
def _is_usable(profile: bytes, model: str) -> bool:
    """Whether littleCMS opens the profile, its model is ``model`` and it can be read from."""
    if profile_model(profile) != model:
        return False
    try:
        ImageCms.buildTransform(_opened(profile), _opened(None), model, "RGB")
    except (ImageCms.PyCMSError, ValueError, OSError, SyntaxError):
        return False
    return True


@lru_cache(maxsize=32)
def _means_srgb(profile: bytes | None) -> bool:
    """Whether an RGB profile maps its colours to those of sRGB; None does."""
    if profile is None:
        return True
    if profile_model(profile) != "RGB":
        return False
    row = Image.frombytes("RGB", (len(_SAMPLES), 1), bytes(part for colour in _SAMPLES for part in colour))
    found = _transform(profile, None, "RGB", "RGB", Manner("relative")).apply(row).tobytes()
    return all(abs(a - b) <= _SAME for a, b in zip(found, row.tobytes(), strict=True))
