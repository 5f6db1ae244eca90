"""BMP, in only."""

from __future__ import annotations

import struct

from PIL.BmpImagePlugin import BmpImageFile

from qis_core.api import Decoded, DecodeHint, Decoder, PageHint, Size, Source, SourceInfo
from qis_core.builtin.formats import blocks
from qis_core.builtin.formats.modes import standard
from qis_core.builtin.formats.reading import demand_format, demand_page, reading

_HEADER_SIZES = (12, 40, 52, 56, 64, 108, 124)


class BmpDecoder(Decoder):
    """Windows and OS/2 bitmaps of 1 to 32 bits, packed or not."""

    name = "bmp"
    extensions = ("bmp", "dib")
    media_types = ("image/bmp", "image/x-ms-bmp")
    output = "png"

    def sniff(self, head: bytes) -> bool:
        return head.startswith(b"BM") and len(head) >= 18 and struct.unpack_from("<L", head, 14)[0] in _HEADER_SIZES

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        demand_format(self, source)
        demand_page(hint.page, 1)
        with reading("BMP"), source.open() as stream:
            image = BmpImageFile(stream)
            return SourceInfo(
                format=self.name,
                size=Size(width=image.width, height=image.height),
                mode=image.mode,
                bits=1 if image.mode == "1" else 8,
                has_alpha=image.mode == "RGBA",
                dpi=blocks.dpi(image.info),
            )

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        demand_format(self, source)
        demand_page(hint.page, 1)
        with reading("BMP"), source.open() as stream:
            image = BmpImageFile(stream)
            image.load()
            return Decoded(image=standard(image), metadata=blocks.metadata(image))
