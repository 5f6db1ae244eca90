"""Which ICC profiles a site has, and by what names."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from qis_core.imaging import profiles
from qis_core.imaging.profiles import BadProfile, ProfileFolder, grey_profile, read_profile, srgb_profile


@pytest.fixture
def seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "_FRESH_SECONDS", 0.0)


def test_srgb_and_grey_are_always_there() -> None:
    folder = ProfileFolder()
    assert [profile.name for profile in folder.all()] == ["Grey", "sRGB"]
    for name in ("srgb", "SRGB.ICC", "sRGB.icm"):
        assert folder.get(name) == srgb_profile()
    assert folder.get("gray") == folder.get("Grey.icc") == grey_profile()
    assert folder.get("nobody") is None


def test_made_profiles_have_the_same_bytes_every_day() -> None:
    assert srgb_profile().data[24:36] == grey_profile().data[24:36] == bytes.fromhex("07d0 0001 0001 0000 0000 0000")
    assert len(grey_profile().data) == int.from_bytes(grey_profile().data[:4], "big")
    assert (srgb_profile().mode, grey_profile().mode) == ("RGB", "L")


def test_the_grey_profile_is_gamma_2_2() -> None:
    ramp = Image.linear_gradient("L").convert("RGB")
    grey = ImageCms.profileToProfile(
        ramp, io.BytesIO(srgb_profile().data), io.BytesIO(grey_profile().data), outputMode="L"
    )
    assert grey is not None
    for level in (0, 32, 128, 255):
        linear = ((level / 255 + 0.055) / 1.055) ** 2.4 if level > 10 else level / 255 / 12.92
        assert grey.getpixel((0, level)) == pytest.approx(255 * linear ** (1 / 2.2), abs=1.5)


def test_files_are_found_by_name_in_any_case(tmp_path: Path) -> None:
    (tmp_path / "My Press.ICC").write_bytes(grey_profile().data)
    (tmp_path / "notes.txt").write_text("no profile")
    folder = ProfileFolder([tmp_path])
    for name in ("my press", "MY PRESS.icc", "My Press.icm", " my press "):
        found = folder.get(name)
        assert found is not None
        assert (found.name, found.mode, found.version) == ("My Press", "L", grey_profile().version)
    assert len(folder.all()) == 3


def test_the_earlier_folder_wins_and_a_file_wins_over_the_built_in(tmp_path: Path) -> None:
    for name, data in (("a", grey_profile().data), ("b", srgb_profile().data)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "sRGB.icc").write_bytes(data)
    folder = ProfileFolder([tmp_path / "a", tmp_path / "b"])
    found = folder.get("srgb")
    assert found is not None
    assert found.mode == "L"
    assert folder.problems() == {str(tmp_path / "b/sRGB.icc"): "another file of this name comes first"}


def test_bad_files_are_listed_with_their_reason_and_not_offered(tmp_path: Path) -> None:
    lab = bytearray(srgb_profile().data)
    lab[16:20] = b"Lab "
    link = bytearray(srgb_profile().data)
    link[12:16] = b"link"
    (tmp_path / "text.icc").write_text("hello")
    (tmp_path / "short.icc").write_bytes(srgb_profile().data[:140])
    (tmp_path / "lab.icc").write_bytes(lab)
    (tmp_path / "link.icc").write_bytes(link)
    folder = ProfileFolder([tmp_path, tmp_path / "missing"])
    assert len(folder.all()) == 2
    problems = {Path(path).name: reason for path, reason in folder.problems().items()}
    assert problems["text.icc"] == "it is no ICC profile"
    assert problems["short.icc"] == "it is damaged"
    assert "Lab colours" in problems["lab.icc"]
    assert "of class link" in problems["link.icc"]
    assert "missing" in problems


def test_a_profile_of_absurd_size_is_refused() -> None:
    with pytest.raises(BadProfile, match="the limit is"):
        read_profile("x", bytes(20 * 1024**2))


@pytest.mark.usefixtures("seen_at_once")
def test_changes_of_the_folder_are_seen(tmp_path: Path) -> None:
    folder = ProfileFolder([tmp_path])
    assert folder.get("new") is None
    (tmp_path / "new.icc").write_bytes(grey_profile().data)
    first = folder.get("new")
    assert first is not None
    assert folder.get("new") is first
    (tmp_path / "new.icc").write_bytes(srgb_profile().data)
    os.utime(tmp_path / "new.icc", (1, 1))
    second = folder.get("new")
    assert second is not None
    assert second.version != first.version
    (tmp_path / "new.icc").unlink()
    assert folder.get("new") is None
