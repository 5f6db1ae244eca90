"""Formats that ImageMagick reads: the right pixels, in 8 and 16 bits, and no harm from hostile files."""

from __future__ import annotations

import array
import io
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat
from qis_magick import plugin
from qis_magick.coders import CODERS, NAMES
from qis_magick.decoder import MagickDecoder
from qis_magick.library import names
from qis_magick.settings import MagickSettings

from qis_core.api import DecodeHint, PageHint, PluginContext, QisError, TooLarge, Unavailable
from qis_core.testing import pictures
from qis_core.testing.app_fixtures import MakeSite
from qis_core.testing.features import features_read
from qis_core.testing.records import record_of
from qis_core.testing.sources import MemorySource
from qis_core.testing.suites.decoders import DecoderSuite

pytestmark = pytest.mark.skipif(names() is None, reason="needs the system's ImageMagick 6: libmagickwand-6.q16-6")

PHOTO, GLASS, INKS = pictures.photo(), pictures.glass(), pictures.inks()


def decoder(name: str, settings: MagickSettings | None = None) -> MagickDecoder:
    return MagickDecoder(next(coder for coder in CODERS if coder.name == name), settings)


def big_endian(image: Image.Image) -> bytes:
    """Pixels of 16-bit grey as network software stores them."""
    levels = array.array("H", image.tobytes())
    if sys.byteorder == "little":
        levels.byteswap()
    return levels.tobytes()


def psd(
    planes: Sequence[bytes],
    model: int,
    depth: int,
    size: tuple[int, int],
    *,
    layers: bytes = b"",
    kind: int = 1,
    profile: bytes = b"",
    blocks: Mapping[int, bytes] | None = None,
) -> bytes:
    """A Photoshop file (version ``kind``) whose merged picture has these planes; models: 1 grey, 3 RGB, 4 CMYK.

    ``blocks``: its resources by their numbers.
    """
    wide = ">Q" if kind == 2 else ">L"
    head = b"8BPS" + struct.pack(">H6xHLLHH", kind, len(planes), size[1], size[0], depth, model)
    listed = {1039: profile, **(blocks or {})} if profile else blocks or {}
    resources = b"".join(
        b"8BIM" + struct.pack(">HHL", number, 0, len(block)) + block + bytes(len(block) % 2)
        for number, block in listed.items()
    )
    return (
        head
        + struct.pack(">LL", 0, len(resources))
        + resources
        + struct.pack(wide, len(layers))
        + layers
        + struct.pack(">H", 0)
        + b"".join(planes)
    )


def merged_alpha(kind: int = 1) -> bytes:
    """What says that the fourth plane is the merged picture's transparency: a negative count of layers."""
    info = (
        struct.pack(">h", -1)
        + struct.pack(">4lH", 0, 0, 0, 0, 0)
        + b"8BIMnorm"
        + struct.pack(">BBBBL", 255, 0, 0, 0, 12)
        + bytes(12)
    )
    info += bytes(len(info) % 2)
    return struct.pack(">Q" if kind == 2 else ">L", len(info)) + info + struct.pack(">L", 0)


def xcf(image: Image.Image) -> bytes:
    """A GIMP file of one layer (XCF of version 0): 64×64 pixels at most, so that it is one tile."""
    width, height = image.size
    assert max(width, height) <= 64
    channels = len(image.getbands())
    end = struct.pack(">LL", 0, 0)
    head = b"gimp xcf file\0" + struct.pack(">LLL", width, height, 0) + struct.pack(">LLB", 17, 1, 1) + end
    layer_at = len(head) + 12
    name = struct.pack(">L", 6) + b"layer\0"
    layer = struct.pack(">LLL", width, height, 1 if channels == 4 else 0) + name + struct.pack(">LLL", 6, 4, 255) + end
    hierarchy_at = layer_at + len(layer) + 8
    hierarchy = struct.pack(">LLL", width, height, channels)
    level_at = hierarchy_at + len(hierarchy) + 8
    level = struct.pack(">LL", width, height) + struct.pack(">LL", level_at + 16, 0)
    return (
        head + struct.pack(">LLL", layer_at, 0, 0) + layer + struct.pack(">LL", hierarchy_at, 0) + hierarchy
        + struct.pack(">LL", level_at, 0) + level + b"".join(_literal(plane) for plane in planes(image))
    )  # fmt: skip


def _literal(data: bytes) -> bytes:
    """One long run of bytes as they are."""
    return b"\x80" + struct.pack(">H", len(data)) + data


def sun(image: Image.Image) -> bytes:
    """A Sun raster file, not packed."""
    blue_first = Image.merge("RGB", image.split()[::-1])
    return struct.pack(">8L", 0x59A66A95, *image.size, 24, len(blue_first.tobytes()), 1, 0, 0) + blue_first.tobytes()


def on_white(image: Image.Image) -> Image.Image:
    """As Photoshop stores the merged picture of a transparent one: blended with white, its alpha beside it."""
    blended = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    blended.putalpha(image.getchannel("A"))
    return blended


