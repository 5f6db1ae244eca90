"""RAW files: the camera's preview where that is enough, else developed by LibRaw, at half size where that is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from qis_core.api import (
    Box,
    BrokenImage,
    Decoded,
    DecodeHint,
    Decoder,
    DeepDecoded,
    DeepPixels,
    Metadata,
    NotThisFormat,
    PageHint,
    Size,
    Source,
    SourceInfo,
)
from qis_core.api.decoding import demand_format, demand_page, path_or_content, reading
from qis_raw.metadata import from_library, metadata_of
from qis_raw.preview import preview
from qis_raw.recognise import looks_like_raw
from qis_raw.settings import RawSettings

if TYPE_CHECKING:
    from rawpy import RawPy

PREVIEW_USED = "the camera's preview was used"
HALF_SIZE = "developed at half size"

_ORIENTATIONS = {0: 1, 3: 3, 5: 8, 6: 6}
"""EXIF's by LibRaw's ``flip``."""

_SRGB_CURVE = (2.4, 12.92)
"""Power and slope of IEC 61966-2-1; LibRaw's own default is the curve of television."""


@cache
def library() -> Any:
    """rawpy, imported at the first use: it takes an eighth of a second, with numpy."""
    import rawpy  # noqa: PLC0415

    return rawpy


