"""Copyright and creator, out of a picture's EXIF, IPTC and XMP into blocks that hold nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PIL import ExifTags, Image

from qis_core.api import Metadata
from qis_core.api.xmp import packet
from qis_core.builtin.metadata import exif, iptc, xmp

LONGEST = 300
"""Characters of each notice that are kept: a name or a sentence, not an essay."""

_PREFIX = b"Exif\0\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """Whose a picture is: ``rights`` is the copyright notice, ``creator`` who made it; '' where nobody says."""

    rights: str = ""
    creator: str = ""

    @classmethod
    def of(cls, metadata: Metadata) -> Notices:
        """What the blocks say; XMP before IPTC before EXIF, as the Metadata Working Group has it. Raises nothing."""
        found = [_of_xmp(metadata.xmp), _of_iptc(metadata.iptc), _of_exif(metadata.exif)]
        rights = next((notices.rights for notices in found if notices.rights), "")
        creator = next((notices.creator for notices in found if notices.creator), "")
        return cls(rights=rights[:LONGEST], creator=creator[:LONGEST])

    def blocks(self, dpi: tuple[float, float] | None) -> Metadata:
        """The notices alone as EXIF and as XMP, beside the resolution; no blocks where there is nothing to say."""
        if not self.rights and not self.creator:
            return Metadata(dpi=dpi)
        said = {"dc:rights": self.rights, "dc:creator": self.creator}
        return Metadata(exif=self._exif(), xmp=packet(said), dpi=dpi)

    def _exif(self) -> bytes:
        block = Image.Exif()
        if self.rights:
            block[ExifTags.Base.Copyright] = self.rights.encode()
        if self.creator:
            block[ExifTags.Base.Artist] = self.creator.encode()
        data = block.tobytes()
        return data if data.startswith(_PREFIX) else _PREFIX + data


def _of_xmp(block: bytes | None) -> Notices:
    found = _told(xmp.values, block)
    return Notices(rights=_text(found.get("dc:rights")), creator=_text(found.get("dc:creator")))


def _of_iptc(block: bytes | None) -> Notices:
    found = _told(iptc.values, block)
    return Notices(rights=_text(found.get("CopyrightNotice")), creator=_text(found.get("Byline")))


def _of_exif(block: bytes | None) -> Notices:
    found = _told(_exif_values, block)
    return Notices(rights=_text(found.get("Copyright")), creator=_text(found.get("Artist")))


def _exif_values(block: bytes) -> Mapping[str, object]:
    loaded = Image.Exif()
    loaded.load(block)
    return exif.values(loaded)


def _told(values: Callable[[bytes], Mapping[str, object]], block: bytes | None) -> Mapping[str, object]:
    # A damaged block says nothing.
    with contextlib.suppress(Exception):
        return values(block) if block else {}
    return {}


def _text(value: object) -> str:
    text = ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value or "")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
