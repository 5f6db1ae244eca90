"""Ready-made options for the editor: a word, and what it does to the URL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Options = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One thing to try. ``needs`` is the output format or option without which it is not offered."""

    label: str
    options: Options
    needs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeGroup:
    """Recipes of one kind."""

    label: str
    recipes: Sequence[Recipe]


def _recipe(label: str, needs: str = "", /, **options: object) -> Recipe:
    return Recipe(label=label, options=options, needs=needs or next(iter(options)))


GROUPS: Sequence[RecipeGroup] = (
    RecipeGroup(
        label="Size",
        recipes=(
            _recipe("800 wide", width=800),
            _recipe("Square, padded", width=600, height=600, fill="auto"),
            _recipe("Square, filled", "fit", width=600, height=600, fit="cover"),
            _recipe("Inside 600 × 400", "autosizefit", width=600, height=400, autosizefit=1),
        ),
    ),
    RecipeGroup(
        label="Crop and turn",
        recipes=(
            _recipe("Middle", "left", left=0.25, top=0.25, right=0.75, bottom=0.75),
            _recipe("Banner", "fit", width=1200, height=400, fit="cover", gravity="c"),
            _recipe("Turn by 8°", "angle", width=800, angle=8, fill="none", format="png"),
            _recipe("Mirror", "flip", width=800, flip="h"),
            _recipe("One tile of nine", "tile", width=1200, tile="5:9"),
        ),
    ),
    RecipeGroup(
        label="Look",
        recipes=(
            _recipe("Grey", "colorspace", width=800, colorspace="gray"),
            _recipe("Sharper", "sharpen", width=800, sharpen=200),
            _recipe("Blurred", "sharpen", width=800, sharpen=-300),
        ),
    ),
    RecipeGroup(
        label="Format",
        recipes=(
            _recipe("Best for the browser", "format", width=800, format="auto"),
            _recipe("WebP", "webp", width=800, format="webp", quality=75),
            _recipe("AVIF", "avif", width=800, format="avif", quality=55),
            _recipe("Progressive JPEG", "pjpg", width=800, format="pjpg", quality=75),
            _recipe("PNG", "png", width=800, format="png"),
        ),
    ),
)
"""What the editor offers for every picture."""


def watermark(path: str) -> Recipe:
    """The picture ``path`` laid over the lower right corner."""
    return _recipe("Watermark", "overlay", width=800, overlay=path, ovpos="se", ovsize=0.35, ovopacity=0.7)


SECOND_PAGE = _recipe("Page 2", width=800, page=2)
"""Offered where a file has more than one page."""

EXAMPLES: Options = {
    "width": 400, "height": 300, "autosizefit": 1, "fit": "cover", "gravity": "n", "dpr": 2, "enlarge": 1,
    "halign": "L0", "valign": "T0", "angle": 15, "flip": "h", "left": 0.25, "top": 0.25, "right": 0.75, "bottom": 0.75,
    "autocropfit": 1, "fill": "auto", "sharpen": 200, "ovsize": 0.4, "ovpos": "se", "ovopacity": 0.6,
    "colorspace": "gray", "intent": "perceptual", "bpc": 1, "icc": "srgb", "strip": 1, "dpi": 300, "tile": "1:4",
    "page": 2, "format": "webp", "quality": 60, "tmp": "SmallJpeg", "attach": 1, "stats": 0, "cache": 0,
}  # fmt: skip
"""A telling value of each option of ours; others get one from their declaration."""
