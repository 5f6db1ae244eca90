"""What a DICOM file says of the picture, as XMP; nothing of the patient, the physicians and the hospital.

Attributes: DICOM PS3.6, chapter 6. Whoever needs the others has the file itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qis_core.api import Metadata
from qis_core.api.xmp import packet

if TYPE_CHECKING:
    from pydicom import FileDataset

_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?")


def metadata_of(file: FileDataset) -> Metadata:
    """Kind of picture, part of the body, machine and date."""
    return Metadata(xmp=packet({
        "dc:title": _text(file, "StudyDescription"),
        "dc:description": _text(file, "SeriesDescription"),
        "dc:subject": [_text(file, name) for name in ("Modality", "BodyPartExamined", "ViewPosition")],
        "tiff:Make": _text(file, "Manufacturer"),
        "tiff:Model": _text(file, "ManufacturerModelName"),
        "xmp:CreatorTool": _text(file, "SoftwareVersions"),
        "xmp:CreateDate": _date(file),
    }))  # fmt: skip


def _text(file: FileDataset, name: str) -> str:
    return str(file.get(name) or "")


def _date(file: FileDataset) -> str:
    """When the picture was taken, or else the study; DICOM PS3.5, 6.2: DA and TM."""
    for what in ("Acquisition", "Content", "Series", "Study"):
        match = _DATE.match(_text(file, f"{what}Date") + _text(file, f"{what}Time"))
        if match:
            year, month, day, hour, minute, second = match.groups()
            return f"{year}-{month}-{day}" + (f"T{hour}:{minute}:{second or '00'}" if hour else "")
    return ""
