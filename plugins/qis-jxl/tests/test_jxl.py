"""JPEG XL in and out: the same pixels, the same way up, and all that stands beside them."""

import base64
import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat
from pillow_jxl import Encoder as Library
from qis_jxl import plugin
from qis_jxl.container import codestream_start, tiff_block
from qis_jxl.decoder import JxlDecoder
from qis_jxl.encoder import JxlEncoder
from qis_jxl.header import read_header
from qis_jxl.settings import JxlSettings

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

# Made with libjxl's own tool: what the library cannot write from Python.
ANIMATION = (
    "/woYMUEAFhSXBAgIoIIAANwASxiLFSDCnccYg9X//AVEACDfjAUAPPi3AIdQENHjPzuJjaIHDRhZCK8GrRGj+Mdfp6bE2c8VCQgIIIUAANwA"
    "SxiLFSDCnccYg9X//AVEAPBGfaL6B+K2ALeo4vTjX3qbuu3GxdCMzqYx8xDcMs7AABMMjcsVCQgIoIcAANwASxiLFSDCnccYg9X//AVEACAn"
    "UZb6A6K1AceAwGvmfyi8dfrAP5FBE/hViBFP+1sD+M5iv8IVCQgIIEoAANQASygkxkVCQSDCmccYg+XPBUQAaJ4bBID++2OXnf9uhzZpzCXA"
    "XZSAUIFu0tvVigAMEpML1zk="
)
DEEP = (
    "AAAADEpYTCANCocKAAAAFGZ0eXBqeGwgAAAAAGp4bCAAAAAJanhsbAoAAAEdanhsY/8K0fADUFwICAIBABwESygx3Yy9h1XiYiOhIKGEBKMI"
    "l40bY3AsbSIGd4fRUTG8gV4bAQADYoAEgEQBgopmm5vNS9Vms9lsNpvNZrO5pN9sNpvNZrPZbDab0PrNZrPZbDabze4+Z7PZbDabzWbzn7XZ"
    "bDabzWaz2WwO9DebzWaz2Ww2m82mpFuz6dwNECubzWaz2Gw2ix2fzWKz2Ww2m8VmwaKz2WwWm81ms1msYkE2m81ms9hsNpvNGsZhs9lsNovN"
    "ZrPZbBYVGJvNZrNZbDabzWbz8LDZbDabzWKz2Wy2MSuLzWaz2Sw2m83yB2ez2Y8SjwAPFqudrimstqy2ZLVoFQtlDyv8BP3orgbH41roC6vs"
    "+AA="
)
WIDE = "/wrBQUImNwIAEogCANgAXeUSAAAVKqOMG7yc6/nyQ4fFtI3rDG21bWFJosg4NkkncEgSayDudodAAAAh5j1nlGEzKkkA"
PACKED = (
    "AAAADEpYTCANCocKAAAAFGZ0eXBqeGwgAAAAAGp4bCAAAAASanhscAAAAAD/CsEtEBMAAAHjamJyZMBw2wCCIAgtAwJAPgChRoGQq0oAAEDI"
    "UdmCoTj/J4iMEco4pxS0HyFDmKUOMsxA6Q41WB8ynHzMgEMOKixy0LAD20cN/fsjyxx23IGGovtfjHHGJJds8skopzwzzTXbfDPOOQs9NNFF"
    "G3000klLPTXVVVt9NdZZiz022WWbfTbaacs9N91123033nkLPjjhhRt+OOKJRy755JRXbvnlmGceuuijk1666aejnnrsss9Oe+2234577sEL"
    "PzzxxRt/PPLJRy/99NRXb/312GcPfvjij09++eafj3768Mcv//z012///fjn/69gqqoEAEDIUdmCoTj/L4iEUkZZpxSJ8YCQzahBhkl1oKF6"
    "sOHcQ44ZUJAPGnLQYQc2FlnmqN/tw44bWtEfeWbwSYb3vxjjjEs2+WSUU6a5ZptvxjlnoYcmumijj0Y6aamnprpqq6/GOmuxxya7bLPPRjtt"
    "ueemu26778Y778AFH5zwwg0/HPHEI5d8csort/xyzDMPXfTRSS/d9NNRTz122WenvXbbb8c99+CFH5744o0/Hvnko5d+euqrt/567LMPX/zx"
    "yS/f/PPRTz9++eenv37778c//3+BHwCoLAALCIDgABBKRklGAAEBAAABAAEAAAMAAABHYnJvYkV4aWYbOQAABMJ2v+2uy+oCGgWRBYMu4IAa"
    "OOTA+Ym1KMyDjbFrEDZWgCNY24pKQ0O3UwbWCAX/7Ov5fvoxAgAAANFqeGxwgAAAAeBbAhAA+AIMZAxkDGT+/w4AABgACAABAAAAAACAgCWJ"
    "I1Qv5orvltADABSSFBQUrkBSDB7tGjKFUfJAADBaqsTnnqc+eeRqDpsUMdCfVBoQTgAxVRcBAHwokGYCwCaXAFDNJQBAAQAAAAANAAAAAAAA"
    "AAAAAPC2BveG7gpRHslq3gAj3It2CaGCiDYwTQORIxgUBbiEAAfGkCFUjBDx1QikdwoARM8CwGmeAAAFAABAXgAAAAAAAAAAAAAAAAAAAAAA"
    "QEkC"
)


