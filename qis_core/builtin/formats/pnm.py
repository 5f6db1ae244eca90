"""PBM, PGM and PPM, plain and raw, in only.

Read here rather than by Pillow, which unpacks plain files and unusual maxima one sample at a
time. Layout: the pbm(5), pgm(5) and ppm(5) manual pages of Netpbm.
"""

from __future__ import annotations

import array
import re
import sys
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from qis_core.api import BrokenImage, Decoded, DecodeHint, Decoder, PageHint, Size, Source, SourceInfo
from qis_core.builtin.formats.reading import demand_format, demand_page, reading

_KINDS = {b"1": ("1", True), b"2": ("L", True), b"3": ("RGB", True),
          b"4": ("1", False), b"5": ("L", False), b"6": ("RGB", False)}  # fmt: skip
_HEADER = re.compile(rb"P([1-6])" + rb"(?:\s+|#[^\r\n]*[\r\n])+(\d{1,9})" * 2)
_MAXIMUM = re.compile(rb"(?:\s+|#[^\r\n]*[\r\n])+(\d{1,5})")
_LONGEST_HEADER = 65536
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """Mode, whether samples are written as text, size, greatest sample, and where the samples begin."""

    mode: str
    plain: bool
    size: tuple[int, int]
    maximum: int
    start: int

    @property
    def samples(self) -> int:
        return self.size[0] * self.size[1] * (3 if self.mode == "RGB" else 1)

    @property
    def given(self) -> str:
        """The mode of the decoded picture."""
        return "I;16" if self.mode == "L" and self.maximum > 255 else self.mode


class PnmDecoder(Decoder):
    """Netpbm's three oldest formats; P7 and floating point are not read."""

    name = "ppm"
    extensions = ("ppm", "pgm", "pbm", "pnm")
    media_types = ("image/x-portable-anymap", "image/x-portable-pixmap", "image/x-portable-graymap",
                   "image/x-portable-bitmap")  # fmt: skip
    output = "png"
    alpha = False

    def sniff(self, head: bytes) -> bool:
        return (
            head[:1] == b"P"
            and head[1:2] in _KINDS
            and head[2:3] in (b" ", b"\t", b"\n", b"\r", b"\x0b", b"\x0c", b"#")
        )

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        demand_format(self, source)
        demand_page(hint.page, 1)
        with reading("PNM"):
            header = _header(source)
        bits = 1 if header.mode == "1" else 8 if header.maximum < 256 else 16
        size = Size(width=header.size[0], height=header.size[1])
        return SourceInfo(format=self.name, size=size, mode=header.given, bits=bits)

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        demand_format(self, source)
        demand_page(hint.page, 1)
        with reading("PNM"), source.open() as stream:
            header = _header(source)
            stream.seek(header.start)
            return Decoded(image=_image(stream, header))


def _header(source: Source) -> _Header:
    head = source.head(_LONGEST_HEADER)
    match = _HEADER.match(head)
    if match is None:
        raise BrokenImage("this PNM file has no complete header")
    mode, plain = _KINDS[match[1]]
    end, maximum = match.end(), 1
    if mode != "1":
        greatest = _MAXIMUM.match(head, end)
        if greatest is None or not 0 < int(greatest[1]) < 65536:
            raise BrokenImage("this PNM file does not tell its greatest sample")
        end, maximum = greatest.end(), int(greatest[1])
    size = int(match[2]), int(match[3])
    if not min(size):
        raise BrokenImage("this PNM file has no size")
    return _Header(mode=mode, plain=plain, size=size, maximum=maximum, start=end + 1)


def _image(stream: BinaryIO, header: _Header) -> Image.Image:
    if header.mode == "1":
        return _bitmap(stream, header)
    if header.maximum < 256:
        samples = _plain_samples(stream, header) if header.plain else _read(stream, header.samples)
        if header.maximum != 255:
            samples = samples.translate(_scale_table(header.maximum))
        return Image.frombytes(header.mode, header.size, samples)
    wide = array.array("H")
    wide.frombytes(_plain_samples(stream, header) if header.plain else _read(stream, header.samples * 2))
    if not header.plain and sys.byteorder == "little":
        wide.byteswap()
    if header.maximum != 65535:
        factor = 65535 / header.maximum
        wide = array.array("H", [min(round(value * factor), 65535) for value in wide])
    if header.mode == "L":
        return Image.frombytes("I;16", header.size, wide.tobytes(), "raw", "I;16N")
    return Image.frombytes("RGB", header.size, wide.tobytes(), "raw", "RGB;16N")


def _bitmap(stream: BinaryIO, header: _Header) -> Image.Image:
    """1 is black."""
    if not header.plain:
        row = (header.size[0] + 7) // 8
        return Image.frombytes("1", header.size, _read(stream, row * header.size[1]), "raw", "1;I").convert("L")
    digits = bytearray()
    while len(digits) < header.samples and (block := stream.read(_BLOCK)):
        digits += re.sub(rb"#[^\r\n]*|[^01]", b"", block)
    if len(digits) < header.samples:
        raise BrokenImage("this PNM file is cut off")
    return Image.frombytes(
        "L", header.size, bytes(digits[: header.samples]).translate(bytes.maketrans(b"01", b"\xff\0"))
    )


def _read(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise BrokenImage("this PNM file is cut off")
    return data


def _scale_table(maximum: int) -> bytes:
    return bytes(min(round(value * 255 / maximum), 255) for value in range(256))


def _plain_samples(stream: BinaryIO, header: _Header) -> bytes:
    """Samples written as decimal numbers, as bytes (or 16-bit words) in the machine's order."""
    samples = array.array("B" if header.maximum < 256 else "H")
    rest = b""
    while len(samples) < header.samples:
        block = stream.read(_BLOCK)
        text = rest + block
        cut = len(text) if not block else max(text.rfind(b" "), text.rfind(b"\n"), text.rfind(b"\t")) + 1
        samples.extend(map(int, text[:cut].split()))
        rest = text[cut:]
        if not block:
            break
    if len(samples) < header.samples:
        raise BrokenImage("this PNM file is cut off")
    return samples[: header.samples].tobytes()
