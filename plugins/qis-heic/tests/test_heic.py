"""HEIC in and out: the same pixels, the same way up, and all that stands beside them."""

import io
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy
import pillow_heif
import pytest
from PIL import Image, ImageChops, ImageStat
from qis_heic import plugin
from qis_heic.decoder import HeicDecoder
from qis_heic.encoder import HeicEncoder, x265_quality
from qis_heic.settings import HeicSettings

from qis_core.api import (
    BrokenImage,
    Decoded,
    DecodeHint,
    Metadata,
    NotThisFormat,
    Options,
    PageHint,
    PluginContext,
    QisError,
    Size,
    TooLarge,
)
from qis_core.testing import lcms, pictures
from qis_core.testing.app_fixtures import MakeSite
from qis_core.testing.sources import MemorySource
from qis_core.testing.suites.decoders import DecoderSuite
from qis_core.testing.suites.encoders import EncoderSuite
from qis_core.testing.suites.locked_in import LockedInSuite


def heic(*images: Image.Image, **parameters: Any) -> bytes:
    """A file of these pictures, the first of them the primary one."""
    buffer = io.BytesIO()
    file: Any = pillow_heif.from_pillow(images[0])
    for image in images[1:]:
        file.add_from_pillow(image)
    file.save(buffer, **{"quality": 90, "enc_params": {"preset": "ultrafast"}, **parameters})
    return buffer.getvalue()


def deep(mode: str = "RGB;16") -> bytes:
    """A picture of 10 bits a channel: a ramp, dark on the left."""
    channels = {"RGB;16": 3, "RGBA;16": 4, "I;16": 1}[mode]
    ramp = numpy.tile((numpy.arange(96) * 689).astype(numpy.uint16)[None, :, None], (72, 1, channels))
    buffer = io.BytesIO()
    pillow_heif.encode(mode, (96, 72), ramp.tobytes(), buffer, quality=-1, chroma=444)
    return buffer.getvalue()


def decode(data: bytes, page: int = 1) -> Decoded:
    return HeicDecoder().decode(MemorySource(data), DecodeHint(minimum=Size(width=1, height=1), page=page))


def difference(one: Image.Image, other: Image.Image) -> float:
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


PHOTO = heic(pictures.photo())


class TestHeicDecoder(DecoderSuite):
    decoder = HeicDecoder()
    samples = {
        "photo": PHOTO,
        "glass": heic(pictures.glass()),
        "grey": heic(pictures.photo().convert("L")),
        "three pages": heic(pictures.photo(), pictures.corners((64, 48)), pictures.glass((50, 70))),
        "second is primary": heic(pictures.photo(), pictures.corners((64, 48)), primary_index=1),
        "with everything": heic(
            pictures.photo(), exif=pictures.exif_block(6), icc_profile=pictures.srgb_profile(), xmp=b"<x:xmpmeta/>"
        ),
        "ten bits": deep(),
        "ten bits grey": deep("I;16"),
        "grid": heic(pictures.photo((200, 150)), tile_size=64),
    }


class TestHeicEncoder(EncoderSuite):
    encoder = HeicEncoder()
    decoder = HeicDecoder()


@pytest.mark.parametrize("image", [pictures.photo(), pictures.glass()], ids=["photo", "glass"])
def test_every_damage_ends_in_a_picture_or_an_error_of_ours(image: Image.Image) -> None:
    for _, changed in pictures.damaged(heic(image), cuts=20, flips=200):
        source = MemorySource(changed)
        try:
            info = HeicDecoder().probe(source, PageHint())
            if info.size.pixels < 4_000_000:
                assert decode(changed).image.width == info.size.width
        except QisError:
            continue


def test_what_goes_in_comes_out() -> None:
    decoded = decode(PHOTO)
    assert difference(decoded.image, pictures.photo()) < 8
    assert (decoded.notes, decoded.metadata) == ((), Metadata())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_once(orientation: int) -> None:
    data = heic(pictures.corners(), exif=pictures.exif_block(orientation))
    info = HeicDecoder().probe(MemorySource(data), PageHint())
    upside = pictures.corners()
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
    if orientation in turns:
        upside = upside.transpose(Image.Transpose(turns[orientation]))
    assert info.orientation == 1
    assert (info.size.width, info.size.height) == upside.size
    decoded = decode(data)
    assert difference(decoded.image, upside) < 8
    block = Image.Exif()
    block.load(decoded.metadata.exif or b"")
    assert block[0x0112] == 1
    assert block[0x010F] == "QIS test camera"