def jxl(image: Image.Image, *, lossless: bool = False, quality: int = 90, jpeg: bytes | None = None) -> bytes:
    """The picture as the library writes it, or a JPEG of its size repacked."""
    library = Library(
        mode=image.mode, lossless=lossless, quality=quality, decoding_speed=0, effort=3, use_container=False,
        use_original_profile=lossless, num_threads=0,
    )  # fmt: skip
    if jpeg is not None:
        return bytes(library(jpeg, image.width, image.height, jpeg_encode=True))
    return bytes(library(image.tobytes(), image.width, image.height, False, exif=None, jumb=None, xmp=None))


def encoded(image: Image.Image, metadata: Metadata | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    JxlEncoder().encode(image, Options(options), metadata or Metadata(), buffer)
    return buffer.getvalue()


def decode(data: bytes) -> Decoded:
    return JxlDecoder().decode(MemorySource(data), DecodeHint(minimum=Size(width=1, height=1)))


def difference(one: Image.Image, other: Image.Image) -> float:
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGBA"), other.convert("RGBA"))).mean)


def repacked(orientation: int = 1) -> bytes:
    """A JPEG with everything, repacked."""
    jpeg = pictures.encoded(
        pictures.corners(), "JPEG", quality=95, subsampling=0, exif=pictures.exif_block(orientation),
        icc_profile=wide_profile(), xmp=b"<x:xmpmeta/>",
    )  # fmt: skip
    return jxl(pictures.corners(), jpeg=jpeg)


def wide_profile() -> bytes:
    """An RGB profile whose primaries are far from sRGB's: that of sRGB with red and green exchanged."""
    profile = bytearray(pictures.srgb_profile())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


PHOTO = jxl(pictures.photo())


class TestJxlDecoder(DecoderSuite):
    decoder = JxlDecoder()
    samples = {
        "photo": PHOTO,
        "lossless": jxl(pictures.line_art(), lossless=True),
        "glass": jxl(pictures.glass()),
        "grey": jxl(pictures.photo().convert("L")),
        "grey glass": jxl(pictures.glass().convert("LA")),
        "grey in 16 bits": jxl(pictures.grey16(), lossless=True),
        "repacked and turned": repacked(6),
        "in a container": encoded(pictures.photo(), Metadata(exif=pictures.exif_block(), xmp=b"<x:xmpmeta/>")),
        "one of eight": jxl(pictures.photo((64, 256))),
        "odd": jxl(pictures.photo((301, 7))),
        "animation": base64.b64decode(ANIMATION),
        "colour in 16 bits": base64.b64decode(DEEP),
        "wide": base64.b64decode(WIDE),
        "packed metadata": base64.b64decode(PACKED),
    }


class TestJxlEncoder(EncoderSuite):
    encoder = JxlEncoder()
    decoder = JxlDecoder()


@pytest.mark.parametrize(("data", "flips"), [(PHOTO, 100), (repacked(), 60), (base64.b64decode(DEEP), 40)])
def test_every_damage_ends_in_a_picture_or_an_error_of_ours(data: bytes, flips: int) -> None:
    for _, changed in pictures.damaged(data, cuts=20, flips=flips):
        source = MemorySource(changed)
        try:
            info = JxlDecoder().probe(source, PageHint())
            if info.size.pixels < 4_000_000:
                assert decode(changed).image.width == info.size.width
        except QisError:
            continue


def test_what_goes_in_comes_out() -> None:
    decoded = decode(PHOTO)
    assert difference(decoded.image, pictures.photo()) < 8
    assert (decoded.notes, decoded.metadata) == ([], Metadata())
    assert decode(jxl(pictures.line_art(), lossless=True)).image.tobytes() == pictures.line_art().tobytes()
    assert decode(jxl(pictures.grey16(), lossless=True)).image.tobytes() == pictures.grey16().tobytes()


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (40, 40), (48, 40), (40, 30), (60, 40), (64, 36), (50, 40), (80, 40),
                                  (256, 8), (257, 3), (513, 9), (8200, 2), (2, 8200)])  # fmt: skip