class RawDecoder(Decoder):
    """RAW files of cameras, everything that LibRaw reads."""

    name = "raw"
    features = frozenset({"16-bit", "metadata"})
    extensions = (
        "raw", "dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "srf", "sr2", "rw2", "rwl", "orf", "raf", "pef", "srw",
        "x3f", "3fr", "fff", "iiq", "erf", "mef", "mos", "mrw", "kdc", "dcr",
    )  # fmt: skip
    media_types = (
        "image/x-adobe-dng", "image/x-canon-cr2", "image/x-canon-cr3", "image/x-nikon-nef", "image/x-sony-arw",
        "image/x-panasonic-rw2", "image/x-olympus-orf", "image/x-fuji-raf", "image/x-pentax-pef", "image/x-dcraw",
    )  # fmt: skip
    output = "jpg"
    alpha = False
    deep = True
    # To others most of these are TIFF files with a small picture in them.
    priority = 10

    def __init__(self, settings: RawSettings | None = None) -> None:
        self._settings = settings or RawSettings()

    def sniff(self, head: bytes) -> bool:
        return looks_like_raw(head)

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        with self._opened(source) as raw:
            demand_page(hint.page, 1)
            # The sensor's 12 or 14 bits are known only when its data are unpacked, which takes long.
            return SourceInfo(format=self.name, size=_size(raw), bits=16, orientation=_orientation(raw))

    def embedded(self, source: Source) -> Metadata | None:
        with self._opened(source) as raw:
            return _metadata(source, raw)

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        with self._opened(source) as raw:
            demand_page(hint.page, 1)
            size, metadata = _size(raw), _metadata(source, raw)
            found = preview(raw, size, _orientation(raw), hint) if self._settings.previews else None
            if found is not None:
                image, profile = found
                return Decoded(image=image, metadata=replace(metadata, icc_profile=profile), notes=(PREVIEW_USED,))
            if _is_half_enough(size, hint):
                image = self._developed(raw, hint, half_size=True)
                region = Box(left=0, top=0, right=image.width * 2, bottom=image.height * 2)
                return Decoded(image=image, metadata=metadata, region=region, notes=(HALF_SIZE, _reduced(raw)))
            image = self._developed(raw, hint, half_size=False)
            if image.size != (size.width, size.height):
                # Sensors that are turned, or whose pixels are no squares, are put right by LibRaw.
                image = image.resize((size.width, size.height), Image.Resampling.BICUBIC)
            return Decoded(image=image, metadata=metadata, notes=(_reduced(raw),))

    def decode_deep(self, source: Source, hint: DecodeHint) -> DeepDecoded | None:
        """As ``decode``; None where the camera's preview is enough, which has 8 bits."""
        with self._opened(source) as raw:
            demand_page(hint.page, 1)
            size = _size(raw)
            if self._settings.previews and preview(raw, size, _orientation(raw), hint) is not None:
                return None
            half = _is_half_enough(size, hint)
            pixels = self._postprocessed(raw, hint, half_size=half, bits=16)
            height, width = pixels.shape[:2]
            if not half and (width, height) != (size.width, size.height):
                return None
            mode = "RGB" if pixels.ndim == 3 else "L"
            region = Box(left=0, top=0, right=width * 2, bottom=height * 2) if half else None
            return DeepDecoded(
                pixels=DeepPixels(mode=mode, size=Size(width=width, height=height), data=pixels.tobytes()),
                metadata=_metadata(source, raw), region=region, notes=(HALF_SIZE,) if half else (),
            )  # fmt: skip

    def _developed(self, raw: RawPy, hint: DecodeHint, *, half_size: bool) -> Image.Image:
        image = Image.fromarray(self._postprocessed(raw, hint, half_size=half_size, bits=8))
        return image if image.mode in ("RGB", "L") else image.convert("RGB")

    def _postprocessed(self, raw: RawPy, hint: DecodeHint, *, half_size: bool, bits: int) -> Any:
        """Rows of pixels of one or three channels, in sRGB."""
        rawpy, settings = library(), self._settings
        demosaic = "ppg" if hint.fast and settings.demosaic == "ahd" else settings.demosaic
        pixels = raw.postprocess(
            half_size=half_size, demosaic_algorithm=rawpy.DemosaicAlgorithm[demosaic.upper()],
            use_camera_wb=True, no_auto_bright=not settings.auto_brightness,
            output_color=rawpy.ColorSpace.sRGB, gamma=_SRGB_CURVE, output_bps=bits,
            # White is what the camera calls white, not the brightest pixel.
            adjust_maximum_thr=0.0,
            # The engine turns the picture.
            user_flip=0,
        )  # fmt: skip
        return pixels[:, :, 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels

    @contextmanager
    def _opened(self, source: Source) -> Iterator[RawPy]:
        """The file, opened and closed afterwards; nothing of the sensor's data is read yet."""
        demand_format(self, source)
        rawpy = library()
        with reading("RAW"):
            try:
                with _opened_by_libraw(path_or_content(source)) as raw:
                    yield raw
            except (rawpy.LibRawUnsufficientMemoryError, rawpy.LibRawMemPoolOverflowError) as error:
                raise MemoryError from error


def _opened_by_libraw(file: Path | bytes) -> RawPy:
    rawpy = library()
    try:
        opened: RawPy = rawpy.imread(io.BytesIO(file) if isinstance(file, bytes) else str(file))
    except rawpy.LibRawFileUnsupportedError as error:
        raise NotThisFormat("this is no RAW file that LibRaw reads") from error
    return opened


def _metadata(source: Source, raw: RawPy) -> Metadata:
    """What the file says, or for makers that say it in their own way what LibRaw makes of it."""
    found = metadata_of(source)
    return found if found.exif else replace(found, exif=from_library(raw))


def _is_half_enough(size: Size, hint: DecodeHint) -> bool:
    return size.width // 2 >= hint.minimum.width and size.height // 2 >= hint.minimum.height


def _size(raw: RawPy) -> Size:
    sizes = raw.sizes
    if sizes.iwidth < 1 or sizes.iheight < 1:
        raise BrokenImage("this RAW file has no pixels")
    return Size(width=sizes.iwidth, height=sizes.iheight)


def _orientation(raw: RawPy) -> int:
    return _ORIENTATIONS.get(raw.sizes.flip, 1)


def _reduced(raw: RawPy) -> str:
    bits = min(max(int(raw.white_level).bit_length(), 8), 16)
    return f"{bits} bits a channel were developed to 8, in sRGB"
