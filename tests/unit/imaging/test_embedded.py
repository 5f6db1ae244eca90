"""Metadata of formats that plugins read, in the same record as all others'."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest
from PIL import ExifTags, Image

from qis_core.builtin.metadata.notices import Notices
from qis_core.imaging.orders import DescribeOrder
from qis_core.imaging.workshop import Workshop
from qis_core.plugins import load
from qis_core.testing.sources import MemorySource

XMP = Notices(rights="© Eva", creator="Eva").blocks(None).xmp or b""


def read(data: bytes) -> Mapping[str, Mapping[str, object]]:
    registries = load({}, environ={}).registries
    workshop = Workshop(
        decoders=registries.decoders,
        encoders={},
        engines={},
        operations={},
        metadata_readers=registries.metadata_readers,
    )
    return workshop.describe(DescribeOrder(source_name="a"), MemorySource(data)).metadata


def exif() -> bytes:
    block = Image.Exif()
    block[ExifTags.Base.Make] = "Camera"
    return block.tobytes()


def test_heic() -> None:
    heif = pytest.importorskip("pillow_heif")
    file = heif.from_pillow(Image.new("RGB", (32, 32)))
    out = io.BytesIO()
    file.save(out, exif=exif(), xmp=XMP)
    found = read(out.getvalue())
    assert found["exif"]["Make"] == "Camera"
    assert found["xmp"]["dc:rights"] == "© Eva"


def test_jpeg_xl() -> None:
    pytest.importorskip("pillow_jxl")
    out = io.BytesIO()
    Image.new("RGB", (32, 32)).save(out, "JXL", exif=exif())
    assert read(out.getvalue())["exif"]["Make"] == "Camera"


def test_pdf() -> None:
    pymupdf = pytest.importorskip("pymupdf")
    document = pymupdf.open()
    document.new_page(width=50, height=50)
    document.set_xml_metadata(XMP.decode())
    assert read(document.tobytes())["xmp"]["dc:creator"] == ["Eva"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_the_box(kind: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (32, 32)).save(out, kind, exif=exif())
    assert read(out.getvalue())["exif"]["Make"] == "Camera"