def test_the_header_tells_every_size(size: tuple[int, int]) -> None:
    header = read_header(codestream_start(io.BytesIO(jxl(Image.new("L", size)))))
    assert (header.size.width, header.size.height, header.is_grey, header.has_alpha) == (*size, True, False)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_repacked_jpeg_is_turned_once(orientation: int) -> None:
    data = repacked(orientation)
    info = JxlDecoder().probe(MemorySource(data), PageHint())
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
    upright = pictures.corners()
    if orientation in turns:
        upright = upright.transpose(Image.Transpose(turns[orientation]))
    assert (info.orientation, (info.size.width, info.size.height)) == (1, upright.size)
    decoded = decode(data)
    assert difference(decoded.image, upright) < 6
    assert decoded.metadata.icc_profile == wide_profile()
    assert decoded.metadata.xmp == b"<x:xmpmeta/>"
    block = Image.Exif()
    block.load(decoded.metadata.exif or b"")
    assert (block[0x0112], block[0x010F]) == (1, "QIS test camera")


def test_packed_metadata_are_read() -> None:
    decoded = decode(base64.b64decode(PACKED))
    assert b"QIS test camera" in (decoded.metadata.exif or b"")
    assert decoded.image.size == (8, 16)


def test_colours_other_than_srgb_come_with_a_profile() -> None:
    wide = decode(base64.b64decode(WIDE))
    assert wide.metadata.icc_profile is not None
    srgb = ImageCms.profileToProfile(
        wide.image, ImageCms.ImageCmsProfile(io.BytesIO(wide.metadata.icc_profile)), ImageCms.createProfile("sRGB")
    )
    assert srgb is not None
    pixel = srgb.getpixel((8, 4))
    assert isinstance(pixel, tuple)
    # The red of the file's wide colour space is a stronger red in sRGB.
    assert wide.image.convert("RGB").getpixel((8, 4))[0] <= 203  # type: ignore[index]
    assert pixel[0] >= 214


def test_sixteen_bits_of_colour_are_reduced_with_a_note() -> None:
    data = base64.b64decode(DEEP)
    assert JxlDecoder().probe(MemorySource(data), PageHint()).bits == 16
    decoded = decode(data)
    assert decoded.notes == ["16 bits a channel were reduced to 8"]
    assert decoded.image.getpixel((95, 71)) == (255, 0, 255)
    middle = decoded.image.getpixel((48, 0))
    assert isinstance(middle, tuple)
    assert abs(middle[0] - 48 * 255 / 95) <= 1


def test_of_an_animation_the_last_frame_is_given_with_a_note() -> None:
    data = base64.b64decode(ANIMATION)
    assert JxlDecoder().probe(MemorySource(data), PageHint()).frames == 1
    decoded = decode(data)
    assert decoded.notes == ["the last frame of an animation"]
    assert decoded.image.getbbox() == pictures.frames()[-1].getbbox()


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_profile_goes_with_its_pixels(mode: str) -> None:
    grey = ImageCms.ImageCmsProfile(io.BytesIO(wide_profile()))
    assert grey.profile.xcolor_space.strip() == "RGB"
    picture = pictures.photo().convert(mode)
    decoded = decode(encoded(picture, Metadata(icc_profile=wide_profile(), exif=pictures.exif_block()), quality=95))
    assert difference(decoded.image, picture) < 6
    assert decoded.metadata.icc_profile == (wide_profile() if mode == "RGB" else None)
    assert b"QIS test camera" in (decoded.metadata.exif or b"")


def test_transparent_pictures_are_written_in_srgb() -> None:
    decoded = decode(encoded(Image.new("RGBA", (16, 16), (255, 0, 0, 128)), Metadata(icc_profile=wide_profile())))
    assert decoded.metadata.icc_profile is None
    pixel = decoded.image.getpixel((8, 8))
    assert isinstance(pixel, tuple)
    # Red and green are exchanged in this profile.
    assert pixel[1] > 200
    assert pixel[2] < 60
    assert abs(pixel[3] - 128) < 3


def test_other_readers_find_the_exif_block() -> None:
    data = encoded(pictures.photo(), Metadata(exif=pictures.exif_block(6)))
    place = data.index(b"Exif") + 4
    assert data[place : place + 4] == bytes(4)
    assert data[place + 4 : place + 8] in (b"II*\0", b"MM\0*")
    block = Image.Exif()
    block.load(data[place + 4 :])
    assert block[0x0112] == 1
    assert tiff_block(b"MM\0*rest") == b"MM\0*rest"
    assert tiff_block(b"\0\0\0\2..II*\0rest") == b"II*\0rest"
    assert tiff_block(b"\xff\xff\xff\xffII*\0rest") is None


def test_a_better_quality_is_nearer_and_larger() -> None:
    picture = pictures.photo((200, 150))
    files = [encoded(picture, quality=quality) for quality in (1, 30, 60, 80, 90, 100)]
    distances = [difference(decode(data).image, picture) for data in files]
    assert [len(data) for data in files] == sorted(len(data) for data in files)
    assert distances == sorted(distances, reverse=True)


