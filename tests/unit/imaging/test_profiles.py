"""Installed ICC profiles."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from qis_core.api import BadOption
from qis_core.imaging.grey_profile import grey_profile
from qis_core.imaging.profiles import ProfileFolder


def test_srgb_and_a_grey_come_along() -> None:
    profiles = ProfileFolder([])
    assert [(profile.name, profile.space) for profile in profiles.all()] == [("Grey", "gray"), ("sRGB", "rgb")]


def test_a_profile_that_comes_along_has_one_version_on_every_node() -> None:
    assert ProfileFolder([]).find("srgb").version == ProfileFolder([]).find("sRGB").version
    assert ProfileFolder([]).find("srgb").data[24:36] == bytes.fromhex("07ea00010001000000000000")


def test_the_grey_profile_is_one_that_littlecms_converts_by() -> None:
    grey = ImageCms.ImageCmsProfile(io.BytesIO(grey_profile()))
    ramp = Image.linear_gradient("L")
    found = ImageCms.profileToProfile(ramp, grey, ImageCms.createProfile("sRGB"), outputMode="RGB")
    assert found is not None
    middle = found.getpixel((0, 128))
    assert isinstance(middle, tuple)
    # Gamma 2.2 and sRGB's curve are within a few steps of each other.
    assert all(abs(int(value) - 128) <= 3 for value in middle)


@pytest.mark.parametrize("name", ["MyGrey", "mygrey", "MYGREY.ICC", "myGrey.icm"])
def test_a_file_is_found_in_any_case_with_or_without_its_ending(tmp_path: Path, name: str) -> None:
    (tmp_path / "MyGrey.ICM").write_bytes(grey_profile())
    assert ProfileFolder([tmp_path]).find(name).name == "MyGrey"


def test_a_new_file_is_seen_and_a_broken_one_left_out(tmp_path: Path) -> None:
    profiles = ProfileFolder([tmp_path, tmp_path / "missing"])
    assert len(profiles.all()) == 2
    (tmp_path / "broken.icc").write_bytes(b"not a profile")
    (tmp_path / "new.icc").write_bytes(grey_profile())
    os.utime(tmp_path, (1, 1))
    assert [profile.name for profile in profiles.all()] == ["Grey", "new", "sRGB"]


def test_an_unknown_name_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(BadOption, match="one of Grey, sRGB"):
        ProfileFolder([]).find("missing")
