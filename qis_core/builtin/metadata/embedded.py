"""The blocks of EXIF, IPTC and XMP inside a picture file, found by Pillow and read by a module each."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable, Mapping

from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from qis_core.api import Metadata, MetadataReader, Source
from qis_core.builtin.metadata import exif, iptc, xmp

# Pillow's registry would load every plugin it has to guess a format; these are loaded by the import above.
_FORMATS = tuple(
    kind.format
    for kind in (
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        TiffImagePlugin.TiffImageFile,
        WebPImagePlugin.WebPImageFile,
        AvifImagePlugin.AvifImageFile,
        GifImagePlugin.GifImageFile,
    )
)

_IPTC_RESOURCE = 0x0404
_TIFF_XMP = 700
_TIFF_IPTC = 33723
_PNG_KEYWORDS = (
    "Title", "Author", "Description", "Copyright", "Creation Time", "Software", "Disclaimer", "Warning", "Source",
    "Comment", "Collection",
)  # fmt: skip
"""PNG, third edition, 11.3.3.1."""

Group = Mapping[str, object]


class EmbeddedReader(MetadataReader):
    """Reads the groups ``exif``, ``gps``, ``iptc``, ``xmp`` and ``png`` from one look at the file."""

    name = "embedded"

    def read(self, source: Source) -> Mapping[str, Group]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                with source.open() as stream, Image.open(stream, formats=_FORMATS) as image:
                    return _groups(image)
            except MemoryError:
                raise
            except Exception:
                # Pillow answers damaged files with a dozen kinds of exception; what cannot be read is left out.
                return {}

    def read_blocks(self, metadata: Metadata) -> Mapping[str, Group]:
        return _found({
            "exif": lambda: exif.values(_loaded(metadata.exif)),
            "gps": lambda: exif.position(_loaded(metadata.exif)),
            "iptc": lambda: iptc.values(metadata.iptc or b""),
            "xmp": lambda: xmp.values(metadata.xmp or b""),
        })  # fmt: skip


def _loaded(block: bytes | None) -> Image.Exif:
    found = Image.Exif()
    if block:
        found.load(block)
    return found


def _groups(image: Image.Image) -> Mapping[str, Group]:
    return _found({
        "exif": lambda: exif.values(_exif_block(image)),
        "gps": lambda: exif.position(_exif_block(image)),
        "iptc": lambda: iptc.values(_iptc_block(image)),
        "xmp": lambda: xmp.values(_xmp_block(image)),
        "png": lambda: _png_words(image),
    })  # fmt: skip


def _found(readers: Mapping[str, Callable[[], Group]]) -> Mapping[str, Group]:
    found: dict[str, Group] = {}
    for name, read in readers.items():
        try:
            group = read()
        except MemoryError:
            raise
        except Exception:
            # One damaged block leaves the others readable.
            continue
        if group:
            found[name] = group
    return found


def _exif_block(image: Image.Image) -> Image.Exif:
    # The method of PNG itself unpacks the whole picture, however large, to look for a block behind it.
    return Image.Image.getexif(image)


def _iptc_block(image: Image.Image) -> bytes:
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return _tiff_bytes(image, _TIFF_IPTC)
    resources = image.info.get("photoshop")
    block = resources.get(_IPTC_RESOURCE) if isinstance(resources, dict) else None
    return block if isinstance(block, bytes) else b""


def _xmp_block(image: Image.Image) -> bytes:
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return _tiff_bytes(image, _TIFF_XMP)
    block = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    return block.encode("utf-8", "replace") if isinstance(block, str) else bytes(block)


def _png_words(image: Image.Image) -> Group:
    """The texts of a PNG under the standard's keywords, as far as they stand in front of the pixels."""
    if not isinstance(image, PngImagePlugin.PngImageFile):
        return {}
    words = {key: image.info.get(key) for key in _PNG_KEYWORDS}
    return {key: str(text).strip() for key, text in words.items() if isinstance(text, str) and text.strip()}


def _tiff_bytes(image: TiffImagePlugin.TiffImageFile, tag: int) -> bytes:
    value = image.tag_v2.get(tag, b"")
    if isinstance(value, tuple) and all(isinstance(word, int) for word in value):
        # Some programs declare the block as whole numbers of 32 bits.
        order = "<" if image.tag_v2.prefix == b"II" else ">"
        return struct.pack(f"{order}{len(value)}L", *value)
    return value if isinstance(value, bytes) else b""
