"""What a codestream's header tells before anything is decoded (ISO/IEC 18181-1, annex D and E)."""

from __future__ import annotations

from dataclasses import dataclass

from qis_core.api import BrokenImage, Size
from qis_jxl.container import CODESTREAM

_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
_SIZES = ((9, 1), (13, 1), (18, 1), (30, 1))
_ALPHA, _SPOT, _CFA = 0, 2, 5
_GREY, _XYB = 1, 2
_D65, _CUSTOM, _SRGB_PRIMARIES, _SRGB_CURVE = 1, 2, 1, 13

_Choices = tuple[tuple[int, int], ...]
"""Four ways to write a number: (bits, added to them)."""


@dataclass(slots=True)
class Header:
    """Size as stored, and what it means; ``is_srgb``: the colours are those of sRGB, or grey with its curve."""

    size: Size
    orientation: int = 1
    is_animated: bool = False
    bits: int = 8
    has_alpha: bool = False
    is_grey: bool = False
    has_icc_profile: bool = False
    is_srgb: bool = True

    @property
    def upright(self) -> Size:
        """The size of the picture as it is shown."""
        return self.size.turned if self.orientation > 4 else self.size


def read_header(codestream: bytes) -> Header:
    """The header. Raises BrokenImage."""
    if not codestream.startswith(CODESTREAM):
        raise BrokenImage("this JPEG XL file holds no picture")
    bits = _Bits(codestream[2:])
    header = Header(size=_size(bits))
    if bits.flag():
        return header
    if bits.flag():
        _read_extra_fields(bits, header)
    header.bits = _bit_depth(bits)
    bits.take(1)
    for _ in range(bits.number(((0, 0), (0, 1), (4, 2), (12, 1)))):
        header.has_alpha = _extra_channel(bits) == _ALPHA or header.has_alpha
    bits.take(1)
    _read_colours(bits, header)
    return header


def _size(bits: _Bits) -> Size:
    small = bits.flag()
    height = (bits.take(5) + 1) * 8 if small else bits.number(_SIZES)
    ratio = bits.take(3)
    if ratio:
        return Size(width=max(1, height * _RATIOS[ratio][0] // _RATIOS[ratio][1]), height=height)
    return Size(width=(bits.take(5) + 1) * 8 if small else bits.number(_SIZES), height=height)


def _read_extra_fields(bits: _Bits, header: Header) -> None:
    header.orientation = bits.take(3) + 1
    if bits.flag():
        _size(bits)
    if bits.flag():
        _preview(bits)
    header.is_animated = bits.flag()
    if header.is_animated:
        bits.number(((0, 100), (0, 1000), (10, 1), (30, 1)))
        bits.number(((0, 1), (0, 1001), (8, 1), (10, 1)))
        bits.number(((0, 0), (3, 0), (16, 0), (32, 0)))
        bits.take(1)


def _preview(bits: _Bits) -> None:
    choices = ((0, 16), (0, 32), (5, 1), (9, 33)) if bits.flag() else ((6, 1), (8, 65), (10, 321), (12, 1345))
    bits.number(choices)
    if not bits.take(3):
        bits.number(choices)


def _bit_depth(bits: _Bits) -> int:
    if not bits.flag():
        return bits.number(((0, 8), (0, 10), (0, 12), (6, 1)))
    depth = bits.number(((0, 32), (0, 16), (0, 24), (6, 1)))
    bits.take(4)
    return depth


def _extra_channel(bits: _Bits) -> int:
    """Its type."""
    if bits.flag():
        return _ALPHA
    kind = bits.enumerated()
    _bit_depth(bits)
    bits.number(((0, 0), (0, 3), (0, 4), (3, 1)))
    bits.take(8 * bits.number(((0, 0), (4, 0), (5, 16), (10, 48))))
    if kind == _ALPHA:
        bits.take(1)
    elif kind == _SPOT:
        bits.take(64)
    elif kind == _CFA:
        bits.number(((0, 1), (2, 0), (4, 3), (8, 19)))
    return kind


def _read_colours(bits: _Bits, header: Header) -> None:
    if bits.flag():
        return
    header.has_icc_profile = bits.flag()
    space = bits.enumerated()
    header.is_grey = space == _GREY
    if header.has_icc_profile or space == _XYB:
        header.is_srgb = False
        return
    white = bits.enumerated()
    if white == _CUSTOM:
        header.is_srgb = False
        return
    primaries = _SRGB_PRIMARIES if header.is_grey else bits.enumerated()
    if primaries == _CUSTOM:
        header.is_srgb = False
        return
    curve = -1 if bits.flag() else bits.enumerated()
    header.is_srgb = (white, primaries, curve) == (_D65, _SRGB_PRIMARIES, _SRGB_CURVE)


class _Bits:
    """Numbers from a string of bits, the least significant first."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "little")
        self._left = len(data) * 8

    def take(self, count: int) -> int:
        """The next ``count`` bits. Raises BrokenImage where there are fewer."""
        self._left -= count
        if self._left < 0:
            raise BrokenImage("this JPEG XL file is cut off")
        value = self._value & ((1 << count) - 1)
        self._value >>= count
        return value

    def flag(self) -> bool:
        """One bit."""
        return bool(self.take(1))

    def number(self, choices: _Choices) -> int:
        """A number in the way, of four, that two bits tell (U32)."""
        count, added = choices[self.take(2)]
        return self.take(count) + added

    def enumerated(self) -> int:
        """A value of an enumeration."""
        return self.number(((0, 0), (0, 1), (4, 2), (6, 18)))
