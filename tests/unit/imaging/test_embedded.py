"""Metadata of formats that plugins read, in the same record as all others'."""

from __future__ import annotations

import io

import pytest
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from qis_core.builtin.metadata.notices import Notices
from qis_core.testing import pictures
from qis_core.testing.records import record_of

XMP = Notices(rights="© Eva", creator="Eva").blocks(None).xmp or b""


def exif() -> bytes:
    block = Image.Exif()
    block[ExifTags.Base.Make] = "Camera"
    return block.tobytes()


def test_heic() -> None:
    heif = pytest.importorskip("pillow_heif")
    file = heif.from_pillow(Image.new("RGB", (32, 32)))
    out = io.BytesIO()
    file.save(out, exif=exif(), xmp=XMP)
    found = record_of(out.getvalue())
    assert found["exif"]["Make"] == "Camera"
    assert found["xmp"]["dc:rights"] == "© Eva"


def test_jpeg_xl() -> None:
    pytest.importorskip("pillow_jxl")
    out = io.BytesIO()
    Image.new("RGB", (32, 32)).save(out, "JXL", exif=exif())
    assert record_of(out.getvalue())["exif"]["Make"] == "Camera"


def test_pdf() -> None:
    pymupdf = pytest.importorskip("pymupdf")
    document = pymupdf.open()
    document.new_page(width=50, height=50)
    document.set_xml_metadata(XMP.decode())
    assert record_of(document.tobytes())["xmp"]["dc:creator"] == ["Eva"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_the_box(kind: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (32, 32)).save(out, kind, exif=exif())
    assert record_of(out.getvalue())["exif"]["Make"] == "Camera"


def test_gif() -> None:
    assert record_of(pictures.gif_with_xmp(XMP)) == {"xmp": {"dc:rights": "© Eva", "dc:creator": ["Eva"]}}


def test_the_texts_of_a_png() -> None:
    texts = PngInfo()
    texts.add_text("Copyright", "Eva")
    texts.add_itxt("Title", "Höhe")
    texts.add_text("Unknown", "left out")
    out = io.BytesIO()
    Image.new("RGB", (32, 32)).save(out, "PNG", pnginfo=texts)
    assert record_of(out.getvalue())["png"] == {"Copyright": "Eva", "Title": "Höhe"}
