"""What cameras, agencies and editors wrote into a file is read from every format that carries it."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

from qis_core.builtin.metadata.embedded import EmbeddedReader
from qis_core.testing.sources import MemorySource

PACKET = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">Héron</rdf:li>
</rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"""

READ = {
    "exif": {
        "Make": "Müller & Söhne",
        "DateTimeOriginal": "2018-03-23T12:38:44+02:00",
        "OffsetTimeOriginal": "+02:00",
        "FNumber": 2.8,
        "UserComment": "im Nebel",
    },
    "gps": {"latitude": -33.8584722, "longitude": 151.2, "altitude": -3.5, "time": "2018-03-23T10:20:30Z"},
    "xmp": {"dc:title": "Héron"},
}


def exif() -> Image.Exif:
    block = Image.Exif()
    # Cameras write UTF-8 where the standard has ASCII.
    block[0x010F] = "Müller & Söhne".encode()
    block.get_ifd(0x8769).update(
        {0x9003: "2018:03:23 12:38:44", 0x9011: "+02:00", 0x829D: 2.8, 0x9286: b"ASCII\0\0\0im Nebel", 0x927C: b"maker"}
    )
    block.get_ifd(0x8825).update(
        {1: "S", 2: (33.0, 51.0, 30.5), 3: "E", 4: (151.0, 12.0, 0.0), 5: b"\1", 6: 3.5, 7: (10.0, 20.0, 30.0),
         29: "2018:03:23"}
    )  # fmt: skip
    return block


def picture(format_name: str, **options: Any) -> MemorySource:
    stream = io.BytesIO()
    Image.new("RGB", (16, 12), "teal").save(stream, format_name, **options)
    return MemorySource(stream.getvalue())


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_every_format_gives_the_same(format_name: str) -> None:
    options: dict[str, Any] = {"xmp": PACKET.encode()}
    if format_name == "PNG":
        options = {"pnginfo": PngInfo()}
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", PACKET)
    assert EmbeddedReader().read(picture(format_name, exif=exif(), **options)) == READ


def test_a_tiff_has_its_blocks_as_tags() -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[0x010F], tags[700], tags[33723] = "Maker", PACKET.encode(), b"\x1c\x02\x69\x00\x04Lake"
    tags.tagtype[700] = tags.tagtype[33723] = 1
    found = EmbeddedReader().read(picture("TIFF", tiffinfo=tags))
    assert found["exif"]["Make"] == "Maker"
    assert "StripOffsets" not in found["exif"]
    assert (found["xmp"], found["iptc"]) == (READ["xmp"], {"Headline": "Lake"})


def test_iptc_in_a_jpeg() -> None:
    record = b"\x1c\x02\x69\x00\x04Lake"
    resource = b"8BIM" + struct.pack(">HHL", 0x0404, 0, len(record)) + record + b"\0"
    segment = b"Photoshop 3.0\0" + resource
    body = picture("JPEG").data
    marked = body[:2] + b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment + body[2:]
    assert EmbeddedReader().read(MemorySource(marked)) == {"iptc": {"Headline": "Lake"}}


def test_nothing_comes_of_nothing(tmp_path: Path) -> None:
    reader = EmbeddedReader()
    for source in (
        picture("JPEG"),
        picture("BMP"),
        MemorySource(b""),
        MemorySource(b"GIF89a"),
        MemorySource(PACKET.encode()),
    ):
        assert reader.read(source) == {}


def test_one_damaged_block_leaves_the_others() -> None:
    found = EmbeddedReader().read(picture("JPEG", exif=exif(), xmp=PACKET.replace("</dc:title>", "").encode()))
    assert found == {name: READ[name] for name in ("exif", "gps")}


@pytest.mark.parametrize("cut", range(0, 700, 7))
def test_a_file_cut_off_anywhere_raises_nothing(cut: int) -> None:
    whole = picture("JPEG", exif=exif(), xmp=PACKET.encode()).data
    EmbeddedReader().read(MemorySource(whole[:cut]))
    EmbeddedReader().read(MemorySource(whole[:cut] + b"\xff" * 40 + whole[cut + 40 :]))
