"""From the many modes that files hold to the six that decoders give: L LA RGB RGBA CMYK I;16."""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image, ImageCms

from qis_core.api import UnsupportedFeature

GIVEN = ("L", "LA", "RGB", "RGBA", "CMYK", "I;16")
"""The modes of a Decoded picture."""

_NEAREST = {
    "1": "L",
    "La": "LA",
    "PA": "RGBA",
    "RGBX": "RGB",
    "RGBa": "RGBA",
    "YCbCr": "RGB",
    "HSV": "RGB",
}


def standard(image: Image.Image) -> Image.Image:
    """A loaded picture in one of the modes of ``GIVEN``, without palette and without leftovers of its file.

    A transparent colour or palette entry becomes an alpha channel. No copy is made where the mode
    is right already. Raises UnsupportedFeature for a mode that has no sensible equivalent.
    """
    plain = image._new(image.im)
    transparency = image.info.get("transparency")
    plain.info = {"transparency": transparency} if isinstance(transparency, (int, bytes, tuple)) else {}
    result = _converted(plain)
    result.info = {}
    return result


def _converted(image: Image.Image) -> Image.Image:
    mode = image.mode
    if "transparency" in image.info:
        return _with_alpha(image)
    if mode in GIVEN:
        return image
    if mode == "P":
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if mode in _NEAREST:
        return image.convert(_NEAREST[mode])
    if mode in _CONVERSIONS:
        return _CONVERSIONS[mode](image)
    raise UnsupportedFeature(f"pictures of colour mode {mode} cannot be read")


def _with_alpha(image: Image.Image) -> Image.Image:
    if image.mode == "1":
        grey = image.convert("L")
        grey.info = dict(image.info)
        return grey.convert("LA")
    if image.mode == "L":
        return image.convert("LA")
    if image.mode == "I;16":
        opaque = [255] * 65536
        opaque[image.info["transparency"]] = 0
        alpha = image.convert("I").point(opaque, "L")
        return Image.merge("LA", (to_eight_bits(image), alpha))
    if image.mode in ("P", "RGB"):
        return image.convert("RGBA")
    del image.info["transparency"]
    return _converted(image)


def to_eight_bits(image: Image.Image) -> Image.Image:
    """An I;16 picture as L: the high byte. (Pillow's own conversion clips to white.)"""
    return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")


def _sixteen_bits(image: Image.Image) -> Image.Image:
    low, high = _extremes(image)
    if low < 0 or high > 65535:
        scale = 65535 / max(high - low, 1)
        image = image.convert("F").point(lambda value: value * scale - low * scale).convert("I")
    return image.convert("I;16")


def _eight_bits(image: Image.Image) -> Image.Image:
    low, high = _extremes(image)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise UnsupportedFeature("pictures with infinite values cannot be read")
    if low >= 0 and high <= 1:
        low, high = 0, 1
    elif low >= 0 and high <= 255:
        low, high = 0, 255
    scale = 255 / ((high - low) or 1)
    return image.point(lambda value: value * scale - low * scale).convert("L")


def _extremes(image: Image.Image) -> tuple[float, float]:
    low, high = image.getextrema()
    assert isinstance(low, (int, float))
    assert isinstance(high, (int, float))
    return low, high


def _from_lab(image: Image.Image) -> Image.Image:
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.applyTransform(image, ImageCms.buildTransform(lab, srgb, "LAB", "RGB")) or image


def _native_order(image: Image.Image) -> Image.Image:
    return Image.frombytes("I;16", image.size, image.tobytes(), "raw", image.mode)


_CONVERSIONS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "I;16B": _native_order,
    "I;16L": _native_order,
    "I;16N": _native_order,
    "I": _sixteen_bits,
    "F": _eight_bits,
    "LAB": _from_lab,
}
