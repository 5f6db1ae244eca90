"""Colour: what files of every model look like, ICC profiles, colour models, and what is stripped."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from PIL import Image, ImageCms

from qis_core.testing import pictures, profiles
from qis_core.testing.galleries import Gallery
from qis_core.testing.waiting import until

INKS = [(0, 255, 255), (255, 0, 255), (255, 255, 0), (0, 0, 0)]
"""Cyan, magenta, yellow and black, as inks without a profile are shown."""


def stripes(image: Image.Image, count: int = 4) -> list[tuple[int, ...]]:
    """The colours in the middle of vertical stripes."""
    found = [image.getpixel((image.width * (2 * n + 1) // (2 * count), image.height // 2)) for n in range(count)]
    return [pixel if isinstance(pixel, tuple) else (int(pixel or 0),) for pixel in found]


def near(found: Sequence[tuple[int, ...]], wanted: Sequence[tuple[int, ...]], most: int) -> bool:
    """Whether no part of any colour is further off than ``most``."""
    return all(abs(a - b) <= most for f, w in zip(found, wanted, strict=True) for a, b in zip(f, w, strict=True))


@pytest.mark.parametrize("name", ["cmyk-adobe.jpg", "cmyk-plain.jpg", "ycck.jpg", "cmyk.tif"])
@pytest.mark.parametrize("query", ["format=png", "format=jpg&quality=95", "format=png&width=40"])
def test_inks_are_shown_whichever_way_round_the_file_has_them(gallery: Gallery, name: str, query: str) -> None:
    assert near(stripes(gallery.image(f"kinds/{name}", query).convert("RGB")), INKS, 14)


def test_inks_stay_inks_where_nothing_asks_for_rgb(gallery: Gallery) -> None:
    image = gallery.image("kinds/cmyk.tif", "tmp=plain&width=40")
    assert image.mode == "CMYK"
    assert near(stripes(image), [(255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 255, 0), (0, 0, 0, 255)], 6)
    jpeg = gallery.image("kinds/cmyk-adobe.jpg", "tmp=plain&width=40")
    assert jpeg.mode == "CMYK"
    assert near(stripes(jpeg), [(255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 255, 0), (0, 0, 0, 255)], 12)


@pytest.mark.parametrize("name", ["grey16.png", "grey16-big-endian.tif"])
@pytest.mark.parametrize("query", ["format=jpg", "format=png", "width=48&format=png", "angle=180&flip=h&format=png"])
def test_16_bits_of_grey(gallery: Gallery, name: str, query: str) -> None:
    image = gallery.image(f"kinds/{name}", query).convert("RGB")
    greys = [red for red, _, _ in stripes(image, 8)]
    assert greys == pytest.approx([255 * (2 * n + 1) / 16 for n in range(8)], abs=5)


def test_16_bits_of_colour(gallery: Gallery) -> None:
    image = gallery.image("kinds/rgb16.png", "format=png")
    assert near([image.getpixel((48, 36))], [(128, 0, 129)], 3)  # type: ignore[list-item]


@pytest.mark.parametrize("name", ["palette.png", "palette.bmp", "palette-transparent.png"])
def test_palettes(gallery: Gallery, name: str) -> None:
    image = gallery.image(f"kinds/{name}", "format=jpg&quality=95&fill=ffffff").convert("RGB")
    first = (255, 255, 255) if "transparent" in name else (255, 0, 0)
    found: list[tuple[int, ...]] = [image.getpixel(point) for point in ((20, 15), (70, 15), (20, 55), (70, 55))]  # type: ignore[misc]
    assert near(found, [first, (0, 255, 0), (0, 0, 255), (255, 255, 0)], 12)


@pytest.mark.parametrize("name", ["bilevel.png", "bilevel.tif", "bilevel.pbm"])
def test_one_bit(gallery: Gallery, name: str) -> None:
    original = Image.open(io.BytesIO(pictures.FILES[name]())).convert("L")
    assert gallery.image(f"kinds/{name}", "format=png").convert("L").tobytes() == original.tobytes()
    # Made smaller, black and white become greys.
    assert len(set(gallery.image(f"kinds/{name}", "format=png&width=48").convert("L").tobytes())) > 10


def test_grey_with_alpha(gallery: Gallery) -> None:
    original = Image.open(io.BytesIO(pictures.FILES["grey-alpha.png"]())).convert("RGBA")
    image = gallery.image("kinds/grey-alpha.png", "format=png").convert("RGBA")
    assert image.getchannel("A").tobytes() == original.getchannel("A").tobytes()
    ground = Image.new("RGBA", original.size, "#2040ff")
    laid = Image.alpha_composite(ground, original).convert("RGB")
    shown = gallery.image("kinds/grey-alpha.png", "format=jpg&quality=95&fill=2040ff").convert("RGB")
    assert near(stripes(shown), stripes(laid), 10)


@pytest.mark.parametrize(
    ("space", "mode"), [("gray", "L"), ("grey", "L"), ("rgb", "RGB"), ("srgb", "RGB"), ("cmyk", "CMYK")]
)
def test_colour_models(gallery: Gallery, space: str, mode: str) -> None:
    for name in ("photo.jpg", "kinds/cmyk.tif", "kinds/grey.jpg"):
        assert gallery.image(name, f"format=tif&colorspace={space}").mode == mode, name


@pytest.fixture(scope="module")
def wide(gallery: Gallery) -> bytes:
    """An installed profile named Wide, and ``wide-gamut.png`` that is in its colours."""
    profile = profiles.wide()
    folder = gallery.site.data / "icc"
    folder.mkdir(exist_ok=True)
    (folder / "Wide.icc").write_bytes(profile)
    gallery.put("wide-gamut.png", pictures.encoded(pictures.photo((60, 40)), "PNG", icc_profile=profile))
    _await_profile(gallery, "wide", profile)
    return profile


def _await_profile(gallery: Gallery, name: str, data: bytes) -> None:
    def found() -> bool:
        profile = gallery.site.site.platform.profiles.get(name)
        return profile is not None and profile.data == data

    until(found, told=name)


def converted(
    image: Image.Image, source: bytes | None, target: bytes, mode: str, intent: str, bpc: bool
) -> Image.Image:
    """The conversion by littleCMS itself."""
    intents = {"perceptual": 0, "relative": 1, "saturation": 2, "absolute": 3}
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION if bpc else ImageCms.Flags.NONE
    before, after = (ImageCms.ImageCmsProfile(io.BytesIO(data or pictures.srgb_profile())) for data in (source, target))
    result = ImageCms.profileToProfile(
        image, before, after, renderingIntent=ImageCms.Intent(intents[intent]), outputMode=mode, flags=flags
    )
    assert result is not None
    return result


@pytest.mark.parametrize("intent", ["saturation", "perceptual", "absolute", "relative"])
@pytest.mark.parametrize("bpc", [0, 1])
def test_conversions_are_those_of_littlecms(gallery: Gallery, wide: bytes, intent: str, bpc: int) -> None:
    image = gallery.image("photo.png", f"tmp=plain&icc=wide&intent={intent}&bpc={bpc}")
    original = Image.open(gallery.site.library / "photo.png").convert("RGB")
    wanted = converted(original, None, wide, "RGB", intent, bool(bpc) and intent == "relative")
    assert image.info["icc_profile"] == wide
    assert max(abs(a - b) for a, b in zip(image.tobytes(), wanted.tobytes(), strict=True)) <= 1
    assert image.tobytes() != original.tobytes()


def test_a_profile_for_grey(gallery: Gallery) -> None:
    image = gallery.image("photo.png", "tmp=plain&icc=Grey")
    assert image.mode == "L"
    assert image.info["icc_profile"][16:20] == b"GRAY"


def test_strip_converts_to_srgb_and_drops_everything(gallery: Gallery, wide: bytes) -> None:
    image = gallery.image("wide-gamut.png", "tmp=plain&strip=1")
    original = Image.open(gallery.site.library / "wide-gamut.png")
    wanted = converted(original.convert("RGB"), wide, pictures.srgb_profile(), "RGB", "relative", bpc=True)
    assert "icc_profile" not in image.info
    assert max(abs(a - b) for a, b in zip(image.tobytes(), wanted.tobytes(), strict=True)) <= 1


def test_without_strip_profile_and_exif_stay(gallery: Gallery, wide: bytes) -> None:
    assert gallery.image("wide-gamut.png", "tmp=plain&width=30").info["icc_profile"] == wide
    kept = gallery.image("kinds/turned.jpg", "tmp=plain&width=30").getexif()
    assert kept.get(0x010F) == "QIS test camera"
    assert not gallery.image("kinds/turned.jpg", "width=30").getexif()


def test_profiles_are_named_without_regard_to_case_and_ending(gallery: Gallery, wide: bytes) -> None:
    assert gallery.etag("photo.png", "icc=WIDE") == gallery.etag("photo.png", "icc=wide")
    assert gallery.image("photo.png", "tmp=plain&icc=Wide.icc").info["icc_profile"] == wide


def test_another_profile_of_the_name_makes_another_picture(gallery: Gallery, wide: bytes) -> None:
    before = gallery.etag("photo.png", "icc=wide&width=20")
    file, other = gallery.site.data / "icc" / "Wide.icc", wide[:4] + b"QIS " + wide[8:]
    try:
        file.write_bytes(other)
        _await_profile(gallery, "wide", other)
        # In another spelling, for what was just served is believed for the freshness time.
        assert gallery.etag("photo.png", "icc=wide&width=20&v=2") != before
    finally:
        file.write_bytes(wide)
        _await_profile(gallery, "wide", wide)