def planes(image: Image.Image) -> list[bytes]:
    return [plane.tobytes() for plane in image.split()]


SMALL = PHOTO.resize((48, 36))
SAMPLES: dict[str, dict[str, tuple[bytes, Image.Image]]] = {
    "psd": {
        "colour": (psd(planes(PHOTO), 3, 8, PHOTO.size), PHOTO),
        "transparent": (psd(planes(on_white(GLASS)), 3, 8, GLASS.size, layers=merged_alpha()), GLASS),
        "inks": (psd(planes(ImageChops.invert(INKS)), 4, 8, INKS.size), INKS),
        "16 bits": (psd([big_endian(pictures.grey16())], 1, 16, pictures.SIZE), pictures.grey16()),
    },
    "psb": {"large": (psd(planes(PHOTO), 3, 8, PHOTO.size, kind=2), PHOTO)},
    "xcf": {
        # GIMP's pictures can all be transparent.
        "colour": (xcf(SMALL), SMALL.convert("RGBA")),
        "transparent": (xcf(GLASS.resize((48, 36))), GLASS.resize((48, 36))),
    },
    "jp2": {
        "colour": (pictures.encoded(PHOTO, "JPEG2000"), PHOTO),
        "grey": (pictures.encoded(PHOTO.convert("L"), "JPEG2000"), PHOTO.convert("L")),
    },
    "j2k": {"colour": (pictures.encoded(PHOTO, "JPEG2000", no_jp2=True), PHOTO)},
    "sgi": {"colour": (pictures.encoded(PHOTO, "SGI"), PHOTO)},
    "pcx": {"colour": (pictures.encoded(PHOTO, "PCX"), PHOTO)},
    "dds": {"transparent": (pictures.encoded(GLASS, "DDS"), GLASS)},
    "sun": {"colour": (sun(PHOTO), PHOTO)},
}  # fmt: skip


def said() -> bytes:
    """A JPEG 2000 file with boxes of EXIF, XMP and IPTC, as archives and Adobe write them."""
    uuids = {
        b"JpgTiffExif->JP2": pictures.exif_block(6).removeprefix(b"Exif\0\0"),
        bytes.fromhex("be7acfcb97a942e89c71999491e3afac"): pictures.XMP_PACKET,
        bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38"): pictures.IPTC_RECORD,
    }
    data = pictures.encoded(PHOTO, "JPEG2000")
    place = data.index(b"jp2c") - 4
    boxes = b"".join(struct.pack(">L", 24 + len(body)) + b"uuid" + name + body for name, body in uuids.items())
    return data[:place] + boxes + data[place:]


MORE = {
    "psd": [psd(planes(PHOTO), 3, 8, PHOTO.size, profile=pictures.srgb_profile())],
    "psb": [
        psd(planes(on_white(GLASS)), 3, 8, GLASS.size, layers=merged_alpha(kind=2), kind=2),
        psd(planes(ImageChops.invert(INKS)), 4, 8, INKS.size, kind=2),
        psd([big_endian(pictures.grey16())], 1, 16, pictures.SIZE, kind=2),
        psd(planes(PHOTO), 3, 8, PHOTO.size, profile=pictures.srgb_profile(), kind=2),
    ],
    "jp2": [*(pictures.encoded(image, "JPEG2000") for image in (GLASS, pictures.grey16())), said()],
    "j2k": [pictures.encoded(image, "JPEG2000", no_jp2=True) for image in (GLASS, pictures.grey16())],
    "sgi": [pictures.encoded(GLASS, "SGI"), pictures.encoded(PHOTO, "SGI", bpc=2)],
}
"""Files of what the samples do not show."""


def of(name: str) -> dict[str, bytes]:
    return {kind: data for kind, (data, _) in SAMPLES[name].items()}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_to_be_read_is_and_nothing_else(name: str) -> None:
    found = set().union(*(features_read(decoder(name), data) for data in (*of(name).values(), *MORE.get(name, ()))))
    assert found == decoder(name).features


SAID = {1028: pictures.IPTC_RECORD, 1058: pictures.exif_block(6).removeprefix(b"Exif\0\0"), 1060: pictures.XMP_PACKET}


@pytest.mark.parametrize(
    "data", [psd(planes(PHOTO), 3, 8, PHOTO.size, blocks=SAID), said()], ids=["Photoshop", "JPEG 2000"]
)
def test_what_cameras_and_editors_wrote_is_in_the_record(data: bytes) -> None:
    found = record_of(data)
    assert found["exif"]["Make"] == "QIS test camera"
    assert (found["xmp"], found["iptc"]) == (pictures.XMP_SAYS, pictures.IPTC_SAYS)


class TestPsd(DecoderSuite):
    decoder = decoder("psd")
    samples = of("psd")
    complete = False  # As above, with more files.


class TestXcf(DecoderSuite):
    decoder = decoder("xcf")
    samples = of("xcf")