def test_blocks_come_out_as_they_went_in() -> None:
    found = decode(
        heic(pictures.photo(), icc_profile=pictures.srgb_profile(), xmp=b"<x:xmpmeta/>", exif=pictures.exif_block())
    ).metadata
    assert found.icc_profile == pictures.srgb_profile()
    assert found.xmp == b"<x:xmpmeta/>"
    assert b"QIS test camera" in (found.exif or b"")


def test_every_picture_is_a_page_and_the_primary_one_the_first() -> None:
    data = heic(pictures.photo((80, 60)), pictures.corners((64, 48)), pictures.glass((50, 70)), primary_index=1)
    sizes = []
    for page in (1, 2, 3):
        info = HeicDecoder().probe(MemorySource(data), PageHint(page=page))
        assert info.pages == 3
        assert decode(data, page).image.size == (info.size.width, info.size.height)
        sizes.append(str(info.size))
    assert sizes == ["64x48", "80x60", "50x70"]
    with pytest.raises(TooLarge, match="number of pictures"):
        HeicDecoder(HeicSettings(max_pages=2)).probe(MemorySource(data), PageHint())


def test_thumbnails_are_no_pages() -> None:
    data = heic(pictures.photo((400, 300)), thumbnails=[64])
    assert HeicDecoder().probe(MemorySource(data), PageHint()).pages == 1
    assert decode(data).image.size == (400, 300)


def test_ten_bits_are_reduced_with_a_note() -> None:
    for mode, given in (("RGB;16", "RGB"), ("RGBA;16", "RGBA")):
        data = deep(mode)
        info = HeicDecoder().probe(MemorySource(data), PageHint())
        assert (info.bits, info.mode) == (10, given)
        decoded = decode(data)
        assert decoded.notes == ("10 bits a channel were reduced to 8",)
        # Lossless but for the way to YCbCr and back.
        for x in range(0, 96, 5):
            pixel = decoded.image.getpixel((x, 40))
            assert isinstance(pixel, tuple)
            assert abs(pixel[0] - x * 689 / 257) < 4
    grey = decode(deep("I;16"))
    assert (grey.image.mode, grey.notes) == ("I;16", ())
    value = grey.image.getpixel((95, 40))
    assert isinstance(value, int)
    assert abs(value - 95 * 689) < 300


def test_a_better_quality_is_nearer_and_larger() -> None:
    sizes, distances = [], []
    for quality in (1, 30, 60, 80, 90, 100):
        buffer = io.BytesIO()
        HeicEncoder().encode(pictures.photo((200, 150)), Options({"quality": quality}), Metadata(), buffer)
        sizes.append(len(buffer.getvalue()))
        distances.append(difference(decode(buffer.getvalue()).image, pictures.photo((200, 150))))
    assert sizes == sorted(sizes)
    assert distances == sorted(distances, reverse=True)
    assert [x265_quality(quality) for quality in (1, 50, 80, 90, 100)] == [1, 28, 44, 58, 100]


def test_sides_that_devices_cannot_show_are_refused() -> None:
    with pytest.raises(TooLarge, match="longest side"):
        HeicEncoder().encode(Image.new("L", (8193, 1)), Options({}), Metadata(), io.BytesIO())


@pytest.mark.parametrize("name", ["photo.avif", "animated.avif", "photo.jpg"])
def test_relatives_are_left_to_their_own_decoders(name: str) -> None:
    with pytest.raises(NotThisFormat):
        HeicDecoder().probe(MemorySource(pictures.FILES[name]()), PageHint())


def test_a_header_alone_is_broken() -> None:
    with pytest.raises(BrokenImage):
        HeicDecoder().probe(MemorySource(PHOTO[:40]), PageHint())


def test_a_claim_of_many_pixels_is_told_before_anything_is_decoded() -> None:
    data = bytearray(PHOTO)
    place = data.index(b"ispe") + 8
    data[place : place + 8] = (60_000).to_bytes(4, "big") * 2
    try:
        info = HeicDecoder().probe(MemorySource(bytes(data)), PageHint())
    except QisError:
        return
    assert info.size.pixels == 3_600_000_000
    with pytest.raises(QisError):
        decode(bytes(data))


