"""Sharpen and blur: `&sharpen=100`, `&sharpen=-200`."""

from __future__ import annotations

import math

from PIL import Image, ImageFilter

from qis_core.api import Int, OperationContext, Options, Phase, PixelOperation

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
    modes = ("L", "LA", "RGB", "RGBA", "CMYK")
    options = (
        Int(
            "sharpen", minimum=-500, maximum=500, default=0, unit="percent",
            help="Sharpens the picture; below 0 it is blurred",
        ),
    )  # fmt: skip

    def apply(self, image: Image.Image, options: Options, context: OperationContext) -> Image.Image:
        amount: int = options.sharpen
        chosen = self._blur(amount) if amount < 0 else ImageFilter.UnsharpMask(RADIUS, percent=amount, threshold=0)
        premultiplied = _PREMULTIPLIED.get(image.mode)
        if premultiplied is None:
            return image.filter(chosen)
        # Colours of transparent pixels are not to be seen, so they must not bleed into the others.
        changed = image.convert(premultiplied).filter(chosen)
        if amount > 0:
            # Sharpening is about colours: the outline of the picture stays as smooth as it was.
            changed.putalpha(image.getchannel("A"))
        return changed.convert(image.mode)

    def reach(self, options: Options) -> int:
        """Three passes of a box as wide as the Gaussian's deviation asks (Pillow's BoxBlur.c), rounded up."""
        amount: int = options.sharpen
        deviation = -amount / 100 if amount < 0 else RADIUS
        return 3 * math.ceil(deviation + 1)

    @staticmethod
    def _blur(amount: int) -> ImageFilter.GaussianBlur:
        return ImageFilter.GaussianBlur(-amount / 100)
