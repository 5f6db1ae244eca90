"""Sharpen and blur: `&sharpen=100`, `&sharpen=-200`."""

from __future__ import annotations

import math

from PIL import Image, ImageFilter

from qis_core.api import DeepContext, DeepImage, Int, OperationContext, Options, Phase, PixelOperation

RADIUS = 1.0
"""Of the unsharp mask, in pixels of the rendering: details of the size that resampling softens."""

_PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}


class Sharpen(PixelOperation):
    """Sharpens with an unsharp mask, or blurs below 0.

    The number is the mask's strength in percent. Below 0 its hundredth is the standard
    deviation of a Gaussian blur in pixels of the rendering.
    """

    name = "sharpen"
    phase = Phase.SHARPEN
    deep = True
    modes = ("L", "LA", "RGB", "RGBA", "CMYK")
    options = (
        Int(
            "sharpen", minimum=-500, maximum=500, default=0, unit="percent",
            help="Sharpens the picture; below 0 it is blurred",
        ),
    )  # fmt: skip

    def apply(self, image: Image.Image, options: Options, context: OperationContext) -> Image.Image:
        amount: int = options.sharpen
        has_alpha = image.mode in _PREMULTIPLIED
        if amount < 0:
            blur = ImageFilter.GaussianBlur(-amount / 100)
            return _weighted(image, blur) if has_alpha else image.filter(blur)
        if not has_alpha:
            return image.filter(ImageFilter.UnsharpMask(RADIUS, percent=amount, threshold=0))
        # The mask compares with what is to be seen around, so the outline gets no bright or dark rim.
        sharper = Image.blend(_weighted(image, ImageFilter.GaussianBlur(RADIUS)), image, 1 + amount / 100)
        sharper.putalpha(image.getchannel("A"))
        return sharper

    def apply_deep(self, image: DeepImage, options: Options, context: DeepContext) -> DeepImage:
        amount: int = options.sharpen
        return image.blurred(-amount / 100) if amount < 0 else image.sharpened(RADIUS, amount / 100)

    def reach(self, options: Options) -> int:
        """Three passes of a box as wide as the Gaussian's deviation asks (Pillow's BoxBlur.c), rounded up."""
        amount: int = options.sharpen
        deviation = -amount / 100 if amount < 0 else RADIUS
        return 3 * math.ceil(deviation + 1)


def _weighted(image: Image.Image, blur: ImageFilter.GaussianBlur) -> Image.Image:
    """Blurred with colours weighted by their alpha: those of transparent pixels do not bleed into the others."""
    return image.convert(_PREMULTIPLIED[image.mode]).filter(blur).convert(image.mode)
