"""Which files are videos that are opened here, told by their first bytes.

MP4 and MOV: boxes of a length and a name (ISO 14496-12, 4.2; QuickTime File Format); WebM and
Matroska: EBML (RFC 8794) with a document type (RFC 9559).
"""

from __future__ import annotations

_EBML = b"\x1a\x45\xdf\xa3"
_DOCUMENT_TYPE = b"\x42\x82"
_MATROSKA = (b"webm", b"matroska")
_OLD_BOXES = frozenset({b"moov", b"mdat", b"wide"})
_BRANDS = frozenset({
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41", b"mp42", b"mp71", b"avc1",
    b"dash", b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"qt  ", b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3g2a", b"XAVC", b"f4v ",
    b"hvc1", b"av01",
})  # fmt: skip
"""Of videos. Those of pictures (heic, avif, jxl, crx) are other decoders'."""


def demuxer(head: bytes) -> str | None:
    """FFmpeg's name of the one demuxer that may open a file that begins with ``head``; None for what is no video."""
    if head[4:8] == b"ftyp":
        return "mov" if head[8:12] in _BRANDS else None
    if head[4:8] in _OLD_BOXES:
        return "mov"
    if head.startswith(_EBML):
        at = head.find(_DOCUMENT_TYPE, 4, 64)
        if at >= 0 and head[at + 3 :].startswith(_MATROSKA):
            return "matroska"
    return None
