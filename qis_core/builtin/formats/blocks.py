"""Metadata blocks beside the pixels, from Pillow's ``info`` to ours and back."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Any

from PIL import Image

from qis_core.api import Metadata, exif

IPTC_RESOURCE = 0x0404
"""Number of the IPTC-IIM record among Photoshop's image resources."""


def dpi(info: Mapping[Any, Any]) -> tuple[float, float] | None:
    """Dots per inch as the file tells them, or None where they make no sense: 1 is Pillow's word for none."""
    try:
        x, y = (float(value) for value in info.get("dpi", ()))
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not all(math.isfinite(value) and 1 < value <= 65535 for value in (x, y)):
        return None
    return round(x, 2), round(y, 2)


def metadata(image: Image.Image) -> Metadata:
    """The blocks of an opened picture; its EXIF with orientation 1, since the engine turns the pixels."""
    return Metadata(
        icc_profile=as_bytes(image.info.get("icc_profile")),
        exif=exif.upright(as_bytes(image.info.get("exif"))),
        xmp=as_bytes(image.info.get("xmp")),
        iptc=_iptc(image.info),
        dpi=dpi(image.info),
    )


def as_bytes(value: object) -> bytes | None:
    """A block as bytes; None for an empty one and for what is no block (PNG texts may have any key)."""
    return value if isinstance(value, bytes) and value else None


def _iptc(info: Mapping[Any, Any]) -> bytes | None:
    resources = info.get("photoshop")
    return as_bytes(resources.get(IPTC_RESOURCE)) if isinstance(resources, dict) else None


def photoshop_resource(iptc: bytes) -> bytes:
    """An IPTC-IIM record as a Photoshop image resource ('8BIM')."""
    padding = b"\0" * (len(iptc) % 2)
    return b"8BIM" + struct.pack(">HHL", IPTC_RESOURCE, 0, len(iptc)) + iptc + padding
