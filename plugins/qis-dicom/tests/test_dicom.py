"""DICOM files: the right grey, frame by frame, and no harm from damaged ones."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy
import pytest
from PIL import Image, ImageChops, ImageStat
from pydicom import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)
from qis_dicom import plugin
from qis_dicom.decoder import DicomDecoder
from qis_dicom.settings import DicomSettings

from qis_core.api import BrokenImage, DecodeHint, PageHint, TooLarge
from qis_core.testing import pictures
from qis_core.testing.app_fixtures import MakeSite
from qis_core.testing.records import record_of
from qis_core.testing.sources import MemorySource
from qis_core.testing.suites.decoders import DecoderSuite
from qis_core.testing.suites.locked_in import LockedInSuite

PHOTO = pictures.photo((48, 36))
GREY = PHOTO.convert("L")


def dicom(
    *frames: Image.Image, syntax: UID = ExplicitVRLittleEndian, bits: int = 8, stored: int = 0, **header: object
) -> bytes:
    """A file with these frames, all L (of up to 16 bits: 256 times as much and more) or all RGB."""
    file, meta = Dataset(), FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = syntax, UID("1.2.840.10008.5.1.4.1.1.7")
    meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    file.file_meta = meta
    colour = frames[0].mode == "RGB"
    file.SamplesPerPixel, file.PhotometricInterpretation = (3, "RGB") if colour else (1, "MONOCHROME2")
    file.PlanarConfiguration = 0
    file.Columns, file.Rows = frames[0].size
    file.NumberOfFrames = len(frames)
    file.BitsAllocated, file.BitsStored, file.PixelRepresentation = bits, stored or bits, 0
    file.HighBit = file.BitsStored - 1
    for name, value in header.items():
        setattr(file, name, value)
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    scale = 2 ** (file.BitsStored - 8)
    arrays = [(numpy.asarray(frame).astype(int) * scale).astype(f"{order}u{bits // 8}") for frame in frames]
    if syntax in (JPEGBaseline8Bit, JPEG2000Lossless):
        kind = "JPEG" if syntax == JPEGBaseline8Bit else "JPEG2000"
        file.PixelData = encapsulate([pictures.encoded(frame, kind) for frame in frames])
        file["PixelData"].VR = "OB"
    else:
        file.PixelData = b"".join(array.tobytes() for array in arrays)
        file["PixelData"].VR = "OW" if bits == 16 else "OB"
    if syntax == RLELossless:
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        file.compress(RLELossless, numpy.stack(arrays) if len(arrays) > 1 else arrays[0], generate_instance_uid=False)
    out = io.BytesIO()
    big = syntax == ExplicitVRBigEndian
    file.save_as(out, enforce_file_format=True, little_endian=not big, implicit_vr=syntax == ImplicitVRLittleEndian)
    return out.getvalue()


def shown(data: bytes, page: int = 1) -> Image.Image:
    source = MemorySource(data)
    info = DicomDecoder().probe(source, PageHint(page=page))
    return DicomDecoder().decode(source, DecodeHint(minimum=info.size, page=page)).image


def difference(one: Image.Image, other: Image.Image) -> float:
    assert (one.mode, one.size) == (other.mode, other.size)
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


class TestDicomDecoder(DecoderSuite):
    decoder = DicomDecoder()
    samples = {
        "grey": dicom(GREY),
        "colour": dicom(PHOTO),
        "frames": dicom(GREY, GREY.transpose(Image.Transpose.ROTATE_180), syntax=RLELossless),
        "named": dicom(GREY, Modality="DX"),
        "12 bits": dicom(GREY, bits=16, stored=12, WindowCenter=2048, WindowWidth=4096),
        "photo": dicom(PHOTO, syntax=JPEGBaseline8Bit, PhotometricInterpretation="YBR_FULL_422"),
    }


class TestLockedIn(LockedInSuite):
    plugin = "dicom"
    sample = dicom(GREY.resize((24, 18)), syntax=RLELossless)
    huge = {
        "wide and high": dicom(GREY, Columns=65_535, Rows=65_535),
        "many frames": dicom(GREY, NumberOfFrames=2_000_000_000),
        "wide and high, packed": dicom(GREY, syntax=JPEGBaseline8Bit, Columns=65_535, Rows=65_535),
        "sequences in sequences": dicom(GREY)
        + b"\x08\0\x15\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff" * 9000,
    }


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless])
@pytest.mark.parametrize(("bits", "picture"), [(8, GREY), (16, GREY), (8, PHOTO)], ids=["grey", "16 bits", "colour"])
def test_pixels_come_out_as_they_were_stored(syntax: UID, bits: int, picture: Image.Image) -> None:
    window = {"WindowCenter": 32768, "WindowWidth": 65536} if bits == 16 else {}
    assert difference(shown(dicom(picture, syntax=syntax, bits=bits, **window)), picture) < 1


def test_jpeg_within() -> None:
    assert difference(shown(dicom(GREY, syntax=JPEGBaseline8Bit)), GREY) < 4
    colour = dicom(PHOTO, syntax=JPEGBaseline8Bit, PhotometricInterpretation="YBR_FULL_422")
    assert difference(shown(colour), PHOTO) < 12


@pytest.mark.parametrize(
    ("function", "level", "grey"),
    [("LINEAR", 900, 0), ("LINEAR", 1000, 128), ("LINEAR", 1100, 255), ("LINEAR_EXACT", 1025, 191),
     ("SIGMOID", 1000, 128), ("SIGMOID", 1025, 186)],
)  # fmt: skip
def test_the_window_of_the_file_is_used_after_its_rescaling(function: str, level: int, grey: int) -> None:
    # Stored is 256: half of the level comes from the slope, half from the intercept.
    stored = Image.new("L", (4, 4), 1)
    data = dicom(
        stored, bits=16, RescaleSlope=level / 256 / 2, RescaleIntercept=level / 2, WindowCenter=[1000, 5],
        WindowWidth=[100, 5], VOILUTFunction=function,
    )  # fmt: skip
    assert shown(data).getpixel((0, 0)) == pytest.approx(grey, abs=2)


def test_without_a_window_all_that_is_there_is_shown() -> None:
    assert shown(dicom(GREY.point(lambda level: level // 4 + 20), bits=16, stored=12)).getextrema() == (0, 255)


def test_high_is_dark_where_the_file_says_so() -> None:
    turned = dicom(ImageChops.invert(GREY), PhotometricInterpretation="MONOCHROME1")
    assert difference(shown(turned), GREY) < 1


def test_frames_are_pages() -> None:
    data = dicom(GREY, ImageChops.invert(GREY), GREY.transpose(Image.Transpose.ROTATE_180))
    assert difference(shown(data, 2), ImageChops.invert(GREY)) < 1


def test_other_kinds_are_refused_by_name() -> None:
    for data in (dicom(GREY, syntax=JPEG2000Lossless), dicom(GREY, PhotometricInterpretation="PALETTE COLOR")):
        with pytest.raises(BrokenImage, match="JPEG baseline"):
            shown(data)


def test_limits() -> None:
    for settings in (DicomSettings(max_bytes=100), DicomSettings(max_frames=1)):
        with pytest.raises(TooLarge):
            DicomDecoder(settings).probe(MemorySource(dicom(GREY, GREY)), PageHint())


def test_a_site_shows_dicom_and_tells_nothing_of_the_patient(new_site: MakeSite) -> None:
    site = new_site()
    data = dicom(GREY, GREY, PatientName="Roe^Jane")
    assert b"Roe^Jane" in data
    (site.library / "a.dcm").write_bytes(data)
    answer = site.testapp.get("/image?src=a.dcm&page=2&width=24")
    assert Image.open(io.BytesIO(answer.body)).size == (24, 18)
    assert b"Roe" not in answer.body


def test_what_it_registers() -> None:
    assert plugin.QIS_API == (1, 0)
    assert [group.name for group in plugin.qis_register_settings()] == ["dicom"]


def test_registering_does_not_import_the_library() -> None:
    code = "import qis_dicom.plugin as p, sys; p.DicomDecoder(); sys.exit(bool({'pydicom', 'numpy'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_a_file_says_of_the_picture_and_nothing_of_the_patient() -> None:
    data = dicom(
        GREY, Modality="DX", BodyPartExamined="HAND", StudyDescription="Hand, links", Manufacturer="Maker",
        ManufacturerModelName="Model 1", StudyDate="20240506", StudyTime="070809.5", PatientName="Secret^Eva",
        PatientID="secret", PatientBirthDate="19800101", InstitutionName="Secret hospital",
        ReferringPhysicianName="Secret^Doctor",
    )  # fmt: skip
    found = record_of(data)
    assert found == {"xmp": {
        "dc:title": "Hand, links", "dc:subject": ["DX", "HAND"], "tiff:Make": "Maker", "tiff:Model": "Model 1",
        "xmp:CreateDate": "2024-05-06T07:08:09",
    }}  # fmt: skip
