"""Turns of a picture: exact ones, and by any angle with smooth edges."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageMath

from qis_core.api import Turn
from qis_core.builtin.pillow import modes
from qis_core.builtin.pillow.resample import from_working

_TRANSPOSES = {
    (False, 1): Image.Transpose.ROTATE_270,
    (False, 2): Image.Transpose.ROTATE_180,
    (False, 3): Image.Transpose.ROTATE_90,
    (True, 0): Image.Transpose.FLIP_LEFT_RIGHT,
    (True, 1): Image.Transpose.TRANSVERSE,
    (True, 2): Image.Transpose.FLIP_TOP_BOTTOM,
    (True, 3): Image.Transpose.TRANSPOSE,
}
"""Pillow counts quarters counter-clockwise; ``Turn`` mirrors first and then counts clockwise."""

BORDER = 2
"""Reach of the bicubic filter in pixels."""

Matrix = tuple[float, float, float, float, float, float]


def turned(image: Image.Image, turn: Turn) -> Image.Image:
    """The exact turn: pixels change places and nothing else."""
    transpose = _TRANSPOSES.get((turn.mirror, turn.quarters))
    return image if transpose is None else image.transpose(transpose)


def mapped(image: Image.Image, matrix: Matrix, size: tuple[int, int], ground: int | tuple[int, ...]) -> Image.Image:
    """A picture of ``size`` whose point (x, y) shows the image's point (ax + by + c, dx + ey + f).

    Bicubic, at about one image pixel per output pixel. What lies outside the image is ``ground``,
    a pixel of the image's mode; a clear one leaves only the picture. Edges are smoothed over one pixel.
    """
    a, b, c, d, e, f = matrix
    shifted = a, b, c + BORDER, d, e, f + BORDER
    mode = "F" if image.mode == "I;16" else image.mode
    wide = _repeated_at_edges(image)
    wide = wide if wide.mode == mode else wide.convert(mode)
    colours = wide.transform(size, Image.Transform.AFFINE, shifted, Image.Resampling.BICUBIC)
    bare = Image.new("L", wide.size, 255)
    del wide
    bare.paste(0, (BORDER, BORDER, BORDER + image.width, BORDER + image.height))
    bare = bare.transform(size, Image.Transform.AFFINE, shifted, Image.Resampling.BILINEAR, fillcolor=255)
    if mode == "F":
        assert isinstance(ground, int)
        return from_working(_blended(colours, ground, bare), image.mode)
    if modes.has_alpha(mode) and isinstance(ground, tuple) and ground[-1] == 0:
        colours.putalpha(ImageChops.multiply(colours.getchannel("A"), ImageChops.invert(bare)))
    else:
        colours.paste(ground, (0, 0, *size), bare)
    return colours


def _blended(levels: Image.Image, ground: int, bare: Image.Image) -> Image.Image:
    """Floats with a level laid on them by a mask, which ``paste`` cannot do."""
    result: Image.Image = ImageMath.lambda_eval(
        lambda v: v["levels"] + (float(ground) - v["levels"]) * v["bare"] / 255.0,
        levels=levels,
        bare=bare.convert("F"),
    )
    return result


def _repeated_at_edges(image: Image.Image) -> Image.Image:
    """The image with its edge pixels repeated outwards, so that filters find no foreign colour there."""
    width, height = image.size
    wide = Image.new(image.mode, (width + 2 * BORDER, height + 2 * BORDER))
    columns = ((0, 1, 0, BORDER), (0, width, BORDER, width), (width - 1, width, BORDER + width, BORDER))
    rows = ((0, 1, 0, BORDER), (0, height, BORDER, height), (height - 1, height, BORDER + height, BORDER))
    for left, right, x, wanted_width in columns:
        for top, bottom, y, wanted_height in rows:
            part = image if (right - left, bottom - top) == image.size else image.crop((left, top, right, bottom))
            if part.size != (wanted_width, wanted_height):
                part = part.resize((wanted_width, wanted_height), Image.Resampling.NEAREST)
            wide.paste(part, (x, y))
    return wide
