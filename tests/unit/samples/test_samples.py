"""The sample pictures: what a new server shows."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageOps, ImageSequence

from qis_core.samples import draw_samples
from qis_core.samples.catalogue import SAMPLES


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("samples")
    draw_samples(place)
    return place


def test_every_sample_is_there_and_nothing_else(folder):
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == {sample.path for sample in SAMPLES}


@pytest.mark.parametrize("path", [sample.path for sample in SAMPLES if not sample.path.endswith(".pdf")])
def test_every_picture_can_be_read_and_is_not_blank(folder, path):
    with Image.open(folder / path) as image:
        image.load()
        low, high = image.convert("L").getextrema() if image.mode[0] != "I" else image.getextrema()
        assert high > low


def test_all_orientations_show_the_same_picture(folder):
    upright = [
        ImageOps.exif_transpose(Image.open(folder / f"orientation/{n}.jpg")).resize((90, 60)) for n in range(1, 9)
    ]
    red = {image.getpixel((45, 15)) for image in upright}
    assert all(r > 200 and g < 110 for r, g, _ in red)


def test_the_wide_profile_is_one_that_colour_management_reads(folder):
    image = Image.open(folder / "technical/wide gamut.jpg")
    profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    assert ImageCms.getProfileDescription(profile).strip() == "QIS wide gamut"
    red = ImageCms.profileToProfile(Image.new("RGB", (1, 1), "red"), profile, ImageCms.createProfile("sRGB"))
    assert red.getpixel((0, 0))[0] == 255


def test_what_each_kind_of_file_is_for(folder):
    def opened(path: str) -> Image.Image:
        return Image.open(folder / path)

    assert opened("print/poster CMYK.jpg").mode == "CMYK"
    assert opened("print/poster CMYK.tif").mode == "CMYK"
    assert opened("print/plan, 1 bit.png").mode == "1"
    assert opened("technical/palette.png").mode == "P"
    assert opened("technical/greyscale.jpg").mode == "L"
    assert opened("technical/16 bit grey.tif").mode == "I;16"
    assert opened("logos/watermark.png").mode == "RGBA"
    assert opened("print/booklet, 4 pages.tif").n_frames == 4
    assert len(list(ImageSequence.Iterator(opened("motion/pendulum.gif")))) > 10
    assert opened("motion/rings.webp").is_animated
    assert opened("landscapes/panorama 24 MP.jpg").size == (6000, 4000)
    assert (folder / "technical/16 bits a channel.png").read_bytes()[24:26] == bytes([16, 2])


def test_a_second_time_draws_only_what_is_missing(folder, tmp_path):
    (tmp_path / "orientation").mkdir()
    for path in folder.rglob("*"):
        target = tmp_path / path.relative_to(folder)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        elif path.name != "1.jpg":
            target.write_bytes(path.read_bytes())
    told: list[tuple[str, int, int]] = []
    added = draw_samples(tmp_path, lambda *step: told.append(step))
    assert added == [tmp_path / "orientation/1.jpg"]
    assert told == [("orientation/1.jpg", 0, 1)]
    assert (tmp_path / "orientation/1.jpg").read_bytes() == (folder / "orientation/1.jpg").read_bytes()


def test_a_stop_leaves_no_half_of_a_file(tmp_path: Path):
    def stop(path: str, done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw_samples(tmp_path, stop)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2
