"""What the operator says of the look: an accent colour and a logo, served beside the theme's files."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from qis_core.settings import ConfigurationError, LookSettings
from qis_core.web.themes.static import A_YEAR, hashed

LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}
LIGHT_GROUND, DARK_GROUND = (0xFF, 0xFF, 0xFF), (0x1D, 0x1D, 0x21)
CONTRAST = 4.5
"""What text needs against its ground (WCAG 2.2, 1.4.3)."""

RGB = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """``style`` is a style sheet ('' without an accent colour), ``logo`` a file (None: the theme's own mark);
    with each the URL under which it is served."""

    style: str = ""
    style_url: str = ""
    logo: Path | None = None
    logo_url: str = ""


def add_to(config: Configurator) -> None:
    """Serves both; the look is found in the registry as ``qis.look``. Raises ConfigurationError."""
    look = read_look(config.registry["qis"].settings(LookSettings))
    config.registry["qis.look"] = look
    if look.style:
        config.add_route("look.style", "/look/site.css")
        config.add_view(style, route_name="look.style")
    if look.logo:
        config.add_route("look.logo", "/look/logo")
        config.add_view(logo, route_name="look.logo")


def read_look(settings: LookSettings) -> Look:
    """The look of the settings. Raises ConfigurationError naming the setting that cannot be used."""
    style = accent_style(_colour(settings.accent)) if settings.accent else ""
    file = Path(settings.logo).expanduser() if settings.logo else None
    if file is not None and (file.suffix.lower() not in LOGO_TYPES or not file.is_file()):
        raise ConfigurationError([f"qis.look.logo: there is no SVG, PNG or WebP file {file}"])
    return Look(
        style=style,
        style_url=f"/look/site.css?v={hashlib.sha256(style.encode()).hexdigest()[:12]}" if style else "",
        logo=file,
        logo_url=f"/look/logo?v={hashed(file)['v']}" if file else "",
    )


def style(request: Request) -> Response:
    """The accent colour as variables of the style sheet."""
    response = Response(request.registry["qis.look"].style, content_type="text/css", charset="utf-8")
    response.cache_control = f"public, max-age={A_YEAR}"
    return response


def logo(request: Request) -> Response:
    """The logo's bytes; an SVG can do nothing but be shown."""
    file: Path = request.registry["qis.look"].logo
    response = Response(file.read_bytes(), content_type=LOGO_TYPES[file.suffix.lower()])
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    response.cache_control = f"public, max-age={A_YEAR}"
    return response


def accent_style(accent: RGB) -> str:
    """Variables for a light and a dark ground, each with the accent made readable on it."""
    light, dark = legible(accent, LIGHT_GROUND), legible(accent, DARK_GROUND)
    pairs = {
        "accent": (light, dark),
        "accent-hover": (mixed(light, (0, 0, 0), 0.15), mixed(dark, (255, 255, 255), 0.25)),
        "on-accent": (_over(light), _over(dark)),
        "accent-soft": (mixed(light, LIGHT_GROUND, 0.9), mixed(dark, DARK_GROUND, 0.8)),
    }
    lines = (f"--{name}: light-dark({_hex(pair[0])}, {_hex(pair[1])});" for name, pair in pairs.items())
    return ":root { " + " ".join(lines) + " }\n"


def legible(colour: RGB, ground: RGB) -> RGB:
    """The colour, moved towards black or white until it can be read on ``ground``."""
    towards = (0, 0, 0) if luminance(ground) > 0.18 else (255, 255, 255)
    found = colour
    for step in range(1, 21):
        if contrast(found, ground) >= CONTRAST:
            return found
        found = mixed(colour, towards, step / 20)
    return found


def contrast(one: RGB, other: RGB) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: RGB) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def mixed(one: RGB, other: RGB, share: float) -> RGB:
    """``share`` (0–1) of ``other`` in ``one``."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _over(ground: RGB) -> RGB:
    return max(((255, 255, 255), (0x16, 0x13, 0x1F)), key=lambda text: contrast(text, ground))


def _hex(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _colour(text: str) -> RGB:
    digits = text.strip().removeprefix("#")
    if re.fullmatch(r"[0-9a-fA-F]{3}", digits):
        digits = "".join(2 * digit for digit in digits)
    if not re.fullmatch(r"[0-9a-fA-F]{6}", digits):
        raise ConfigurationError([f"qis.look.accent: {text!r} is no colour; write it as #5b4fd6"])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
