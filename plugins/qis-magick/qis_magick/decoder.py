"""Files that ImageMagick reads, flattened: what a picture's layers show together."""

from __future__ import annotations

import ctypes
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from PIL import Image, ImageCms

from qis_core.api import (
    BrokenImage,
    Decoded,
    DecodeHint,
    Decoder,
    DeepDecoded,
    DeepPixels,
    Metadata,
    PageHint,
    Size,
    Source,
    SourceInfo,
    TooLarge,
    profile_model,
)
from qis_core.api.decoding import demand_format, demand_page, reading
from qis_magick.blocks import blocks_of
from qis_magick.coders import Coder
from qis_magick.deep_image import exported
from qis_magick.library import Wand, library
from qis_magick.numbers import CHAR, CMYK, FLATTEN, GREY, PER_CENTIMETRE, SHORT, SRGB
from qis_magick.settings import MagickSettings

_INCH = 2.54


class MagickDecoder(Decoder):
    """One of ImageMagick's formats."""

    output = "jpg"
    # What others read better, they read first.
    priority = -10

    def __init__(self, coder: Coder, settings: MagickSettings | None = None) -> None:
        self.name, self.extensions, self.media_types = coder.name, coder.extensions, coder.media_types
        self.features = coder.features
        self.alpha, self.deep = "alpha" in coder.features, "16-bit" in coder.features
        if self.alpha:
            # Browsers show it, and it can be transparent.
            self.output = "png"
        self._coder = coder
        self._settings = settings or MagickSettings()

    def sniff(self, head: bytes) -> bool:
        return self._coder.begins(head)

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        with self._reading(source) as data:
            wand = self._pinged(data, hint.page)
            found = header_of(wand, deep=self.deep)
            return SourceInfo(
                format=self.name, size=found.size, mode=found.mode, bits=found.bits,
                has_alpha=found.has_alpha, has_icc_profile=_block(wand, b"icc") is not None,
                orientation=found.orientation, dpi=_dpi(wand),
            )  # fmt: skip

    def embedded(self, source: Source) -> Metadata | None:
        with self._reading(source) as data:
            return blocks_of(self._coder.magick, data)

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        with self._reading(source) as data:
            wand, found = self._read(data, hint.page)
            if found.mode == "I;16":
                pixels = exported(wand, "L", found.size, SHORT)
                image = Image.frombytes("I;16", (found.size.width, found.size.height), pixels)
            else:
                pixels = exported(wand, found.mode, found.size, CHAR)
                image = Image.frombytes(found.mode, (found.size.width, found.size.height), pixels)
            return Decoded(image=image, metadata=_metadata(wand, found.model, blocks_of(self._coder.magick, data)))

    def decode_deep(self, source: Source, hint: DecodeHint) -> DeepDecoded | None:
        with self._reading(source) as data:
            wand, found = self._read(data, hint.page)
            mode = "L" if found.mode == "I;16" else found.mode
            pixels = DeepPixels(mode=mode, size=found.size, data=exported(wand, mode, found.size, SHORT))
            return DeepDecoded(
                pixels=pixels, metadata=_metadata(wand, found.model, blocks_of(self._coder.magick, data))
            )

    @contextmanager
    def _reading(self, source: Source) -> Iterator[bytes]:
        demand_format(self, source)
        if source.size_bytes > self._settings.max_file_bytes:
            limit = self._settings.max_file_bytes
            raise TooLarge(f"this {self._coder.title} file", source.size_bytes, limit, "bytes")
        with reading(self._coder.title), source.open() as stream:
            yield stream.read()

    def _pinged(self, data: bytes, page: int) -> Wand:
        """The headers of the file's one picture."""
        demand_page(page, 1)
        wand = Wand()
        wand.read(self._coder.magick, data, ping=True, scene="0")
        wand.do("SetIteratorIndex", 0)
        return wand

    def _read(self, data: bytes, page: int) -> tuple[Wand, Header]:
        size = header_of(self._pinged(data, page), deep=self.deep).size
        wand = Wand()
        wand.read(self._coder.magick, data, scene="0")
        if wand.ask("GetNumberImages") > 1:
            flat = library().MagickMergeImageLayers(wand.pointer, FLATTEN)
            if not flat:
                wand.fail()
            wand = Wand(flat)
        wand.do("SetIteratorIndex", 0)
        found = header_of(wand, deep=self.deep)
        if found.size != size:
            raise BrokenImage(f"the parts of this {self._coder.title} file have different sizes")
        if found.model == "RGB" and wand.ask("GetImageColorspace") not in (SRGB, 0):
            # Lab, linear light and others: what their colours are in sRGB.
            wand.do("TransformImageColorspace", SRGB)
        return wand, found


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture is, in our terms."""

    size: Size
    mode: str
    bits: int
    orientation: int

    @property
    def has_alpha(self) -> bool:
        return self.mode.endswith("A")

    @property
    def model(self) -> str:
        return {"I;16": "L"}.get(self.mode, self.mode.removesuffix("A"))


def header_of(wand: Wand, *, deep: bool) -> Header:
    """What the current picture is; ``deep`` tells that its format has more than 8 bits a channel at times."""
    size = Size(width=int(wand.ask("GetImageWidth")), height=int(wand.ask("GetImageHeight")))
    # Of formats without a depth of its own ImageMagick tells that of itself.
    bits = 16 if deep and int(wand.ask("GetImageDepth")) > 8 else 8
    space, alpha = int(wand.ask("GetImageColorspace")), bool(wand.ask("GetImageAlphaChannel"))
    if space == CMYK:
        mode = "CMYK"
    elif space == GREY:
        mode = "LA" if alpha else ("I;16" if bits == 16 else "L")
    else:
        mode = "RGBA" if alpha else "RGB"
    turned = int(wand.ask("GetImageOrientation"))
    return Header(size, mode, bits, turned if 1 <= turned <= 8 else 1)


def _metadata(wand: Wand, model: str, blocks: Metadata) -> Metadata:
    profile = _block(wand, b"icc")
    is_usable = profile is not None and profile_model(profile) == model and _is_sound(profile, model)
    return replace(blocks, icc_profile=profile if is_usable else None, dpi=_dpi(wand))


def _is_sound(profile: bytes, model: str) -> bool:
    try:
        ImageCms.buildTransform(io.BytesIO(profile), ImageCms.createProfile("sRGB"), model, "RGB")
    except (ImageCms.PyCMSError, ValueError, OSError, SyntaxError):
        return False
    return True


def _block(wand: Wand, name: bytes) -> bytes | None:
    length = ctypes.c_size_t()
    found = library().MagickGetImageProfile(wand.pointer, name, ctypes.byref(length))
    if not found:
        return None
    block = ctypes.string_at(found, length.value)
    library().MagickRelinquishMemory(found)
    return block or None


def _dpi(wand: Wand) -> tuple[float, float] | None:
    x, y = ctypes.c_double(), ctypes.c_double()
    wand.ask("GetImageResolution", ctypes.byref(x), ctypes.byref(y))
    unit = int(wand.ask("GetImageUnits"))
    scale = _INCH if unit == PER_CENTIMETRE else 1.0
    return (x.value * scale, y.value * scale) if unit and x.value > 0 and y.value > 0 else None
