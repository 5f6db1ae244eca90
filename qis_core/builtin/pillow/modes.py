"""Colour modes: the six that a picture can have on its way, and what lies nearest to what.

The modes are L, LA, I;16 (16-bit grey), RGB, RGBA and CMYK (255 = full ink). Nothing here knows
ICC profiles; conversions between colour models are in ``colour``.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from qis_core.api import UnsupportedFeature, rgb

WHITE = "#ffffff"
CLEAR = "none"

MODES = ("L", "LA", "I;16", "RGB", "RGBA", "CMYK")

_MODEL = {"L": "L", "LA": "L", "I;16": "L", "RGB": "RGB", "RGBA": "RGB", "CMYK": "CMYK"}

_NEAREST = {
    "L": ("L", "RGB", "LA", "RGBA", "I;16", "CMYK"),
    "I;16": ("I;16", "L", "RGB", "LA", "RGBA", "CMYK"),
    "LA": ("LA", "RGBA", "L", "RGB", "I;16", "CMYK"),
    "RGB": ("RGB", "RGBA", "CMYK", "L", "LA", "I;16"),
    "RGBA": ("RGBA", "LA", "RGB", "CMYK", "L", "I;16"),
    "CMYK": ("CMYK", "RGB", "RGBA", "L", "LA", "I;16"),
}
"""For each mode all modes, the one that keeps most of a picture first."""

_OTHERS = {"1": "L", "I": "I;16", "F": "L", "La": "LA", "RGBa": "RGBA", "PA": "RGBA"}


def has_alpha(mode: str) -> bool:
    """True for LA and RGBA."""
    return mode in ("LA", "RGBA")


def model(mode: str) -> str:
    """The colour model of a mode: L, RGB or CMYK."""
    return _MODEL[mode]


def with_alpha(colour_model: str) -> str:
    """The mode of a model with alpha; CMYK has none and is answered as it is."""
    return {"L": "LA", "RGB": "RGBA"}.get(colour_model, colour_model)


def nearest(mode: str, allowed: Sequence[str]) -> str:
    """The mode among ``allowed`` that keeps most of a picture in ``mode``. Raises UnsupportedFeature."""
    for candidate in _NEAREST[mode]:
        if candidate in allowed:
            return candidate
    raise UnsupportedFeature(f"no colour mode of {', '.join(allowed)} can hold this picture")


def known(image: Image.Image) -> Image.Image:
    """The picture in one of the six modes, whatever Pillow mode a plugin has given it."""
    if image.mode in MODES:
        return image
    if image.mode == "P":
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image.convert(_OTHERS.get(image.mode, "RGB"))


def eight_bits(image: Image.Image) -> Image.Image:
    """16-bit grey as L, every level divided by 257 and rounded; other modes as they are."""
    if image.mode != "I;16":
        return image
    # Pillow's own conversion clips at 255; after the division nothing is left to clip.
    return image.point(lambda value: value * (1 / 257) + 0.5).convert("L")


def sixteen_bits(image: Image.Image) -> Image.Image:
    """L as 16-bit grey, every level multiplied by 257."""
    return image.convert("I").point(lambda value: value * 257).convert("I;16")


def split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The colours without alpha, and the alpha channel if there is one."""
    if not has_alpha(image.mode):
        return image, None
    return image.convert(model(image.mode)), image.getchannel("A")


def join_alpha(image: Image.Image, alpha: Image.Image | None) -> Image.Image:
    """The colours (L or RGB) with an alpha channel, if there is one."""
    if alpha is None:
        return image
    return Image.merge(with_alpha(image.mode), (*image.split(), alpha))


def is_grey(fill: str) -> bool:
    """True where a fill fits into a grey picture: no colour, or equal parts of all."""
    return fill == CLEAR or len(set(rgb(fill))) == 1


def filled_mode(mode: str, fill: str) -> str:
    """The mode that a picture in ``mode`` takes when ``fill`` stands beside it.

    Grey stays grey beside grey. CMYK has no alpha, so beside a transparent fill it becomes RGBA.
    """
    if fill == CLEAR:
        return "RGBA" if mode == "CMYK" else with_alpha(model(mode))
    if model(mode) == "L" and not is_grey(fill):
        return "RGBA" if has_alpha(mode) else "RGB"
    return mode


def pixel(mode: str, colour: Sequence[int], opaque: bool = True) -> int | tuple[int, ...]:
    """One pixel of ``mode``, of the colour's 8-bit numbers in the mode's model."""
    if mode == "I;16":
        return colour[0] * 257
    if has_alpha(mode):
        return (*colour, 255 if opaque else 0)
    return colour[0] if mode == "L" else tuple(colour)
