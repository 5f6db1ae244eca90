"""EXIF: odd values of odd cameras."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from qis_core.builtin.metadata import exif


def block(tags: dict[int, Any], gps: dict[int, Any] | None = None) -> Image.Exif:
    made = Image.Exif()
    made.get_ifd(0x8769).update(tags)
    made.get_ifd(0x8825).update(gps or {})
    return made


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({0x829A: IFDRational(1, 250)}, {"ExposureTime": 0.004}),
        ({0x829A: IFDRational(1, 0)}, {}),
        ({0x9003: "2018-03-23T12:38:44"}, {"DateTimeOriginal": "2018-03-23T12:38:44"}),
        ({0x9003: "0000:00:00 00:00:00"}, {}),
        ({0x9003: "    :  :     :  :  "}, {}),
        ({0x9286: b"UNICODE\0" + "né".encode("utf-16-le")}, {"UserComment": "né"}),
        ({0x9286: b"\0\0\0\0\0\0\0\0hello"}, {"UserComment": "hello"}),
        ({0x9286: b"ASCII\0\0\0\0\0\0"}, {}),
        ({0x9C9B: "Ttl".encode("utf-16-le") + b"\0\0"}, {"XPTitle": "Ttl"}),
        ({0xA432: (24.0, 70.0, 2.8, 4.0)}, {"LensSpecification": [24.0, 70.0, 2.8, 4.0]}),
        ({0x9000: b"0232"}, {"ExifVersion": "0232"}),
        ({0x9101: b"\1\2\3\0"}, {}),
        ({0x010F: "Maker\0junk"}, {"Make": "Maker"}),
        ({0xFFFF: "nobody knows"}, {}),
    ],
)
def test_values(tags: dict[int, Any], expected: dict[str, object]) -> None:
    assert exif.values(block(tags)) == expected


@pytest.mark.parametrize(
    ("gps", "expected"),
    [
        ({1: "N", 2: (47.5, 0.0, 0.0), 3: "W\0", 4: (9.0,)}, {"latitude": 47.5, "longitude": -9.0}),
        ({1: "N", 2: (97.0, 0.0, 0.0), 3: "W", 4: (9.0,)}, {}),
        ({2: (47.0, 30.0, 0.0)}, {}),
        ({1: "N", 2: (IFDRational(0, 0),) * 3, 3: "E", 4: (IFDRational(0, 0),) * 3}, {}),
        ({6: IFDRational(35, 10), 17: 361.0}, {"altitude": 3.5}),
        ({17: 90.25}, {"direction": 90.25}),
        ({7: (1.0, 2.0, 3.9)}, {}),
        ({7: (1.0, 2.0, 3.9), 29: "2024:10:01"}, {"time": "2024-10-01T01:02:03Z"}),
    ],
)
def test_positions(gps: dict[int, Any], expected: dict[str, object]) -> None:
    assert exif.position(block({}, gps)) == expected