def test_a_site_shows_heic_as_jpeg_and_makes_heic(new_site: MakeSite) -> None:
    site = new_site()
    (site.library / "phone.heic").write_bytes(heic(pictures.corners((400, 300)), exif=pictures.exif_block(6)))
    shown = site.testapp.get("/image?src=phone.heic&width=60")
    assert shown.content_type == "image/jpeg"
    assert Image.open(io.BytesIO(shown.body)).size == (60, 80)
    made = site.testapp.get("/image?src=phone.heic&width=60&format=heic")
    assert made.content_type == "image/heic"
    picture = decode(made.body).image
    assert picture.size == (60, 80)
    upright = pictures.corners((80, 60)).transpose(Image.Transpose.ROTATE_270)
    assert difference(picture, upright) < 16


def test_the_plugin_registers_both_ways_with_its_settings(tmp_path: Path) -> None:
    class Settings:
        def __call__(self, kind: type[HeicSettings]) -> HeicSettings:
            return kind(quality=55)

    context = PluginContext(settings=Settings(), data=tmp_path)  # type: ignore[arg-type]
    (decoder,) = plugin.qis_register_decoders(context)
    (encoder,) = plugin.qis_register_encoders(context)
    assert (decoder.name, decoder.output, encoder.name, encoder.options[0].default) == ("heic", "jpg", "heic", 55)
    assert [group.name for group in plugin.qis_register_settings()] == ["heic"]
    assert plugin.QIS_API == (1, 0)


def test_registering_does_not_import_the_library() -> None:
    code = "import qis_heic.plugin as p, sys; p.HeicDecoder(); p.HeicEncoder(); sys.exit('pillow_heif' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("mode", "given"), [("RGB;16", "RGB"), ("RGBA;16", "RGBA")])
def test_sixteen_bits_have_all_that_the_file_has(mode: str, given: str) -> None:
    found = HeicDecoder().decode_deep(MemorySource(deep(mode)), DecodeHint(minimum=Size(width=1, height=1)))
    assert found is not None
    assert (found.pixels.mode, str(found.pixels.size)) == (given, "96x72")
    levels = numpy.frombuffer(found.pixels.data, numpy.uint16).reshape(72, 96, len(given))
    wanted = numpy.arange(96) * 689 / 65535
    # 10 bits hold as many levels as the ramp has, and white is white.
    assert numpy.abs(levels[36, :, 1] / 65535 - wanted).max() < 0.004
    assert len(numpy.unique(levels[36, :, 1])) > 90
    assert levels.max() >= 65400


def test_sixteen_bits_of_grey_are_left_to_pillow() -> None:
    # Grey of 16 bits is Pillow's own already.
    grey = MemorySource(deep("I;16"))
    assert HeicDecoder().decode_deep(grey, DecodeHint(minimum=Size(width=1, height=1))) is None


def claiming(width: int, height: int, data: bytes = PHOTO) -> bytes:
    """The file with another size in every place that tells one."""
    changed = bytearray(data)
    place = changed.find(b"ispe")
    while place >= 0:
        changed[place + 8 : place + 16] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
        place = changed.find(b"ispe", place + 1)
    return bytes(changed)


class TestLockedIn(LockedInSuite):
    plugin = "heic"
    sample = heic(pictures.photo((64, 64)), quality=50)
    huge = {
        "wide and high": claiming(60_000, 60_000),
        "endless": claiming(0xFFFFFFFF, 0xFFFFFFFF),
        "a strip": claiming(0x7FFFFFFF, 1),
        "boxes in boxes": heic(pictures.photo((64, 64)))[:40] + b"\0\0\7\0meta" * 5000,
    }


@pytest.mark.skipif(shutil.which("heif-convert") is None, reason="needs the system's heif-convert (libheif-examples)")
@pytest.mark.skipif(not lcms.is_there(), reason="needs the system's littleCMS 2")
@pytest.mark.parametrize("what", ["photo", "every chroma", "line art"])
def test_colours_are_those_of_the_reference_decoder(tmp_path: Path, what: str) -> None:
    data = {
        "photo": heic(pictures.photo()),
        "every chroma": heic(pictures.photo(), chroma=444),
        "line art": heic(pictures.line_art(), quality=95, chroma=444),
    }[what]
    (tmp_path / "a.heic").write_bytes(data)
    subprocess.run(["heif-convert", tmp_path / "a.heic", tmp_path / "a.png"], check=True, capture_output=True)
    with Image.open(tmp_path / "a.png") as reference:
        found, wanted = (
            [level * 257 for level in image.convert("RGB").tobytes()] for image in (decode(data).image, reference)
        )
    mean, most = lcms.differences(found, wanted, "RGB", pictures.srgb_profile())
    assert mean < 2
    assert most < 5
