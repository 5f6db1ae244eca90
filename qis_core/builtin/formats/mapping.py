"""Pixels that lie in a file as Pillow holds them: mapped into memory, which reads and copies nothing."""

from __future__ import annotations

import io
import mmap

from PIL import Image, ImageFile

_RAW = {"L": "L", "RGB": "RGBX", "RGBA": "RGBA", "CMYK": "CMYK"}
"""How a file holds the pixels of a mode where it has them as Pillow does: three channels take four bytes."""


def mapped(image: ImageFile.ImageFile) -> Image.Image | None:
    """The picture of an opened file, to be changed like any other; None where its pixels have to be unpacked.

    The file is not changed by it. Raises ValueError for one that is too short.
    """
    if [tuple(tile) for tile in image.tile] != [_whole(image)]:
        return None
    try:
        number = image.fp.fileno() if image.fp is not None else -1
    except io.UnsupportedOperation:
        # It is in memory already.
        return None
    memory = mmap.mmap(number, 0, access=mmap.ACCESS_COPY)
    if len(memory) < image.tile[0].offset + image.width * image.height * Image.getmodebands(_RAW[image.mode]):
        raise ValueError("the file ends before its pixels do")
    # Pillow's own way to open such files by their names, but with padding beside three channels.
    pixels = Image.core.map_buffer(memory, image.size, "raw", image.tile[0].offset, (image.mode, 0, 1))  # type: ignore[attr-defined]
    return image._new(pixels)


def _whole(image: ImageFile.ImageFile) -> tuple[object, ...] | None:
    """The one tile that such a file has."""
    raw = _RAW.get(image.mode)
    if raw is None or not image.tile:
        return None
    return "raw", (0, 0, *image.size), image.tile[0].offset, (raw, 0, 1)
