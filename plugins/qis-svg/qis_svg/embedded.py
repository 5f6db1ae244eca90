"""Pictures within a drawing, as ``data:`` URLs (RFC 2397): nothing but small enough PNG, JPEG, GIF and WebP."""

from __future__ import annotations

import base64
import io
from urllib.parse import unquote_to_bytes

from PIL import Image

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


def clean_picture(url: str, max_pixels: int) -> tuple[str, int] | None:
    """The URL written anew, with the type that its bytes have, and the picture's pixels.

    None for everything else: another scheme, another format (an SVG first of all), damage, too many pixels.
    """
    if url[:5].lower() != "data:":
        return None
    described, comma, content = url[5:].partition(",")
    if not comma:
        return None
    try:
        raw = unquote_to_bytes(content)
        data = base64.b64decode(raw) if described.lower().rstrip().endswith("base64") else raw
        # The header alone is read here. The renderer goes by the bytes too, so they are all that counts.
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            name, pixels = str(picture.format).lower(), picture.width * picture.height
    except Exception:
        # A damaged picture within a drawing is left out, as browsers do.
        return None
    if pixels > max_pixels:
        return None
    return f"data:image/{name};base64,{base64.b64encode(data).decode('ascii')}", pixels
