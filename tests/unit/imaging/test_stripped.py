"""`strip=1` in every format, by every engine: upright, in sRGB's colours, and with nothing beside the pixels.

Of four coloured quarters it is plain which way up they are, and what they look like.
"""

from __future__ import annotations

import array
import io
import sys
from collections.abc import Mapping, Sequence
from functools import cache

import pytest
from PIL import ExifTags, Image, ImageCms

from qis_core.api import (
    DecodeHint,
    Metadata,
    Options,
    Output,
    PageHint,
    Recipe,
    Rendition,
    Size,
    Step,
    UnsupportedFeature,
)
from qis_core.builtin.formats import blocks
from qis_core.builtin.metadata.strip import Strip
from qis_core.imaging.orders import RenderOrder
from qis_core.imaging.workshop import Workshop
from qis_core.plugins import load
from qis_core.testing import lcms, pictures, profiles
from qis_core.testing.records import record_of
from qis_core.testing.sources import MemorySource

FORMATS = ("jpg", "pjpg", "png", "webp", "avif", "tif", "gif", "heic", "jxl", "pdf")
ENGINES = ("pillow", "vips", "print")
SIZE = Size(width=900, height=600)
QUARTERS = [(230, 40, 40), (40, 200, 60), (40, 60, 220), (200, 200, 200)]
"""Left to right, top to bottom."""

_XMP = pictures.XMP_PACKET.replace(b"<dc:rights>", b"<dc:source>Secret</dc:source><dc:rights>")
_NEAR = 4.0
"""ΔE2000, of what formats with losses make of flat colours."""

REGISTRIES = load({}, environ={}).registries


@cache
def workshop(*, keep_notices: bool) -> Workshop:
    return Workshop(
        decoders=REGISTRIES.decoders, encoders=REGISTRIES.encoders, engines=REGISTRIES.engines,
        operations={**REGISTRIES.operations, "strip": Strip(keep_notices=keep_notices)},
    )  # fmt: skip


def quarters(mode: str = "RGB") -> Image.Image:
    """Stored lying on its side: shown upright by orientation 6."""
    small = Image.new("RGB", (2, 2))
    small.putdata(QUARTERS)
    return small.convert(mode).resize((SIZE.width, SIZE.height), Image.Resampling.NEAREST)


def said() -> Image.Exif:
    block = Image.Exif()
    block[ExifTags.Base.Orientation] = 6
    block[ExifTags.Base.Make] = "Secret camera"
    block[ExifTags.Base.Copyright] = "Whose it is"
    block[ExifTags.Base.Artist] = "Eva"
    block.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (1.0, 2.0, 3.0)
    return block


@cache
def original(kind: str) -> bytes:
    """Oriented, in colours of its own, with all there is beside the pixels."""
    if kind == "photo":
        iptc = b"\xff\xed" + _segment(b"Photoshop 3.0\0" + blocks.photoshop_resource(b"\x1c\x02\x69\x00\x06Secret"))
        return pictures.encoded(
            quarters(),
            "JPEG",
            quality=95,
            subsampling=0,
            exif=said(),
            xmp=_XMP,
            icc_profile=profiles.wide(),
            extra=iptc,
        )
    if kind == "grey":
        return pictures.encoded(quarters("L"), "JPEG", quality=95, exif=said(), icc_profile=profiles.linear_grey())
    # 16 bits a channel, which Pillow cannot write.
    levels = array.array("H", [level * 257 for level in quarters().tobytes()])
    if sys.byteorder == "little":
        levels.byteswap()
    width = SIZE.width * 6
    rows = b"".join(b"\0" + levels.tobytes()[at : at + width] for at in range(0, width * SIZE.height, width))
    shown = pictures.encoded(Image.new("RGB", (1, 1)), "PNG", exif=said(), icc_profile=profiles.wide())
    return pictures.png_file((SIZE.width, SIZE.height, 16, 2), rows, *_chunks(shown))


def _segment(body: bytes) -> bytes:
    return (len(body) + 2).to_bytes(2, "big") + body


def _chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    found, place = [], 8
    while place < len(png):
        length, name = int.from_bytes(png[place : place + 4], "big"), png[place + 4 : place + 8]
        if name in (b"iCCP", b"eXIf"):
            found.append((name, png[place + 8 : place + 8 + length]))
        place += 12 + length
    return found


def rendered(kind: str, format: str, engine: str = "", *, keep_notices: bool = False, **strip: object) -> Rendition:
    if format not in REGISTRIES.encoders or (engine and engine not in REGISTRIES.engines):
        pytest.skip("not installed here")
    stripped = Options({"strip": True, "strip_profile": True, **strip})
    steps = (Step(operation="resize", options=Options({"width": 210})), Step(operation="strip", options=stripped))
    output = Output(format=format, options=Options({"quality": 95}))
    order = RenderOrder(recipe=Recipe(source="a", output=output, steps=steps, engine=engine), source_name="a")
    try:
        return workshop(keep_notices=keep_notices).render(order, [MemorySource(original(kind))])
    except UnsupportedFeature:
        assert engine == "vips"
        pytest.skip("left to another engine, which is as fast")