def test_sides_that_are_too_long_are_refused() -> None:
    with pytest.raises(TooLarge, match="longest side"):
        encoded(Image.new("L", (65_536, 1)))


def bomb(width: int, height: int) -> bytes:
    """A file that says by its header how large it is: 0, then 11 and 30 bits, no ratio, again."""
    data = bytearray(base64.b64decode(DEEP))
    bits = (0b110 | ((height - 1) << 3)) | (0b000 << 33) | (0b11 << 36) | ((width - 1) << 38)
    start = data.index(b"\xff\x0a", 32) + 2
    data[start : start + 9] = bits.to_bytes(9, "little")
    return bytes(data)


def test_a_bomb_is_told_by_its_header() -> None:
    data = bomb(10**6, 10**6)
    info = JxlDecoder().probe(MemorySource(data), PageHint())
    assert info.size.pixels == 10**12
    with pytest.raises(QisError):
        decode(data)


class TestLockedIn(LockedInSuite):
    plugin = "jxl"
    sample = encoded(pictures.photo((64, 48)), Metadata(exif=pictures.exif_block()))
    huge = {
        "wide and high": bomb(10**6, 10**6),
        "a strip": bomb(2**30, 1),
        "within the limit of pixels, and nothing in it": bomb(4000, 4000),
        "packed metadata without end": base64.b64decode(PACKED)[:32] + b"\0\0\1\0brobExif" * 5000,
    }


@pytest.mark.parametrize("data", [b"\xff\xd8\xff\xe0", b"\0\0\0\x0cjP  \r\n\x87\n"])
def test_relatives_are_left_to_their_own_decoders(data: bytes) -> None:
    with pytest.raises(NotThisFormat):
        JxlDecoder().probe(MemorySource(data), PageHint())


@pytest.mark.parametrize("data", [b"\xff\x0a", PHOTO[:5], base64.b64decode(DEEP)[:32], base64.b64decode(DEEP)[:52]])
def test_a_beginning_alone_is_broken(data: bytes) -> None:
    with pytest.raises(BrokenImage):
        decode(data)


def test_a_site_shows_jxl_as_webp_and_makes_jxl(new_site: MakeSite) -> None:
    site = new_site()
    (site.library / "new.jxl").write_bytes(repacked(6))
    shown = site.testapp.get("/image?src=new.jxl&width=36")
    assert shown.content_type == "image/webp"
    assert Image.open(io.BytesIO(shown.body)).size == (36, 48)
    made = site.testapp.get("/image?src=new.jxl&width=36&format=jxl")
    assert made.content_type == "image/jxl"
    assert decode(made.body).image.size == (36, 48)


def test_the_plugin_registers_both_ways_with_its_settings(tmp_path: Path) -> None:
    class Settings:
        def __call__(self, kind: type[JxlSettings]) -> JxlSettings:
            return kind(quality=55)

    context = PluginContext(settings=Settings(), data=tmp_path)  # type: ignore[arg-type]
    (decoder,) = plugin.qis_register_decoders()
    (encoder,) = plugin.qis_register_encoders(context)
    assert (decoder.name, decoder.output, encoder.name, encoder.options[0].default) == ("jxl", "webp", "jxl", 55)
    assert [group.name for group in plugin.qis_register_settings()] == ["jxl"]
    assert plugin.QIS_API == (1, 0)


def test_registering_does_not_import_the_library() -> None:
    code = "import qis_jxl.plugin as p, sys; p.JxlDecoder(); p.JxlEncoder(); sys.exit('pillow_jxl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(shutil.which("djxl") is None, reason="needs the system's djxl (libjxl-tools)")
@pytest.mark.skipif(not lcms.is_there(), reason="needs the system's littleCMS 2")
@pytest.mark.parametrize("what", ["photo", "a repacked JPEG", "lossless"])
def test_colours_are_those_of_the_reference_decoder(tmp_path: Path, what: str) -> None:
    data = {
        "photo": PHOTO,
        "a repacked JPEG": jxl(pictures.corners(), jpeg=pictures.encoded(pictures.corners(), "JPEG", quality=95)),
        "lossless": jxl(pictures.line_art(), lossless=True),
    }[what]
    (tmp_path / "a.jxl").write_bytes(data)
    subprocess.run(["djxl", tmp_path / "a.jxl", tmp_path / "a.png"], check=True, capture_output=True)
    with Image.open(tmp_path / "a.png") as reference:
        found, wanted = (
            [level * 257 for level in image.convert("RGB").tobytes()] for image in (decode(data).image, reference)
        )
    mean, most = lcms.differences(found, wanted, "RGB", pictures.srgb_profile())
    assert mean < 2
    assert most < 5
