"""Resampling in linear light: averages of light, as the eye sees from afar, instead of averages of codes.

Every channel goes through 32-bit floats on the scale 0–65535, so that dark tones keep all their
levels; 8 bits would leave 187 of 256.
"""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageMath

from qis_core.builtin.pillow import lanczos, modes

TOP = 65535
_GAMMA = 2.2
"""The curve of 16-bit grey; sRGB's own needs a table, and a table of 65536 floats is not to be had."""


def resampled(
    image: Image.Image,
    factors: tuple[int, int],
    box: tuple[float, float, float, float],
    target: tuple[int, int],
) -> Image.Image:
    """``image`` reduced by whole numbers, then ``box`` of that resampled to ``target``, alpha premultiplied."""

    def small(channel: Image.Image) -> Image.Image:
        reduced = channel if factors == (1, 1) else channel.reduce(factors)
        return lanczos.resized(reduced, target, box)

    if image.mode == "I;16":
        return _to_sixteen(small(_from_sixteen(image)))
    alpha = image.getchannel("A").convert("F") if modes.has_alpha(image.mode) else None
    small_alpha = None if alpha is None else small(alpha)
    channels = []
    for name in modes.model(image.mode):
        light = image.getchannel(name).point(_table_to_light(), "F")
        if alpha is None or small_alpha is None:
            channels.append(_to_code(small(light)))
        else:
            weighted = small(ImageMath.lambda_eval(lambda v: v["light"] * v["alpha"], light=light, alpha=alpha))
            channels.append(_to_code(_unweighted(weighted, small_alpha)))
    if small_alpha is not None:
        channels.append(small_alpha.point(lambda value: value * 1.0 + 0.5).convert("L"))
    return channels[0] if image.mode == "L" else Image.merge(image.mode, channels)


def _unweighted(weighted: Image.Image, alpha: Image.Image) -> Image.Image:
    """Premultiplied light divided by its alpha (0–255), black where nothing is to be seen."""
    light: Image.Image = ImageMath.lambda_eval(
        lambda v: v["light"] / v["max"](v["alpha"], 0.5), light=weighted, alpha=alpha
    )
    return light


def _to_code(light: Image.Image) -> Image.Image:
    """Light as 8-bit sRGB code; conversion to integers clips what the filter has overshot."""
    return light.point(lambda value: value * 1.0 + 0.5).convert("I").point(_table_to_code(), "L")


def _from_sixteen(image: Image.Image) -> Image.Image:
    code = image.convert("F")
    light: Image.Image = ImageMath.lambda_eval(lambda v: (v["code"] / float(TOP)) ** _GAMMA * TOP, code=code)
    return light


def _to_sixteen(light: Image.Image) -> Image.Image:
    code: Image.Image = ImageMath.lambda_eval(
        lambda v: (v["max"](v["light"], 0.0) / float(TOP)) ** (1 / _GAMMA) * TOP + 0.5, light=light
    )
    return code.convert("I").convert("I;16")


def _light(code: float) -> float:
    """IEC 61966-2-1, sRGB code to light, both 0–1."""
    return code / 12.92 if code <= 0.04045 else float(((code + 0.055) / 1.055) ** 2.4)


@lru_cache(maxsize=1)
def _table_to_light() -> list[float]:
    return [_light(code / 255) * TOP for code in range(256)]


@lru_cache(maxsize=1)
def _table_to_code() -> list[int]:
    """For every level of light the code whose own light is nearest on the curve's scale."""
    codes = []
    for level in range(TOP + 1):
        light = level / TOP
        code = light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
        codes.append(min(255, round(code * 255)))
    return codes