def decoded(body: bytes) -> tuple[Image.Image, Metadata]:
    source = MemorySource(body)
    decoder = next(each for each in REGISTRIES.decoders.values() if each.sniff(source.head()))
    info = decoder.probe(source, PageHint())
    found = decoder.decode(source, DecodeHint(minimum=info.size))
    return found.image.convert("RGB"), found.metadata


@cache
def wanted(kind: str) -> Sequence[int]:
    """The quarters from left to right and top to bottom as they are shown, in sRGB."""
    profile = profiles.linear_grey() if kind == "grey" else profiles.wide()
    small = quarters("L" if kind == "grey" else "RGB").resize((2, 2), Image.Resampling.NEAREST)
    there, here = (
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
    )
    change = ImageCms.buildTransform(
        there, here, small.mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
    )
    shown = ImageCms.applyTransform(small, change)
    assert shown is not None
    return list(shown.transpose(Image.Transpose.ROTATE_270).tobytes())


def looks_right(image: Image.Image, kind: str) -> bool:
    width, height = image.size
    points = [(width * x // 4, height * y // 4) for y in (1, 3) for x in (1, 3)]
    levels = [level for point in points for level in image.getpixel(point)]  # type: ignore[union-attr]
    found, goal = (lcms.levels_of(bytes(each), 8) for each in (levels, wanted(kind)))
    return lcms.differences(found, goal, "RGB", pictures.srgb_profile())[1] < _NEAR


needs_lcms = pytest.mark.skipif(not lcms.is_there(), reason="needs the system's littleCMS 2")


@needs_lcms
@pytest.mark.parametrize("kind", ["photo", "deep", "grey"])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("format", FORMATS)
def test_nothing_is_left_and_it_looks_right(format: str, engine: str, kind: str) -> None:
    body = rendered(kind, format, engine).body
    image, metadata = decoded(body)
    assert image.width < image.height
    assert looks_right(image, kind)
    assert (metadata.icc_profile, metadata.exif, metadata.xmp, metadata.iptc) == (None, None, None, None)
    assert b"Secret" not in body
    assert b"Eva" not in body


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("format", FORMATS)
def test_whose_it_is_stays_where_the_site_keeps_it(format: str, engine: str) -> None:
    with_notices = rendered("photo", format, engine, keep_notices=True).body
    found = record_of(with_notices)
    assert found["xmp"] == {"dc:rights": "Whose it is", "dc:creator": ["Eva"]}
    kept: Mapping[str, object] = found.get("exif", {})
    assert {name: kept[name] for name in ("Copyright", "Artist") if name in kept} == (
        {} if format in ("gif", "pdf") else {"Copyright": "Whose it is", "Artist": "Eva"}
    )
    assert "gps" not in found
    assert b"Secret" not in with_notices
    # A few hundred bytes.
    assert len(with_notices) - len(rendered("photo", format, engine).body) < 1500


@needs_lcms
@pytest.mark.parametrize("engine", ENGINES)
def test_a_format_without_profiles_has_srgb_unasked(engine: str) -> None:
    assert looks_right(decoded(rendered("photo", "gif", engine, strip=False).body)[0], "photo")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("format", ["webp", "jpg"])
def test_inks_are_shown_by_their_profile(format: str, engine: str) -> None:
    profile = profiles.inks()
    if profile is None or engine not in REGISTRIES.engines:
        pytest.skip("needs Ghostscript's profiles and the engine")
    inks = Image.new("CMYK", (SIZE.width, SIZE.height), (200, 40, 20, 10))
    data = pictures.encoded(inks, "TIFF", icc_profile=profile)
    steps = (Step(operation="resize", options=Options({"width": 40})),)
    bare = {"strip": True, "strip_profile": True}
    images = []
    for more in ((), (Step(operation="strip", options=Options(bare)),)):
        output = Output(format=format, options=Options({"quality": 95}))
        recipe = Recipe(source="a", output=output, steps=(*steps, *more), engine="" if engine == "vips" else engine)
        order = RenderOrder(recipe=recipe, source_name="a")
        images.append(decoded(workshop(keep_notices=False).render(order, [MemorySource(data)]).body))
    (shown, _), (stripped, metadata) = images
    assert metadata.icc_profile is None
    if format == "webp":
        # Which holds no inks: their profile counts on the way to RGB, before it is left out.
        assert max(abs(a - b) for a, b in zip(shown.tobytes(), stripped.tobytes(), strict=True)) < 3
