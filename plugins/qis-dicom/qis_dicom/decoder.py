"""DICOM files: frames as pages, grey through the window that the file proposes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PIL import Image

from qis_core.api import (
    BrokenImage,
    Decoded,
    DecodeHint,
    Decoder,
    Metadata,
    NotThisFormat,
    PageHint,
    Size,
    Source,
    SourceInfo,
    TooLarge,
)
from qis_core.api.decoding import demand_format, demand_page, reading
from qis_dicom.metadata import metadata_of
from qis_dicom.settings import DicomSettings

if TYPE_CHECKING:
    from pydicom import FileDataset

SYNTAXES = {
    "1.2.840.10008.1.2": "plain, implicit",
    "1.2.840.10008.1.2.1": "plain",
    "1.2.840.10008.1.2.2": "plain, big endian",
    "1.2.840.10008.1.2.5": "RLE",
    "1.2.840.10008.1.2.4.50": "JPEG baseline",
}
"""How pixels may be stored (DICOM PS3.6, annex A); others are refused."""

_GREY = ("MONOCHROME1", "MONOCHROME2")
_COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422")
_START, _MARK = 128, b"DICM"


class DicomDecoder(Decoder):
    """DICOM of scanners and cameras: grey of up to 16 bits, RGB and YCbCr."""

    name = "dicom"
    features = frozenset({"pages", "metadata"})
    extensions = ("dcm", "dicom")
    media_types = ("application/dicom",)
    output = "jpg"
    alpha = False

    def __init__(self, settings: DicomSettings | None = None) -> None:
        self._settings = settings or DicomSettings()

    def sniff(self, head: bytes) -> bool:
        return head[_START : _START + len(_MARK)] == _MARK

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        with self._opened(source) as file:
            frames = self._frames(file)
            demand_page(hint.page, frames)
            grey = file.PhotometricInterpretation in _GREY
            return SourceInfo(format=self.name, size=_size(file), pages=frames, mode="L" if grey else "RGB")

    def embedded(self, source: Source) -> Metadata | None:
        with self._opened(source) as file:
            return metadata_of(file)

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        with self._opened(source) as file:
            index = demand_page(hint.page, self._frames(file))
            # Imported here: with numpy they take a fifth of a second, and most processes never need them.
            from pydicom.pixels.utils import pixel_array  # noqa: PLC0415

            from qis_dicom.window import shown  # noqa: PLC0415

            size = _size(file)
            pixels = pixel_array(file, index=index)
            if file.PhotometricInterpretation in _GREY:
                pixels = shown(pixels, file)
                note = f"{file.BitsStored} bits a channel are shown as 8"
            else:
                pixels, note = pixels.astype("uint8"), ""
            if pixels.shape[:2] != (size.height, size.width):
                raise BrokenImage("the frames of this DICOM file have another size than it says")
            image = Image.fromarray(pixels)
            notes = (note,) if note and file.BitsStored > 8 else ()
            return Decoded(image=image, metadata=metadata_of(file), notes=notes)

    @contextmanager
    def _opened(self, source: Source) -> Iterator[FileDataset]:
        demand_format(self, source)
        if source.size_bytes > self._settings.max_bytes:
            raise TooLarge("this DICOM file", source.size_bytes, self._settings.max_bytes, "bytes")
        with reading("DICOM"), source.open() as stream:
            from pydicom import dcmread  # noqa: PLC0415
            from pydicom.errors import InvalidDicomError  # noqa: PLC0415

            try:
                file = dcmread(stream)
            except InvalidDicomError as error:
                raise NotThisFormat("this is no DICOM file") from error
            _check(file)
            yield file

    def _frames(self, file: FileDataset) -> int:
        frames = int(file.get("NumberOfFrames") or 1)
        if frames < 1:
            raise BrokenImage("this DICOM file has no frames")
        if frames > self._settings.max_frames:
            raise TooLarge("the number of frames in this DICOM file", frames, self._settings.max_frames)
        return frames


def _check(file: FileDataset) -> None:
    syntax, colours = file.file_meta.TransferSyntaxUID, file.get("PhotometricInterpretation")
    if "PixelData" not in file or syntax not in SYNTAXES or colours not in (*_GREY, *_COLOUR):
        raise BrokenImage(
            f"this DICOM file has no picture of a kind that is read: {', '.join(SYNTAXES.values())}; "
            f"{', '.join((*_GREY, *_COLOUR))}"
        )
    if file.BitsAllocated not in ((8, 16) if colours in _GREY else (8,)) or not 1 <= file.BitsStored <= 16:
        raise BrokenImage("this DICOM file has another number of bits a pixel than 8 or 16 (colour: 8)")


def _size(file: FileDataset) -> Size:
    if file.Rows < 1 or file.Columns < 1:
        raise BrokenImage("this DICOM file says that it has no pixels")
    return Size(width=int(file.Columns), height=int(file.Rows))
