"""Which of ImageMagick's formats are read, and how each is told by its bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Coder:
    """One format: our name for it, ImageMagick's, and how a file of it begins.

    ``features``: what is read of such files, as in ``Decoder``.
    """

    name: str
    magick: str
    title: str
    extensions: Sequence[str]
    media_types: Sequence[str]
    begins: Callable[[bytes], bool]
    features: frozenset[str] = frozenset()


def _with(*starts: bytes, at: int = 0) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(starts, at)


def _is_pcx(head: bytes) -> bool:
    """Maker, version, packing and bits of a pixel of the PCX header; two bytes alone would be too few."""
    return (
        len(head) >= 128 and head[0] == 10 and head[1] in (0, 2, 3, 4, 5) and head[2] == 1 and head[3] in (1, 2, 4, 8)
    )


_SGI = (b"\x01\xda\0\1", b"\x01\xda\0\2", b"\x01\xda\1\1", b"\x01\xda\1\2")
"""Plain or packed, of one or two bytes a channel."""

_JP2, _CODESTREAM = b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"

_PHOTOSHOP = frozenset({"alpha", "cmyk", "16-bit", "metadata"})
_DEEP = frozenset({"alpha", "16-bit"})

CODERS = (
    Coder(name="psd", features=_PHOTOSHOP, magick="PSD", title="Photoshop", extensions=("psd",),
          media_types=("image/vnd.adobe.photoshop",), begins=_with(b"8BPS\0\1")),
    Coder(name="psb", features=_PHOTOSHOP, magick="PSB", title="Photoshop", extensions=("psb",),
          media_types=("image/vnd.adobe.photoshop",), begins=_with(b"8BPS\0\2")),
    Coder(name="xcf", features=frozenset({"alpha"}), magick="XCF", title="GIMP", extensions=("xcf",),
          media_types=("image/x-xcf",), begins=_with(b"gimp xcf ")),
    Coder(name="jp2", features=_DEEP | {"metadata"}, magick="JP2", title="JPEG 2000", extensions=("jp2", "jpf", "jpx"),
          media_types=("image/jp2", "image/jpx"), begins=_with(_JP2)),
    Coder(name="j2k", features=_DEEP, magick="J2K", title="JPEG 2000", extensions=("j2k", "j2c", "jpc"),
          media_types=("image/x-jp2-codestream",), begins=_with(_CODESTREAM)),
    Coder(name="sgi", features=_DEEP, magick="SGI", title="SGI", extensions=("sgi", "rgb", "rgba", "bw"),
          media_types=("image/x-sgi",), begins=_with(*_SGI)),
    Coder(name="pcx", magick="PCX", title="PCX", extensions=("pcx",), media_types=("image/x-pcx",), begins=_is_pcx),
    Coder(name="dds", features=frozenset({"alpha"}), magick="DDS", title="DirectDraw", extensions=("dds",),
          media_types=("image/vnd.ms-dds",), begins=_with(b"DDS \x7c\0\0\0")),
    Coder(name="sun", magick="SUN", title="Sun raster", extensions=("ras", "sun"),
          media_types=("image/x-sun-raster",), begins=_with(b"\x59\xa6\x6a\x95")),
)  # fmt: skip
"""Every format that can be allowed. All but a few bytes at the start are ImageMagick's to judge."""

NAMES = tuple(coder.name for coder in CODERS)
