"""Bases: what a rendering looks like that is made of one, and when none is used."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("qis_vips")
pytest.importorskip("qis_heic")

from qis_core.domain.purging import Purge
from qis_core.testing.app_fixtures import TestSite, site_in
from qis_core.testing.likeness import line_art, luma, photograph, sharpness, ssim, text
from qis_core.testing.pictures import srgb_profile

DEADLINE = 60
SIDES = (1600, 1200)
SSIM, SHARPNESS = 0.995, 0.02

WIDTHS = (530, 497, 396, 250, 190, 160, 114, 100, 60)
"""At least one for each base, near to half of it and far from it, and some for which there is none."""

SOURCES = (
    "photo.jpg", "photo.png", "photo.tif", "grey.jpg", "lines.jpg", "lines.png", "text.jpg", "text.png", "clear.png",
    "photo.heic", "text.webp", "clear.webp", "palette.png",
)  # fmt: skip
"""Bases of the first row are made by libvips, those of the second by the decoders. Pillow renders the clear ones."""


def draw(library: Path) -> None:
    """Photographs, line art, text and transparency."""
    exif = Image.Exif()
    exif[0x0112], exif[0x8298] = 6, "Somebody"
    pictures = {"photo": photograph(SIDES), "lines": line_art(SIDES), "text": text(SIDES)}
    for name, picture in pictures.items():
        picture.save(library / f"{name}.jpg", quality=92, exif=exif, dpi=(300, 300))
        picture.save(library / f"{name}.png", compress_level=1)
    pictures["photo"].save(library / "photo.tif")
    pictures["photo"].convert("L").save(library / "grey.jpg", quality=92)
    clear = pictures["photo"].copy()
    clear.putalpha(pictures["lines"].convert("L"))
    clear.save(library / "clear.png", compress_level=1)
    clear.save(library / "clear.webp", lossless=True, quality=0, method=0)
    pictures["text"].save(library / "text.webp", method=0, icc_profile=srgb_profile(), exif=exif)
    pictures["lines"].quantize(32).save(library / "palette.png", compress_level=1)
    heif = pytest.importorskip("pillow_heif").from_pillow(pictures["photo"])
    heif.save(library / "photo.heic", quality=80, enc_params={"preset": "ultrafast"})


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestSite, TestSite]]:
    """The same pictures on a site without bases, and on one where they have them already."""
    none, all_of_a_megapixel = (
        {"qis.pyramids.base_pixels": pixels, "qis.imaging.engine_choice": "everybody"} for pixels in ("0", "1000000")
    )
    with (
        site_in(tmp_path_factory.mktemp("plain"), none) as plain,
        site_in(tmp_path_factory.mktemp("bases"), all_of_a_megapixel) as based,
    ):
        draw(plain.library)
        draw(based.library)
        for name in SOURCES:
            based.testapp.get(f"/image?src={name}&width=50")
        for name in SOURCES:
            await_bases(based, name)
        yield plain, based


@pytest.fixture(scope="module")
def based(sites: tuple[TestSite, TestSite]) -> TestSite:
    return sites[1]


def bases(site: TestSite, name: str) -> Mapping[str, Path]:
    found: dict[str, Path] = {}
    for about in (site.data / "pyramids").glob("??/*/*/about.json"):
        if json.loads(about.read_text())["path"] == name:
            found |= {path.stem: path for path in about.parent.glob("*.tif")}
    return found


def await_bases(site: TestSite, name: str, *, without: Collection[Path] = ()) -> Mapping[str, Path]:
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        if (found := bases(site, name)) and not {path.parent for path in found.values()} & set(without):
            return found
        time.sleep(0.02)
    raise AssertionError(f"no bases of {name} were made")


def shown(site: TestSite, name: str, query: str) -> Image.Image:
    return Image.open(io.BytesIO(site.testapp.get(f"/image?src={name}&format=png&{query}").body))


def on(picture: Image.Image, ground: str) -> Image.Image:
    """What is seen of it on a page of that colour."""
    laid = Image.new("RGBA", picture.size, ground)
    laid.alpha_composite(picture.convert("RGBA"))
    return laid


@pytest.mark.parametrize("name", SOURCES)
def test_a_rendering_of_a_base_looks_as_one_of_the_original(sites: tuple[TestSite, TestSite], name: str) -> None:
    plain, based = sites
    for width in WIDTHS:
        one, other = (shown(site, name, f"width={width}&fill=none") for site in (plain, based))
        assert (one.size, one.mode) == (other.size, other.mode)
        for ground in ("white", "black") if name.startswith("clear") else ("white",):
            wanted, found = luma(on(one, ground)), luma(on(other, ground))
            assert ssim(wanted, found) >= SSIM, width
            assert abs(sharpness(found) / sharpness(wanted) - 1) <= SHARPNESS, width


@pytest.mark.parametrize(
    "query",
    [
        "width=250",
        "width=210&strip=0",
        "width=290&format=tif",
        "left=.3&right=.6&top=.1&bottom=.5&width=80",
        "width=200&angle=9",
    ],
)
def test_what_is_decoded_at_the_scale_of_a_base_has_the_same_bytes(
    sites: tuple[TestSite, TestSite], query: str
) -> None:
    # Pixels, colour profile, EXIF, resolution and all else.
    one, other = (site.testapp.get(f"/image?src=photo.jpg&{query}").body for site in sites)
    assert one == other


def test_profile_exif_and_orientation_are_those_of_the_original(sites: tuple[TestSite, TestSite]) -> None:
    one, other = (shown(site, "text.webp", "width=250&strip=0") for site in sites)
    assert one.size == other.size == (250, 334)
    assert one.info["icc_profile"] == other.info["icc_profile"] == srgb_profile()
    assert dict(one.getexif()) == dict(other.getexif())
    assert other.getexif()[0x8298] == "Somebody"


def is_blue(picture: Image.Image) -> bool:
    red, _, blue = picture.convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    return bool(blue > 200 > red)


def paint_blue(site: TestSite, name: str, *, without: Collection[Path] = ()) -> set[Path]:
    """Bases of another colour show that they are what is looked at. Answers their folders."""
    found = await_bases(site, name, without=without).values()
    for path in found:
        with Image.open(path) as base:
            size, mode = base.size, base.mode
        Image.new(mode, size, "blue").save(path)
    return {path.parent for path in found}


def test_the_smallest_base_with_twice_the_pixels_is_used_and_the_original_for_all_that_needs_it(
    based: TestSite,
) -> None:
    Image.new("RGB", SIDES, "red").save(based.library / "red.png")
    based.testapp.get("/image?src=red.png&width=50")
    paint_blue(based, "red.png")
    for query in ("width=400", "height=300", "width=100&rotation=90", "width=300&engine=pillow"):
        assert is_blue(shown(based, "red.png", query)), query
    whole, part, one_to_one = ("width=534", "width=800", ""), "left=.4&right=.6&width=320", "left=.5&right=.51"
    for query in (*whole, part, one_to_one):
        assert not is_blue(shown(based, "red.png", query)), query


def test_a_rendering_for_print_is_made_of_the_original(based: TestSite) -> None:
    pytest.importorskip("qis_magick")
    Image.new("RGB", SIDES, "red").save(based.library / "print.png")
    based.testapp.get("/image?src=print.png&width=50")
    paint_blue(based, "print.png")
    assert is_blue(shown(based, "print.png", "width=400"))
    assert not is_blue(shown(based, "print.png", "width=400&engine=print"))


def test_small_deep_and_moving_originals_get_none(based: TestSite) -> None:
    Image.new("RGB", (1000, 1000), "red").save(based.library / "small.png")
    Image.new("I;16", SIDES, 30_000).save(based.library / "deep.png")
    moving = [Image.new("RGB", SIDES, colour) for colour in ("red", "lime")]
    moving[0].save(based.library / "moving.webp", save_all=True, append_images=moving[1:], method=0)
    names = ("small.png", "deep.png", "moving.webp")
    for name in names:
        based.testapp.get(f"/image?src={name}&width=50")
    # Bases are made in turn: when the last one's are there, the others have had theirs.
    Image.new("RGB", SIDES, "red").save(based.library / "last.png")
    based.testapp.get("/image?src=last.png&width=50")
    await_bases(based, "last.png")
    assert [bases(based, name) for name in names] == [{}, {}, {}]


def test_a_replaced_or_purged_original_is_never_seen_of_its_old_bases(based: TestSite) -> None:
    old: set[Path] = set()
    for number, colour in enumerate(("red", "lime")):
        Image.new("RGB", SIDES, colour).save(based.library / "new.png", dpi=(number + 1, 1))
        based.site.platform.library.forget("new.png")
        # Answers to other queries are not remembered from before.
        assert not is_blue(shown(based, "new.png", f"width={110 + number}"))
        old = paint_blue(based, "new.png", without=old)
        assert is_blue(shown(based, "new.png", f"width={100 + number}"))
    based.site.purging.purge(Purge.of(images=["new.png"]))
    assert bases(based, "new.png") == {}
    assert not is_blue(shown(based, "new.png", "width=99"))
