"""What cameras say in RAW files, wherever each maker keeps it: of files without sensor data, which LibRaw opens not."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from qis_raw.metadata import metadata_of

from qis_core.builtin.metadata import exif
from qis_core.testing import pictures
from qis_core.testing.sources import MemorySource

Tag = tuple[int, int, bytes]
"""Type, count and value of a TIFF field."""

OWN = {271: "Maker", 272: "Camera 1", 33432: "Whose it is"}
READ = {
    "Make": "Maker", "Model": "Camera 1", "Copyright": "Whose it is",
    "DateTimeOriginal": "2024-05-06T07:08:09", "ISOSpeedRatings": 200, "ExposureTime": 0.005,
}  # fmt: skip
PLACE = {"latitude": 48.5, "longitude": -2.25}


def text(value: str) -> Tag:
    return 2, len(value) + 1, value.encode() + b"\0"


def ratios(order: str, *values: float) -> Tag:
    return 5, len(values), b"".join(struct.pack(order + "LL", round(value * 1000), 1000) for value in values)


def fields(order: str) -> tuple[dict[int, Tag], dict[int, Tag], dict[int, Tag]]:
    """The picture's, the shot's (with a maker's note, which is left out) and the place's."""
    shot = {
        36867: text("2024:05:06 07:08:09"), 34855: (3, 1, struct.pack(order + "H", 200)),
        33434: ratios(order, 0.005), 37500: (7, 20, b"a note of the maker.."[:20]),
    }  # fmt: skip
    place = {1: text("N"), 2: ratios(order, 48, 30, 0), 3: text("W"), 4: ratios(order, 2, 15, 0)}
    return {tag: text(value) for tag, value in OWN.items()}, shot, place


def directory(tags: Mapping[int, Tag], place: int, order: str) -> bytes:
    entries, behind = b"", b""
    for tag, (kind, count, value) in sorted(tags.items()):
        entries += struct.pack(order + "HHL", tag, kind, count)
        if len(value) <= 4:
            entries += value.ljust(4, b"\0")
        else:
            entries += struct.pack(order + "L", place + 2 + 12 * len(tags) + 4 + len(behind))
            behind += value + bytes(len(value) % 2)
    return struct.pack(order + "H", len(tags)) + entries + bytes(4) + behind


def tiff(order: str = "<", signature: bytes = b"") -> bytes:
    """All directories in one file, with XMP and IPTC, below the signature of some maker."""
    own, shot, place = fields(order)
    pointer = (4, 1, bytes(4))
    own |= {700: (1, len(pictures.XMP_PACKET), pictures.XMP_PACKET), 33723: (7, 9, pictures.IPTC_RECORD)}
    own |= {34665: pointer, 34853: pointer}
    shot_at = 8 + len(directory(own, 8, order))
    place_at = shot_at + len(directory(shot, shot_at, order))
    own |= {34665: (4, 1, struct.pack(order + "L", shot_at)), 34853: (4, 1, struct.pack(order + "L", place_at))}
    head = signature or {"<": b"II*\0", ">": b"MM\0*"}[order]
    parts = directory(own, 8, order), directory(shot, shot_at, order), directory(place, place_at, order)
    return head + struct.pack(order + "L", 8) + b"".join(parts)


def bare_tiff(tags: Mapping[int, Tag]) -> bytes:
    return b"II*\0" + struct.pack("<L", 8) + directory(tags, 8, "<")


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">L4s", 8 + len(content), kind) + content


def canon() -> bytes:
    own, shot, place = (bare_tiff(tags) for tags in fields("<"))
    directories = box(b"CMT1", own) + box(b"CMT2", shot) + box(b"CMT3", b"notes") + box(b"CMT4", place)
    inner = box(b"uuid", bytes.fromhex("85c0b687820f11e08111f4ce462b6a48") + box(b"CNCV", b"CanonCR3") + directories)
    xmp = box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + pictures.XMP_PACKET)
    return box(b"ftyp", b"crx \0\0\0\1crx isom") + box(b"moov", inner) + xmp + box(b"mdat", bytes(50))


def fujifilm() -> bytes:
    block = Image.Exif()
    for tag, (_, _, value) in fields("<")[0].items():
        block[tag] = value[:-1].decode()
    block[274] = 6
    block.get_ifd(0x8769).update({36867: "2024:05:06 07:08:09", 34855: 200, 33434: 0.005})
    block.get_ifd(0x8825).update({1: "N", 2: (48.0, 30.0, 0.0), 3: "W", 4: (2.0, 15.0, 0.0)})
    shown = pictures.encoded(pictures.photo((40, 30)), "JPEG", exif=block, xmp=pictures.XMP_PACKET)
    return b"FUJIFILMCCD-RAW ".ljust(84, b"\0") + struct.pack(">LL", 100, len(shown)) + bytes(8) + shown


def minolta() -> bytes:
    blocks = b"\0PRD" + struct.pack(">L", 4) + b"abcd" + b"\0TTW" + struct.pack(">L", 9999) + tiff(">")
    return b"\0MRM" + struct.pack(">L", len(blocks)) + blocks


FILES = {
    "TIFF": tiff(), "big endian": tiff(">"), "Olympus": tiff("<", b"IIRO"), "Olympus's other": tiff(">", b"MMOR"),
    "Panasonic": tiff("<", b"IIU\0"), "Canon": canon(), "Fujifilm": fujifilm(), "Minolta": minolta(),
}  # fmt: skip


def loaded(block: bytes | None) -> Image.Exif:
    assert block is not None
    assert b"a note of the maker" not in block
    found = Image.Exif()
    found.load(block)
    return found


@pytest.mark.parametrize("name", FILES)
def test_every_maker_says_the_same(name: str) -> None:
    found = metadata_of(MemorySource(FILES[name]))
    block = loaded(found.exif)
    assert exif.values(block) == {**READ, **({"Orientation": 1} if name == "Fujifilm" else {})}
    assert exif.position(block) == PLACE
    assert found.xmp == pictures.XMP_PACKET
    if name not in ("Canon", "Fujifilm"):
        assert found.iptc == pictures.IPTC_RECORD


def test_what_stands_in_the_first_directory_of_old_files_counts_too() -> None:
    own, shot, _ = fields("<")
    found = metadata_of(MemorySource(bare_tiff({**own, **shot, 256: (3, 1, b"\xa0\0"), 259: (3, 1, b"\6\0")})))
    # The size of the small picture, which the first directory is of, is left out.
    assert exif.values(loaded(found.exif)) == READ


@pytest.mark.parametrize("data", [b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"IIRO" + bytes(20), b"FOVb" + bytes(90)])
def test_files_that_say_nothing(data: bytes) -> None:
    found = metadata_of(MemorySource(data))
    assert (found.exif, found.xmp, found.iptc) == (None, None, None)


@pytest.mark.parametrize("name", FILES)
def test_damage_raises_nothing(name: str) -> None:
    for _, changed in pictures.damaged(FILES[name], cuts=40, flips=60):
        found = metadata_of(MemorySource(changed))
        if found.exif:
            Image.Exif().load(found.exif)


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything(data: bytes) -> None:
    for head in (b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"\0\0\0\x18ftypcrx ", b"FUJIFILMCCD-RAW ", b"\0MRM"):
        metadata_of(MemorySource(head + data))
