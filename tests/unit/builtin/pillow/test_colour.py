"""Colours by ICC profiles, and without."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageCms

from qis_core.api import Metadata, Picture, Quality, Size, UnsupportedFeature
from qis_core.builtin.colour.colorspace import ColourSpace
from qis_core.builtin.colour.icc import IccProfile
from qis_core.builtin.metadata.strip import Strip
from qis_core.builtin.pillow.colour import Colours
from qis_core.builtin.pillow.engine import PillowEngine
from qis_core.testing import pictures, profiles
from qis_core.testing.jobs import job, lossless_file, step


def rendered(made: object) -> Image.Image:
    image = Image.open(io.BytesIO(PillowEngine().render(made).body))  # type: ignore[arg-type]
    image.load()
    return image


def colours(**wishes: object) -> tuple[Colours, list[str]]:
    notes: list[str] = []
    given = {"default_cmyk": None, "fill": "#ffffff", **wishes}
    return Colours(note=notes.append, **given), notes  # type: ignore[arg-type]


def plain(image: Image.Image, profile: bytes | None = None) -> Picture:
    return Picture(image=image, metadata=Metadata(icc_profile=profile))


def wide_rgb() -> bytes:
    """An RGB profile with a wide gamut: sRGB with its red and green columns swapped (a matrix profile)."""
    profile = bytearray(pictures.srgb_profile())
    count = int.from_bytes(profile[128:132], "big")
    places = {}
    for number in range(count):
        entry = 132 + 12 * number
        places[bytes(profile[entry : entry + 4])] = entry
    red, green = places[b"rXYZ"], places[b"gXYZ"]
    profile[red + 4 : red + 12], profile[green + 4 : green + 12] = (
        profile[green + 4 : green + 12],
        profile[red + 4 : red + 12],
    )
    return bytes(profile)


def test_strip_converts_to_srgb_before_the_profile_goes() -> None:
    source = Image.new("RGB", (20, 10), (200, 30, 60))
    image = rendered(job(lossless_file(source, icc_profile=wide_rgb()), finishing_steps=[step(Strip(), strip=True)]))
    assert "icc_profile" not in image.info
    red, green, _ = image.getpixel((5, 5))  # type: ignore[misc]
    assert green > 150 > red


def test_strip_leaves_the_numbers_of_an_srgb_picture_alone() -> None:
    source = pictures.photo()
    file = lossless_file(source, icc_profile=pictures.srgb_profile())
    image = rendered(job(file, finishing_steps=[step(Strip(), strip=True)]))
    assert image.tobytes() == source.tobytes()
    assert "icc_profile" not in image.info


def test_strip_drops_exif_and_keeps_the_resolution() -> None:
    source = pictures.encoded(pictures.photo(), "JPEG", exif=pictures.exif_block(), dpi=(300, 300))
    image = rendered(job(source, output="jpg", finishing_steps=[step(Strip(), strip=True)]))
    assert not image.getexif()
    assert image.info["dpi"] == (300, 300)


def test_a_fill_keeps_its_colour_in_a_picture_with_a_profile() -> None:
    file = lossless_file(pictures.photo(), icc_profile=wide_rgb())
    made = job(
        file,
        lambda frame: frame.resized(Size(width=40, height=30), Size(width=60, height=30), (10, 0)),
        fill="#c08040",
        finishing_steps=[step(Strip(), strip=True)],
    )
    assert all(abs(a - b) <= 3 for a, b in zip(rendered(made).getpixel((2, 15)), (0xC0, 0x80, 0x40), strict=True))  # type: ignore[arg-type]


def test_icc_converts_and_embeds_the_profile() -> None:
    source = Image.new("RGB", (20, 10), (200, 30, 60))
    image = rendered(
        job(source, finishing_steps=[step(IccProfile(), icc_profile="wide")], profiles={"wide": wide_rgb()})
    )
    assert image.info["icc_profile"] == wide_rgb()
    red, green, _ = image.getpixel((5, 5))  # type: ignore[misc]
    assert green > 150 > red


def test_icc_keeps_alpha() -> None:
    steps = [step(IccProfile(), icc_profile="wide")]
    image = rendered(job(pictures.glass(), fill="none", finishing_steps=steps, profiles={"wide": wide_rgb()}))
    assert image.getchannel("A").tobytes() == pictures.glass().getchannel("A").tobytes()


def test_icc_with_a_grey_profile_makes_a_grey_picture() -> None:
    steps = [step(IccProfile(), icc_profile="grey")]
    image = rendered(job(pictures.photo(), finishing_steps=steps, profiles={"grey": profiles.linear_grey()}))
    assert image.mode == "L"
    assert image.info["icc_profile"] == profiles.linear_grey()
    # Half of the light of white is sRGB 188; in a profile with gamma 1 it is 128.
    image = rendered(
        job(Image.new("RGB", (9, 9), (188,) * 3), finishing_steps=steps, profiles={"grey": profiles.linear_grey()})
    )
    assert abs(image.getpixel((4, 4)) - 128) <= 2  # type: ignore[operator]


def test_icc_with_a_profile_of_no_picture_model_is_refused_by_name() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    with pytest.raises(UnsupportedFeature, match="lab"):
        rendered(job(pictures.photo(), finishing_steps=[step(IccProfile(), icc_profile="lab")], profiles={"lab": lab}))


def test_a_grey_profile_is_obeyed_when_grey_becomes_colour() -> None:
    source = Image.new("L", (20, 10), 128)
    made = job(
        lossless_file(source, icc_profile=profiles.linear_grey()),
        finishing_steps=[step(ColourSpace(), colorspace="rgb")],
    )
    image = rendered(made)
    assert image.mode == "RGB"
    assert all(abs(value - 188) <= 2 for value in image.getpixel((5, 5)))  # type: ignore[union-attr]


@pytest.mark.parametrize(("wanted", "mode"), [("rgb", "RGB"), ("cmyk", "CMYK"), ("gray", "L")])
def test_colorspace_converts_every_model(wanted: str, mode: str) -> None:
    steps = [step(ColourSpace(), colorspace=wanted)]
    for source in (pictures.photo(), pictures.photo().convert("L"), pictures.inks(), pictures.grey16()):
        expected = "I;16" if source.mode == "I;16" and mode == "L" else mode
        assert rendered(job(source, output="tif", finishing_steps=steps)).mode == expected


def test_colorspace_cmyk_falls_back_to_rgb_where_the_format_has_none() -> None:
    made = job(pictures.photo(), output="png", finishing_steps=[step(ColourSpace(), colorspace="cmyk")])
    rendition = PillowEngine().render(made)
    assert Image.open(io.BytesIO(rendition.body)).mode == "RGB"
    assert any("CMYK" in note for note in rendition.notes)


def test_cmyk_without_profiles_is_read_as_complements() -> None:
    converter, _ = colours()
    image = converter.convert(plain(pictures.inks()), "RGB").image
    assert [image.getpixel((x, 30)) for x in (10, 34, 58, 90)] == [
        (0, 255, 255),
        (255, 0, 255),
        (255, 255, 0),
        (0,) * 3,
    ]


def test_a_fill_without_a_cmyk_profile_puts_grey_into_the_black_ink() -> None:
    converter, _ = colours()
    assert converter.pixel("CMYK", "#000000") == (0, 0, 0, 255)
    assert converter.pixel("CMYK", "#ffffff") == (0, 0, 0, 0)
    assert converter.pixel("CMYK", "#ff0000") == (0, 255, 255, 0)
    assert converter.pixel("CMYK", "#808080") == (0, 0, 0, 127)


def test_a_useless_profile_is_noted_and_ignored() -> None:
    for useless in (b"x" * 500, profiles.linear_grey(), pictures.srgb_profile()[:300]):
        converter, notes = colours()
        source = pictures.photo()
        assert converter.convert(plain(source, useless), "L").image.mode == "L"
        assert notes


def test_a_conversion_to_nothing_known_is_refused() -> None:
    converter, _ = colours()
    with pytest.raises(UnsupportedFeature):
        converter.convert(plain(pictures.photo()), "LAB")
    with pytest.raises(UnsupportedFeature):
        converter.convert(plain(pictures.photo()), "L", intent="best")


def test_the_default_cmyk_profile_may_be_unusable() -> None:
    quality = Quality(default_cmyk=b"no profile")
    image = rendered(job(pictures.inks(), quality=quality))
    assert image.mode == "RGB"