class TestJpeg2000(DecoderSuite):
    decoder = decoder("jp2")
    samples = of("jp2")
    complete = False  # As above, with more files.


class TestSgi(DecoderSuite):
    decoder = decoder("sgi")
    samples = of("sgi")
    complete = False  # As above, with more files.


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, kinds in SAMPLES.items() for kind in kinds])
def test_the_pixels_are_those_that_were_stored(name: str, kind: str) -> None:
    data, wanted = SAMPLES[name][kind]
    source = MemorySource(data)
    info = decoder(name).probe(source, PageHint())
    hint = DecodeHint(minimum=info.size)
    image = decoder(name).decode(source, hint).image
    assert (image.mode, image.size, info.mode) == (wanted.mode, wanted.size, wanted.mode)
    if wanted.mode == "I;16":
        assert image.tobytes() == wanted.tobytes()
        assert info.bits == 16
        assert bytes(decoder(name).decode_deep(source, hint).pixels.data) == wanted.tobytes()  # type: ignore[union-attr]
        return
    if kind == "transparent":
        # What shines through hardly at all has lost its levels by the blending.
        image.paste((0, 0, 0, 0), mask=image.getchannel("A").point(lambda alpha: 255 * (alpha < 64)))
        wanted = wanted.copy()
        wanted.paste((0, 0, 0, 0), mask=wanted.getchannel("A").point(lambda alpha: 255 * (alpha < 64)))
    assert max(ImageStat.Stat(ImageChops.difference(image, wanted)).mean) < 1
    if decoder(name).deep and kind != "transparent":
        deep = decoder(name).decode_deep(source, hint)
        assert deep is not None
        levels = array.array("H", bytes(deep.pixels.data))
        assert deep.pixels.mode == wanted.mode
        assert max(abs(level / 257 - eight) for level, eight in zip(levels, image.tobytes(), strict=True)) < 1


def test_files_that_are_too_large_are_refused() -> None:
    small = decoder("psd", MagickSettings(max_file_bytes=1000))
    with pytest.raises(TooLarge, match="Photoshop"):
        small.probe(MemorySource(SAMPLES["psd"]["colour"][0]), PageHint())


def test_pictures_of_other_formats_are_left_to_others() -> None:
    for name, make in pictures.FILES.items():
        assert not [coder.name for coder in CODERS if coder.begins(make()[:4096])], name


@pytest.mark.parametrize("name", NAMES)
def test_every_damage_ends_in_a_picture_or_an_error_of_ours(name: str) -> None:
    data = next(iter(SAMPLES[name].values()))[0]
    for what, changed in pictures.damaged(data, cuts=20, flips=200 if len(data) < 30_000 else 60):
        source = MemorySource(changed)
        try:
            info = decoder(name).probe(source, PageHint())
            if info.size.pixels < 1_000_000:
                image = decoder(name).decode(source, DecodeHint(minimum=info.size)).image
                assert image.size == (info.size.width, info.size.height), what
        except QisError:
            continue


# Registration


def context(settings: MagickSettings, folder: Path) -> PluginContext:
    return PluginContext(settings=lambda kind: settings, data=folder)  # type: ignore[arg-type,return-value]


def test_only_formats_that_are_allowed_are_read(tmp_path: Path) -> None:
    found = plugin.qis_register_decoders(context(MagickSettings(formats=("psd", "jp2")), tmp_path))
    assert [decoder.name for decoder in found] == ["psd", "jp2"]
    with pytest.raises(Unavailable, match=r"names mvg; allowed are psd"):
        plugin.qis_register_decoders(context(MagickSettings(formats=("psd", "mvg")), tmp_path))


def test_registering_does_not_load_imagemagick(tmp_path: Path) -> None:
    code = "import qis_magick.plugin as p, sys; p._demand_library(); sys.exit('wand.api' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("missing", ["wand", "MagickWand"])
def test_it_says_what_is_missing(missing: str) -> None:
    hide = (
        f"import importlib.util as u, ctypes.util as c; f, l = u.find_spec, c.find_library; "
        f"c.find_library = lambda name: None if {missing!r} in name else l(name); "
        f"u.find_spec = lambda name, *rest: None if name == {missing!r} else f(name, *rest)"
    )
    code = f"{hide}\nimport qis_magick.plugin as p\ntry: p._demand_library()\nexcept p.Unavailable as e: print(e)"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert "is missing; install it with: " in said


def test_a_site_shows_them(new_site: MakeSite) -> None:
    site = new_site()
    (site.library / "a.psd").write_bytes(SAMPLES["psd"]["transparent"][0])
    (site.library / "b.jp2").write_bytes(SAMPLES["jp2"]["colour"][0])
    answer = site.testapp.get("/image?src=a.psd&width=48")
    assert answer.content_type == "image/png"
    picture: Any = Image.open(io.BytesIO(answer.body))
    assert (picture.mode, picture.size) == ("RGBA", (48, 36))
    assert Image.open(io.BytesIO(site.testapp.get("/image?src=b.jp2&format=jpg").body)).size == PHOTO.size
