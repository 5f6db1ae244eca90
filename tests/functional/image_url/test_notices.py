"""Renderings without metadata, but with the legal notices where the site keeps them.

Every format and engine: tests/unit/imaging/test_stripped.py.
"""

from __future__ import annotations

import io

import pytest
from PIL import ExifTags, Image

from qis_core.testing.galleries import Gallery, MakeGallery


@pytest.fixture(scope="module")
def original() -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Copyright] = "© 2026 Eva Ä".encode()
    exif[ExifTags.Base.Artist] = b"Eva"
    exif[ExifTags.Base.Make] = b"SecretCamera"
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (1.0, 2.0, 3.0)
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((120, 80)).save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_copyright_and_creator_stay_and_nothing_else(new_gallery: MakeGallery, original: bytes) -> None:
    gallery = new_gallery({"qis.metadata.keep_notices": "yes"})
    gallery.put("mine.jpg", original)
    for name in ("jpg", "webp"):
        body = gallery.get("mine.jpg", f"strip=1&width=40&format={name}").body
        image = Image.open(io.BytesIO(body))
        # Turned first: the orientation is not among what is left.
        assert image.size == (40, 60), name
        exif = image.getexif()
        assert str(exif[ExifTags.Base.Artist]) == "Eva", name
        assert "2026 Eva" in str(exif[ExifTags.Base.Copyright]), name
        assert ExifTags.Base.Orientation not in exif or exif[ExifTags.Base.Orientation] == 1, name
        assert not exif.get_ifd(ExifTags.IFD.GPSInfo), name
        assert b"SecretCamera" not in body, name


def test_nothing_stays_where_the_site_does_not_ask_for_it(gallery: Gallery, original: bytes) -> None:
    gallery.put("notices/mine.jpg", original)
    body = gallery.get("notices/mine.jpg", "strip=1&width=40").body
    assert b"Eva" not in body
    assert not Image.open(io.BytesIO(body)).getexif()
    assert b"SecretCamera" in gallery.get("notices/mine.jpg", "strip=0&width=40").body
