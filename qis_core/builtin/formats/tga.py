"""Truevision TGA, in only. The format has no signature: its header is looked at field by field."""

from __future__ import annotations

import struct

from PIL.TgaImagePlugin import TgaImageFile

from qis_core.api import Decoded, DecodeHint, Decoder, PageHint, Size, Source, SourceInfo
from qis_core.builtin.formats.modes import standard
from qis_core.builtin.formats.reading import demand_format, demand_page, reading

_DEPTHS = {1: (8,), 2: (16, 24, 32), 3: (1, 8, 16), 9: (8,), 10: (16, 24, 32), 11: (8, 16)}
"""Bits a pixel that each image type may have (Truevision TGA 2.0, fields 3 and 5.5)."""


class TgaDecoder(Decoder):
    """TGA with palette, colour or grey, packed or not. Asked after all formats that sign their files."""

    name = "tga"
    features = frozenset({"alpha"})
    extensions = ("tga", "icb", "vda", "vst")
    media_types = ("image/x-tga",)
    output = "png"
    priority = -100

    def sniff(self, head: bytes) -> bool:
        if len(head) < 18:
            return False
        map_type, kind, _, colours, map_depth = struct.unpack_from("<xBBHHB", head)
        width, height, depth, flags = struct.unpack_from("<HHBB", head, 12)
        palette = kind in (1, 9)
        return (
            map_type in (0, 1)
            and depth in _DEPTHS.get(kind, ())
            and min(width, height) > 0
            and flags & 0xC0 == 0
            and (not palette or (map_type == 1 and 0 < colours <= 256 and map_depth in (16, 24, 32)))
        )

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        demand_format(self, source)
        demand_page(hint.page, 1)
        with reading("TGA"), source.open() as stream:
            image = TgaImageFile(stream)
            return SourceInfo(
                format=self.name,
                size=Size(width=image.width, height=image.height),
                mode=image.mode,
                bits=1 if image.mode == "1" else 8,
                has_alpha=image.has_transparency_data,
            )

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        demand_format(self, source)
        demand_page(hint.page, 1)
        with reading("TGA"), source.open() as stream:
            image = TgaImageFile(stream)
            image.load()
            return Decoded(image=standard(image))
