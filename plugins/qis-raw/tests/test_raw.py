"""RAW files as pictures: the right colours the right way up, and no more work than the rendering needs."""

import io
import struct
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import numpy
import pytest
import rawpy
from PIL import Image, ImageChops, ImageFilter, ImageStat
from qis_raw import plugin
from qis_raw.decoder import HALF_SIZE, PREVIEW_USED, RawDecoder
from qis_raw.metadata import from_library
from qis_raw.settings import RawSettings

from qis_core.api import BrokenImage, Decoded, DecodeHint, NotThisFormat, PageHint, PluginContext, QisError, Size
from qis_core.builtin.metadata import exif
from qis_core.testing import lcms, pictures
from qis_core.testing.app_fixtures import MakeSite
from qis_core.testing.dng import dng, text
from qis_core.testing.records import record_of
from qis_core.testing.sources import MemorySource
from qis_core.testing.suites.decoders import DecoderSuite
from qis_core.testing.suites.locked_in import LockedInSuite


def decode(data: bytes, width: int, height: int, settings: RawSettings | None = None, **hint: object) -> Decoded:
    wanted = DecodeHint(minimum=Size(width=width, height=height), **hint)  # type: ignore[arg-type]
    return RawDecoder(settings).decode(MemorySource(data), wanted)


def difference(one: Image.Image, other: Image.Image) -> float:
    return max(ImageStat.Stat(ImageChops.difference(one, other.resize(one.size))).mean)


SOFT = pictures.photo((320, 240)).filter(ImageFilter.GaussianBlur(2))
PREVIEW = pictures.encoded(pictures.line_art((160, 120)), "JPEG", quality=90)
PLAIN, WITH_PREVIEW = dng(SOFT), dng(SOFT, PREVIEW)
AS_IS = RawSettings(auto_brightness=False)


class TestRawDecoder(DecoderSuite):
    decoder = RawDecoder()
    samples = {
        "plain": PLAIN,
        "with a preview": WITH_PREVIEW,
        "turned": dng(SOFT, PREVIEW, orientation=6),
        "twelve bits": dng(SOFT.crop((0, 0, 64, 48)), white=4095),
    }


@pytest.mark.parametrize(("preview", "flips"), [(b"", 40), (pictures.encoded(SOFT.resize((32, 24)), "JPEG"), 20)])
def test_every_damage_ends_in_a_picture_or_an_error_of_ours(preview: bytes, flips: int) -> None:
    for _, changed in pictures.damaged(dng(SOFT.crop((0, 0, 64, 48)), preview), cuts=20, flips=flips):
        source = MemorySource(changed)
        try:
            info = RawDecoder().probe(source, PageHint())
            if info.size.pixels < 100_000:
                assert decode(changed, info.size.width, info.size.height).image.width == info.size.width
        except QisError:
            continue


def test_colours_come_out_as_the_sensor_saw_them() -> None:
    decoded = decode(PLAIN, 320, 240, AS_IS)
    assert decoded.image.mode == "RGB"
    assert difference(decoded.image, SOFT) < 3
    assert decoded.notes == ("14 bits a channel were developed to 8, in sRGB",)
    half = decode(PLAIN, 160, 120, AS_IS)
    assert half.image.size == (160, 120)
    assert difference(half.image, SOFT) < 3
    assert half.notes == (HALF_SIZE, "14 bits a channel were developed to 8, in sRGB")
    assert half.region is not None
    assert half.region.as_tuple() == (0, 0, 320, 240)


@pytest.mark.parametrize("demosaic", ["linear", "ppg", "ahd", "dht", "vng"])
def test_every_way_to_make_colours_gives_the_picture(demosaic: str) -> None:
    settings = RawSettings(demosaic=demosaic, auto_brightness=False)
    assert difference(decode(PLAIN, 320, 240, settings).image, SOFT) < 4
    assert difference(decode(PLAIN, 320, 240, settings, fast=True).image, SOFT) < 4


