"""Windows icons, in only: each size is a page, the largest first."""

from __future__ import annotations

import struct
from typing import BinaryIO

from PIL.IcoImagePlugin import IcoFile

from qis_core.api import BrokenImage, Decoded, DecodeHint, Decoder, PageHint, Size, Source, SourceInfo
from qis_core.builtin.formats.modes import standard
from qis_core.builtin.formats.reading import demand_format, demand_page, reading

_PNG = b"\x89PNG\r\n\x1a\n"


class IcoDecoder(Decoder):
    """ICO with bitmaps or PNG files inside. An icon's size is that of the picture inside, whatever the list says."""

    name = "ico"
    features = frozenset({"pages", "alpha"})
    extensions = ("ico",)
    media_types = ("image/vnd.microsoft.icon", "image/x-icon")
    output = "png"

    def sniff(self, head: bytes) -> bool:
        if len(head) < 22 or not head.startswith(b"\0\0\1\0"):
            return False
        count: int
        offset: int
        count, offset = struct.unpack_from("<4xH12xL", head)
        return count > 0 and offset >= 6 + 16 * count

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        demand_format(self, source)
        with reading("ICO"), source.open() as stream:
            icons = IcoFile(stream)
            index = demand_page(hint.page, len(icons.entry))
            width, height = _size(stream, icons.entry[index].offset)
            return SourceInfo(
                format=self.name,
                size=Size(width=width, height=height),
                pages=len(icons.entry),
                mode="RGBA",
                has_alpha=True,
            )

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        demand_format(self, source)
        with reading("ICO"), source.open() as stream:
            icons = IcoFile(stream)
            index = demand_page(hint.page, len(icons.entry))
            _size(stream, icons.entry[index].offset)
            image = icons.frame(index)
            image.load()
            return Decoded(image=standard(image).convert("RGBA"))


def _size(stream: BinaryIO, offset: int) -> tuple[int, int]:
    """Width and height of the picture inside; a bitmap's height counts its mask as well."""
    stream.seek(offset)
    head = stream.read(24)
    if head.startswith(_PNG):
        width, height = struct.unpack_from(">2L", head, 16)
    else:
        length, width, height = struct.unpack_from("<L2l", head)
        if length < 40:
            raise BrokenImage("this icon is of a kind that cannot be read")
        height = abs(height) // 2
    if width < 1 or height < 1:
        raise BrokenImage("this icon has no size")
    return width, height
