"""Legal notices: found wherever they stand, and kept alone."""

from __future__ import annotations

import pytest
from PIL import ExifTags, Image

from qis_core.api import Metadata
from qis_core.builtin.metadata import exif, xmp
from qis_core.builtin.metadata.notices import LONGEST, Notices


def exif_block(**texts: str) -> bytes:
    block = Image.Exif()
    for name, text in texts.items():
        block[getattr(ExifTags.Base, name)] = text.encode()
    return block.tobytes()


def iptc_block(**texts: str) -> bytes:
    numbers = {"creator": 80, "rights": 116, "city": 90}
    return b"".join(
        bytes([0x1C, 2, numbers[name]]) + len(text.encode()).to_bytes(2, "big") + text.encode()
        for name, text in texts.items()
    )


XMP = Notices(rights="© XMP & Co", creator="Xenia <x@example.org>").blocks(None).xmp


@pytest.mark.parametrize(
    ("metadata", "rights", "creator"),
    [
        (Metadata(), "", ""),
        (Metadata(exif=exif_block(Copyright="© Eva", Artist="Eva", Make="Camera")), "© Eva", "Eva"),
        (Metadata(iptc=iptc_block(rights="© Ida", creator="Ida", city="Rome")), "© Ida", "Ida"),
        (Metadata(xmp=XMP), "© XMP & Co", "Xenia <x@example.org>"),
        (Metadata(xmp=XMP, exif=exif_block(Copyright="© Eva")), "© XMP & Co", "Xenia <x@example.org>"),
        (Metadata(iptc=iptc_block(rights="© Ida"), exif=exif_block(Artist="Eva")), "© Ida", "Eva"),
        (Metadata(exif=b"no EXIF", iptc=b"no IPTC", xmp=b"<no XMP"), "", ""),
        (Metadata(exif=exif_block(Copyright="a\r\nb\tc" + "x" * 1000)), ("a b c" + "x" * 1000)[:LONGEST], ""),
    ],
)
def test_they_are_found_in_every_block(metadata: Metadata, rights: str, creator: str) -> None:
    assert Notices.of(metadata) == Notices(rights=rights, creator=creator)


def test_the_blocks_hold_nothing_else() -> None:
    kept = Notices(rights="© 2026 Eva Ä <&>", creator="Eva").blocks((300, 300))
    assert kept.exif is not None
    assert kept.xmp is not None
    loaded = Image.Exif()
    loaded.load(kept.exif)
    assert exif.values(loaded) == {"Copyright": "© 2026 Eva Ä <&>", "Artist": "Eva"}
    assert xmp.values(kept.xmp) == {"dc:rights": "© 2026 Eva Ä <&>", "dc:creator": ["Eva"]}
    assert (kept.icc_profile, kept.iptc, kept.dpi) == (None, None, (300, 300))
    assert len(kept.exif) + len(kept.xmp) < 700


def test_where_nobody_says_anything_nothing_is_written() -> None:
    assert Notices().blocks(None) == Metadata()
