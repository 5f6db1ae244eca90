"""The camera's own rendering, which lies in most RAW files as a JPEG."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from qis_core.api import DecodeHint, Size

if TYPE_CHECKING:
    from rawpy import RawPy

_TOLERANCE = 0.02
"""By how much the shape of a preview may differ: cameras cut a few pixels off the sensor's edge."""

_UNDONE = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}


def preview(raw: RawPy, size: Size, orientation: int, hint: DecodeHint) -> tuple[Image.Image, bytes | None] | None:
    """The preview as the sensor saw it, with no fewer pixels than the hint's minimum, and its ICC profile.

    None where there is none such.
    ``size`` and ``orientation`` are the page's, as stored.
    """
    import rawpy  # noqa: PLC0415 (imported by whoever opened the file)

    try:
        found = raw.extract_thumb()
    except (rawpy.LibRawError, ValueError):
        return None
    if found.format != rawpy.ThumbFormat.JPEG or not isinstance(found.data, bytes):
        return None
    try:
        with JpegImageFile(io.BytesIO(found.data)) as file:
            return _fitting(file, size, orientation, hint)
    except (OSError, SyntaxError, ValueError):
        # Damaged; there are still the sensor's data.
        return None


def _fitting(
    file: JpegImageFile, size: Size, orientation: int, hint: DecodeHint
) -> tuple[Image.Image, bytes | None] | None:
    is_upright = orientation in (6, 8) and _same_shape(file.size, size.turned)
    if not is_upright and not _same_shape(file.size, size):
        return None
    page, minimum = (size.turned, hint.minimum.turned) if is_upright else (size, hint.minimum)
    if not (minimum.width <= file.width <= page.width and minimum.height <= file.height <= page.height):
        return None
    profile = file.info.get("icc_profile")
    # At half, a quarter or an eighth of its size, where that is enough.
    file.draft(None, (minimum.width, minimum.height))
    image = file.convert("RGB")
    image.info = {}
    if is_upright:
        image = image.transpose(_UNDONE[orientation])
    return image, profile if isinstance(profile, bytes) and profile else None


def _same_shape(one: tuple[int, int], other: Size) -> bool:
    return abs(one[0] * other.height / (one[1] * other.width) - 1) <= _TOLERANCE