def test_the_cameras_white_balance_is_used() -> None:
    # A camera that sees red half as strong says so in AsShotNeutral.
    weak = Image.merge("RGB", (SOFT.getchannel("R").point(lambda value: value * 0.735), *SOFT.split()[1:]))
    data = dng(weak)
    place = data.rindex(struct.pack("<ll", 10_000, 10_000) * 3)
    data = data[:place] + struct.pack("<ll", 5_000, 10_000) + data[place + 8 :]
    assert difference(decode(data, 160, 120, AS_IS).image, SOFT) < 8


def test_dark_pictures_are_brightened_where_that_is_wanted() -> None:
    dark = dng(SOFT.point(lambda value: value // 3))
    plain, bright = decode(dark, 160, 120, AS_IS).image, decode(dark, 160, 120).image
    assert ImageStat.Stat(bright).mean[1] > 2 * ImageStat.Stat(plain).mean[1]


def test_the_preview_is_used_where_it_is_enough() -> None:
    decoded = decode(WITH_PREVIEW, 160, 120)
    assert decoded.notes == (PREVIEW_USED,)
    assert difference(decoded.image, pictures.line_art((160, 120))) < 12
    assert decode(WITH_PREVIEW, 40, 30).image.size == (40, 30)
    assert decode(WITH_PREVIEW, 161, 121).notes[0] != PREVIEW_USED
    assert decode(WITH_PREVIEW, 160, 120, RawSettings(previews=False)).notes[0] == HALF_SIZE


@pytest.mark.parametrize(
    "preview",
    [pictures.encoded(SOFT.resize((160, 90)), "JPEG"), pictures.encoded(SOFT.resize((640, 480)), "JPEG"),
     PREVIEW[: len(PREVIEW) // 2], pictures.encoded(SOFT.resize((120, 160)), "JPEG")],
    ids=["of another shape", "larger than the sensor", "cut off", "upright, though the sensor was not turned"],
)  # fmt: skip
def test_a_preview_that_does_not_fit_is_left_aside(preview: bytes) -> None:
    decoded = decode(dng(SOFT, preview), 80, 60, AS_IS)
    assert decoded.notes[0] == HALF_SIZE
    assert difference(decoded.image, SOFT) < 3


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_orientation_is_told_and_left_to_the_engine(orientation: int) -> None:
    data = dng(SOFT, orientation=orientation)
    info = RawDecoder().probe(MemorySource(data), PageHint())
    assert (info.orientation, str(info.size), info.bits, info.format) == (orientation, "320x240", 16, "raw")
    assert difference(decode(data, 160, 120, AS_IS).image, SOFT) < 3


@pytest.mark.parametrize(("orientation", "turn"), [(6, Image.Transpose.ROTATE_270), (8, Image.Transpose.ROTATE_90)])
def test_an_upright_preview_is_turned_back(orientation: int, turn: Image.Transpose) -> None:
    upright = pictures.corners((160, 120)).transpose(turn)
    decoded = decode(dng(SOFT, pictures.encoded(upright, "JPEG"), orientation), 160, 120)
    assert decoded.notes == (PREVIEW_USED,)
    assert difference(decoded.image, pictures.corners((160, 120))) < 8


def test_the_profile_of_a_preview_comes_with_it() -> None:
    preview = pictures.encoded(SOFT.resize((160, 120)), "JPEG", icc_profile=pictures.srgb_profile())
    assert decode(dng(SOFT, preview), 80, 60).metadata.icc_profile == pictures.srgb_profile()
    assert decode(dng(SOFT, preview), 320, 240).metadata.icc_profile is None


@pytest.mark.parametrize(
    "name", ["photo.tif", "pages.tif", "tiled.tif", "grey16-big-endian.tif", "cmyk.tif", "photo.jpg"]
)
def test_ordinary_files_are_left_to_others(name: str) -> None:
    assert not RawDecoder().sniff(pictures.FILES[name]()[:4096])


def test_what_only_looks_like_one_is_left_to_others() -> None:
    maker = pictures.encoded(SOFT, "TIFF", tiffinfo={271: "A maker", 330: 8})
    assert RawDecoder().sniff(maker[:4096]) or True
    for data in (
        b"IIRO" + bytes(200),
        b"FUJIFILMCCD-RAW " + bytes(200),
        b"FOVb" + bytes(200),
        b"\0\0\0\x18ftypcrx " + bytes(99),
    ):
        assert RawDecoder().sniff(data)
        with pytest.raises((NotThisFormat, BrokenImage)):
            RawDecoder().probe(MemorySource(data), PageHint())


def test_a_claim_of_many_pixels_is_told_before_anything_is_decoded() -> None:
    data = bytearray(dng(SOFT))
    for tag in (256, 257):
        place = data.index(struct.pack("<HHL", tag, 4, 1)) + 8
        data[place : place + 4] = struct.pack("<L", 60_000)
    try:
        assert RawDecoder().probe(MemorySource(bytes(data)), PageHint()).size.pixels == 3_600_000_000
    except QisError:
        return


@pytest.mark.parametrize(("width", "height"), [(320, 240), (160, 120)])
def test_sixteen_bits_are_the_same_picture(width: int, height: int) -> None:
    hint = DecodeHint(minimum=Size(width=width, height=height))
    found = RawDecoder(AS_IS).decode_deep(MemorySource(PLAIN), hint)
    assert found is not None
    assert (found.pixels.mode, found.pixels.size) == ("RGB", hint.minimum)
    eight = numpy.asarray(decode(PLAIN, width, height, AS_IS).image, float)
    deep = numpy.frombuffer(found.pixels.data, numpy.uint16).reshape(height, width, 3) / 257
    assert numpy.abs(deep - eight).max() < 1.5
    assert len(numpy.unique(numpy.frombuffer(found.pixels.data, numpy.uint16))) > 2000


def test_a_preview_has_no_sixteen_bits() -> None:
    hint = DecodeHint(minimum=Size(width=160, height=120))
    assert RawDecoder().decode_deep(MemorySource(WITH_PREVIEW), hint) is None


def test_sixteen_bits_go_through_the_icc_step_to_the_file(new_site: MakeSite) -> None:
    vips = pytest.importorskip("pyvips", reason="needs qis-vips")
    site = new_site()
    smooth = SOFT.resize((640, 480), Image.Resampling.BICUBIC)
    (site.library / "a.dng").write_bytes(dng(smooth))
    body = site.testapp.get("/image?src=a.dng&format=png&icc=srgb&width=600").body
    image = vips.Image.pngload_buffer(body)
    assert (image.width, image.format, body[24]) == (600, "ushort", 16)
    levels = numpy.asarray(image.numpy())
    # Eight bits, however converted, have 256 levels.
    assert len(numpy.unique(levels[:, :, 1])) > 5000


def test_a_site_shows_raw_files_upright(new_site: MakeSite) -> None:
    site = new_site()
    corners = pictures.corners((320, 240))
    (site.library / "a.dng").write_bytes(dng(corners, orientation=6))
    for query, size in (("width=60", (60, 80)), ("format=png", (240, 320))):
        answer = site.testapp.get(f"/image?src=a.dng&{query}")
        picture = Image.open(io.BytesIO(answer.body)).convert("RGB")
        assert picture.size == size
        assert difference(picture, corners.transpose(Image.Transpose.ROTATE_270)) < 16


SAID = {33432: text("Whose it is"), 700: (1, len(pictures.XMP_PACKET), pictures.XMP_PACKET)}


def test_what_the_camera_said_is_in_the_record_and_in_renderings(new_site: MakeSite) -> None:
    site = new_site()
    for name, preview, note in (("a.dng", b"", HALF_SIZE), ("b.dng", PREVIEW, PREVIEW_USED)):
        data = dng(SOFT, preview, 6, said=SAID)
        found = record_of(data)
        assert found["exif"] == {"Make": "QIS", "Model": "QIS Test", "Copyright": "Whose it is"}
        assert found["xmp"] == pictures.XMP_SAYS
        (site.library / name).write_bytes(data)
        answer = site.testapp.get(f"/image?src={name}&width=60&strip=0")
        shown = Image.open(io.BytesIO(answer.body))
        assert (shown.size, shown.getexif()[271], shown.getexif().get(274, 1)) == ((60, 80), "QIS", 1)
        assert answer.headers["X-Image-Notes"].startswith(note)


def test_of_makers_with_a_way_of_their_own_libraw_tells_some_of_it() -> None:
    with rawpy.imread(io.BytesIO(PLAIN)) as raw:
        assert from_library(raw) is None
        said = rawpy._rawpy.Other(200.0, 0.005, 2.8, 35.0, datetime(2024, 5, 6, 7, 8, 9), 0, "Eva")
        told = from_library(SimpleNamespace(other=said, lens=raw.lens))  # type: ignore[arg-type]
    block = Image.Exif()
    block.load(told or b"")
    assert exif.values(block) == {
        "Artist": "Eva", "ISOSpeedRatings": 200, "ExposureTime": 0.005, "FNumber": 2.8, "FocalLength": 35.0,
        "DateTimeOriginal": "2024-05-06T07:08:09",
    }  # fmt: skip


def test_the_plugin_registers_the_decoder_with_its_settings(tmp_path: Path) -> None:
    class Settings:
        def __call__(self, kind: type[RawSettings]) -> RawSettings:
            return kind(previews=False)

    context = PluginContext(settings=Settings(), data=tmp_path)  # type: ignore[arg-type]
    (decoder,) = plugin.qis_register_decoders(context)
    assert (decoder.name, decoder.output, decoder.alpha) == ("raw", "jpg", False)
    assert decoder.decode(MemorySource(WITH_PREVIEW), DecodeHint(minimum=Size(width=9, height=9))).notes[0] == HALF_SIZE
    assert [group.name for group in plugin.qis_register_settings()] == ["raw"]
    assert plugin.QIS_API == (1, 0)


def test_registering_does_not_import_the_library() -> None:
    code = "import qis_raw.plugin as p, sys; p.RawDecoder(); sys.exit('rawpy' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def claiming(width: int, height: int) -> bytes:
    """A DNG that says it has so many pixels."""
    data = bytearray(dng(SOFT.crop((0, 0, 64, 48))))
    for tag, value in ((256, width), (257, height)):
        place = data.index(struct.pack("<HHL", tag, 4, 1)) + 8
        data[place : place + 4] = struct.pack("<L", value)
    return bytes(data)


class TestLockedIn(LockedInSuite):
    plugin = "raw"
    sample = dng(SOFT.crop((0, 0, 64, 48)), pictures.encoded(SOFT.resize((32, 24)), "JPEG"))
    huge = {
        "wide and high": claiming(60_000, 60_000),
        "a strip": claiming(2_000_000_000, 1),
        "endless": claiming(0xFFFFFFFF, 0xFFFFFFFF),
        "directories that bite their tail": claiming(64, 48).replace(
            struct.pack("<HHL", 254, 4, 1), struct.pack("<HHLL", 330, 4, 1, 8)[:8], 1
        )[:200],
    }


@pytest.mark.skipif(not lcms.is_there(), reason="needs the system's littleCMS 2")
@pytest.mark.parametrize("white", [16383, 4095])
def test_colours_are_those_of_libraw_at_16_bits(new_site: MakeSite, white: int) -> None:
    pyvips = pytest.importorskip("pyvips", reason="needs qis-vips")
    data = dng(SOFT.crop((0, 0, 160, 120)), white=white)
    with rawpy.imread(io.BytesIO(data)) as raw:
        reference = raw.postprocess(
            use_camera_wb=True, no_auto_bright=True, output_color=rawpy.ColorSpace.sRGB, output_bps=16,
            gamma=(2.4, 12.92), adjust_maximum_thr=0.0,
        )  # fmt: skip
    site = new_site({"qis.raw.auto_brightness": "no"})
    (site.library / "a.dng").write_bytes(data)
    found = pyvips.Image.pngload_buffer(site.testapp.get("/image?src=a.dng&format=png&icc=srgb").body).numpy()
    assert found.dtype == numpy.uint16
    given, wanted = (levels.reshape(-1, 3)[::3].ravel().tolist() for levels in (found, reference))
    mean, most = lcms.differences(given, wanted, "RGB", pictures.srgb_profile())
    assert mean < 2
    assert most < 5
