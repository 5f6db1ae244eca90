"""What all encoders share: the limits of a format, and saving without leftovers of the source."""

from __future__ import annotations

import warnings
from typing import Any, BinaryIO

from PIL import Image

from qis_core.api import Options, TooLarge


def demand_side(image: Image.Image, format_name: str, limit: int) -> None:
    """Raises TooLarge where a side is longer than the format can hold."""
    if max(image.size) > limit:
        raise TooLarge(f"the longest side of a {format_name} rendering", max(image.size), limit, "pixels")


def number(options: Options, key: str, default: int) -> int:
    """The option's value, or the site's default where it is unset."""
    value = options.get(key)
    return value if isinstance(value, int) else default


def readable_exif(block: bytes | None) -> bytes | None:
    """The block for encoders of Pillow's that take it apart; None where that fails."""
    if block is None:
        return None
    parsed = Image.Exif()
    try:
        parsed.load(block)
        parsed.tobytes()
    except Exception:
        # A damaged block is no reason to refuse a rendering.
        return None
    return block.removeprefix(b"Exif\0\0") if len(parsed) else None


def whole_dpi(dpi: tuple[float, float] | None) -> tuple[int, int] | None:
    """Dots per inch as formats with 16-bit fields hold them, or None."""
    return None if dpi is None else (min(max(round(dpi[0]), 1), 65535), min(max(round(dpi[1]), 1), 65535))


def save(image: Image.Image, out: BinaryIO, format_name: str, **parameters: Any) -> None:
    """``image.save`` without what the picture may carry from its source in ``info``.

    Parameters that are None are left out, except ``icc_profile``: there None says that the
    source's own profile is not to be written.
    """
    kept = {key: value for key, value in parameters.items() if value is not None or key == "icc_profile"}
    image.load()
    bare = image if not image.info else image._new(image.im)
    bare.info = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bare.save(out, format_name, **kept)
