"""The pictures that the engine makes: those of Pillow, of 16 bits where they are, and none of what it cannot."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from qis_vips import choice, plugin, reduction
from qis_vips.engine import VipsEngine
from qis_vips.library import library

from qis_core.api import Box, BrokenImage, Frame, Quality, RenderJob, Size
from qis_core.builtin.pillow.engine import PillowEngine
from qis_core.testing import pictures
from qis_core.testing.jobs import Reframe, job
from qis_core.testing.suites.engines import EngineSuite

SIDES = (613, 457)
FILES = {
    "jpg": pictures.encoded(pictures.photo(SIDES), "JPEG", quality=92),
    "turned jpg": pictures.encoded(pictures.photo(SIDES), "JPEG", quality=92, exif=pictures.exif_block(6)),
    "grey jpg": pictures.encoded(pictures.photo(SIDES).convert("L"), "JPEG", quality=92),
    "png": pictures.encoded(pictures.photo(SIDES), "PNG"),
    "png of 16-bit grey": pictures.encoded(pictures.grey16(SIDES), "PNG"),
    "tif": pictures.encoded(pictures.photo(SIDES), "TIFF", compression="tiff_lzw"),
    "tiled tif": pictures.tiled_tiff(SIDES),
    "tif of 16-bit grey": pictures.encoded(pictures.grey16(SIDES), "TIFF"),
    "turned tif": pictures.encoded(pictures.photo(SIDES), "TIFF", exif={274: 8}),
}


@pytest.fixture(autouse=True)
def _all_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pictures too, which by itself the engine leaves to others because nothing is gained."""
    monkeypatch.setattr(choice, "FEWEST_PIXELS", 0)


class TestVipsEngine(EngineSuite):
    engine = VipsEngine()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What libvips was asked to read: a picture, or None where it did not."""
    found: list[Any] = []
    own = reduction.reduced

    def watched(*given: Any, **more: Any) -> Any:
        found.append(own(*given, **more))
        return found[-1]

    monkeypatch.setattr("qis_vips.engine.reduced", watched)
    return found


def picture(made: RenderJob, engine: VipsEngine | PillowEngine | None = None) -> Image.Image:
    return Image.open(io.BytesIO((engine or VipsEngine()).render(made).body))


def levels(image: Image.Image) -> np.ndarray[Any, Any]:
    return np.asarray(image, float) / (257 if image.mode == "I;16" else 1)


@st.composite
def framings(draw: st.DrawFn) -> Reframe:
    """Turns, crops in fractions of pixels, reductions, padding and tiles, in the order that URLs have them."""
    quarters, flip = draw(st.integers(0, 3)), draw(st.sampled_from(["", "h", "v"]))
    left, top, width, height = (
        draw(st.floats(low, high)) for low, high in ((0, 0.5), (0, 0.5), (0.2, 0.5), (0.2, 0.5))
    )
    crops, reduction_by = draw(st.booleans()), draw(st.floats(1.0, 9.0))
    padding, tiled = draw(st.sampled_from([0, 9])), draw(st.booleans())

    def reframe(frame: Frame) -> Frame:
        frame = frame.rotated_by(quarters * 90)
        frame = frame.flipped(flip) if flip else frame
        if crops:
            w, h = frame.content.width, frame.content.height
            frame = frame.cropped(Box(left=left * w, top=top * h, right=(left + width) * w, bottom=(top + height) * h))
        size = Size(
            width=max(1, int(frame.crop.width / reduction_by)), height=max(1, int(frame.crop.height / reduction_by))
        )
        canvas = Size(width=size.width + padding, height=size.height)
        frame = frame.resized(size, canvas, (padding // 2, 0))
        if tiled and min(canvas.width, canvas.height) > 8:
            box = Box(left=canvas.width // 3, top=canvas.height // 4, right=canvas.width, bottom=canvas.height - 1)
            frame = frame.windowed(box)
        return frame

    return reframe


@given(name=st.sampled_from(sorted(FILES)), reframe=framings())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pictures_are_those_of_pillow(name: str, reframe: Reframe) -> None:
    made = job(FILES[name], reframe, fill="#336699")
    if not VipsEngine().supports(made):
        return
    ours, theirs = picture(made), picture(made, PillowEngine())
    assert (ours.mode, ours.size) == (theirs.mode, theirs.size)
    difference = np.abs(levels(ours) - levels(theirs))
    assert difference.mean() < 2
    # Edges: the two filters round differently, by a few levels each.
    assert np.percentile(difference, 99) < 16


@pytest.mark.parametrize("name", FILES)
def test_it_is_libvips_that_reads(name: str, read: list[Any]) -> None:
    made = job(FILES[name], lambda frame: frame.resized(frame.content.inside(230)))
    assert VipsEngine().supports(made)
    assert picture(made).width == 230
    assert read == [read[0]]
    assert read[0] is not None


@pytest.mark.parametrize("name", ["jpg", "png", "tif"])
def test_tiles_show_what_the_whole_shows(name: str) -> None:
    def whole(frame: Frame) -> Frame:
        return frame.resized(Size(width=300, height=224))

    full = picture(job(FILES[name], whole))
    for left, top in ((0, 0), (128, 64), (172, 96)):
        box = Box(left=left, top=top, right=left + 128, bottom=top + 128)
        tile = picture(job(FILES[name], lambda frame, box=box: whole(frame).windowed(box)))  # type: ignore[misc]
        cut = full.crop((left, top, left + 128, top + 128))
        assert np.abs(levels(tile) - levels(cut)).mean() < 0.3


def test_blocks_beside_the_pixels_are_kept() -> None:
    profile = pictures.srgb_profile()
    file = pictures.encoded(
        pictures.photo(SIDES), "JPEG", icc_profile=profile, exif=pictures.exif_block(6), xmp=b"<x/>", dpi=(240, 240)
    )
    made = job(file, lambda frame: frame.resized(Size(width=200, height=268)), output="jpg")
    assert VipsEngine().supports(made)
    ours, theirs = picture(made), picture(made, PillowEngine())
    for key in ("icc_profile", "exif", "xmp", "dpi"):
        assert ours.info[key] == theirs.info[key], key
    assert ours.getexif()[0x0112] == 1


@pytest.mark.parametrize("file", ["glass.png", "palette.png", "cmyk-adobe.jpg", "photo.webp", "animated.gif"])
def test_other_kinds_are_left_to_others(file: str) -> None:
    assert not VipsEngine().supports(job(pictures.FILES[file](), lambda frame: frame.resized(Size(width=9, height=7))))


def test_what_it_does_otherwise_is_left_to_others() -> None:
    def small(frame: Frame) -> Frame:
        return frame.resized(Size(width=200, height=149))

    photo = FILES["png"]
    assert VipsEngine().supports(job(photo, small))
    assert not VipsEngine().supports(job(photo, small, quality=Quality(gamma_correct=True)))
    assert not VipsEngine().supports(job(photo, lambda frame: frame.rotated_by(5)))
    assert not VipsEngine().supports(job(photo, lambda frame: frame.resized(Size(width=700, height=500))))
    assert not VipsEngine().supports(replace(job(photo, small), next_engines=()))


def test_reduced_copies_are_left_to_the_decoder(read: list[Any]) -> None:
    photo, small = pictures.photo((512, 384)), Size(width=100, height=75)
    pages = pictures.encoded(photo, "TIFF", save_all=True, append_images=[photo.reduce(2)])
    assert not VipsEngine().supports(job(pages, lambda frame: frame.resized(small)))
    vips = library()
    image = vips.Image.new_from_memory(photo.tobytes(), 512, 384, 3, "uchar").copy(interpretation="srgb")
    pyramid = image.tiffsave_buffer(tile=True, tile_width=128, tile_height=128, pyramid=True, subifd=True)
    made = job(bytes(pyramid), lambda frame: frame.resized(small))
    assert picture(made).size == (100, 75)
    assert read == [None]


def test_small_pictures_are_left_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert not VipsEngine().supports(job(FILES["png"], lambda frame: frame.resized(Size(width=200, height=149))))


@pytest.mark.parametrize("name", ["jpg", "png", "tif"])
def test_damaged_files_end_in_a_picture_or_as_they_do_with_pillow(name: str) -> None:
    for what, data in pictures.damaged(FILES[name], cuts=6, flips=12):
        try:
            made = job(data, lambda frame: frame.resized(frame.content.inside(100)))
        except Exception:
            # The file is refused before any engine sees it.
            continue
        if made.info.size.pixels > 1_000_000 or not VipsEngine().supports(made):
            continue
        # What libvips mends, Pillow may refuse; what it cannot read is Pillow's to judge.
        theirs = ended(made, PillowEngine())
        assert ended(made, VipsEngine()) in (theirs, made.frame.size), what


def ended(made: RenderJob, engine: VipsEngine | PillowEngine) -> object:
    try:
        return engine.render(made).size
    except BrokenImage:
        return BrokenImage


# 16-bit colour


def deep_file(size: tuple[int, int], file_format: str, *, alpha: bool = False, profile: bytes | None = None) -> bytes:
    """16-bit colour: red grows to the right and blue downwards, by less than a level of 8 bits a pixel."""
    across, down = np.meshgrid(np.linspace(20_000, 30_000, size[0]), np.linspace(20_000, 30_000, size[1]))
    planes = [across, np.full_like(across, 1000), down, *([np.full_like(across, 40_000)] if alpha else [])]
    vips = library()
    image = vips.Image.new_from_array(np.stack(planes, 2).astype(np.uint16), interpretation="rgb16")
    if profile:
        image.set_type(vips.GValue.blob_type, "icc-profile-data", profile)
    written = image.pngsave_buffer(bitdepth=16) if file_format == "png" else image.tiffsave_buffer(compression="lzw")
    return bytes(written)


def deep_pixels(body: bytes) -> np.ndarray[Any, Any]:
    vips = library()
    load = vips.Image.pngload_buffer if body.startswith(b"\x89PNG") else vips.Image.tiffload_buffer
    image = load(body)
    assert image.format == "ushort"
    return np.asarray(image.numpy())


@pytest.mark.parametrize("source", ["png", "tif"])
@pytest.mark.parametrize("output", ["png", "tif"])
def test_sixteen_bit_colour_stays_so(source: str, output: str) -> None:
    def reframe(frame: Frame) -> Frame:
        return frame.rotated_by(90).resized(Size(width=90, height=120), Size(width=100, height=120), (5, 0))

    made = job(deep_file((480, 360), source), reframe, output=output, fill="#ff8000")
    assert VipsEngine().supports(made)
    pixels = deep_pixels(VipsEngine().render(made).body)
    assert pixels.shape == (120, 100, 3)
    assert tuple(pixels[60, 2]) == (65535, 128 * 257, 0)
    # Turned clockwise, red grows downwards and blue to the left.
    wanted = 20_000 + (np.arange(120) + 0.5) / 120 * 10_000
    assert np.abs(pixels[:, 50, 0] - wanted).max() < 60
    assert len(np.unique(pixels[:, 50, 0])) == 120
    assert pixels[60, 10, 2] > pixels[60, 80, 2]


def test_sixteen_bit_colour_keeps_alpha_and_profile() -> None:
    profile = pictures.srgb_profile()
    made = job(
        deep_file((200, 100), "png", alpha=True, profile=profile),
        lambda frame: frame.flipped("h").resized(Size(width=100, height=50)), dpi=(300, 300), fill="none",
    )  # fmt: skip
    if not VipsEngine().supports(made):
        pytest.skip("Pillow tells of no 16-bit alpha")
    rendition = VipsEngine().render(made)
    pixels = deep_pixels(rendition.body)
    assert pixels.shape == (50, 100, 4)
    assert np.abs(pixels[..., 3].astype(int) - 40_000).max() < 3
    assert pixels[25, 0, 0] > pixels[25, 99, 0]
    with Image.open(io.BytesIO(rendition.body)) as image:
        assert image.info["icc_profile"] == profile
        assert round(image.info["dpi"][0]) == 300


def test_sixteen_bit_colour_in_eight_bits_is_not_clipped() -> None:
    made = job(deep_file((480, 360), "png"), lambda frame: frame.resized(Size(width=120, height=90)), output="jpg")
    assert VipsEngine().supports(made)
    ours, theirs = picture(made), picture(made, PillowEngine())
    assert np.abs(levels(ours) - levels(theirs)).mean() < 1.5


# Safety


def test_registering_does_not_load_libvips() -> None:
    code = "import qis_vips.plugin as p, sys; p.qis_register_engines(); sys.exit('pyvips' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_only_three_loaders_are_open() -> None:
    vips = library()
    assert logging.getLogger("pyvips").level > logging.WARNING
    for data in (
        pictures.FILES["still.gif"](),
        pictures.FILES["photo.webp"](),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ):
        with pytest.raises(vips.Error):
            vips.Image.new_from_buffer(data, "")


@pytest.mark.parametrize("missing", ["pyvips", "_libvips"])
def test_it_says_what_is_missing(missing: str) -> None:
    hide = (
        f"import importlib.util as u, ctypes.util as c; f = u.find_spec; c.find_library = lambda name: None; "
        f"u.find_spec = lambda name, *rest: None if name == {missing!r} else f(name, *rest)"
    )
    code = f"{hide}\nimport qis_vips.plugin as p\ntry: p.qis_register_engines()\nexcept p.Unavailable as e: print(e)"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert "missing; install it with: pip install 'pyvips[binary]'" in said


def test_the_plugin_registers_the_engine() -> None:
    (engine,) = plugin.qis_register_engines()
    assert (engine.name, plugin.QIS_API) == ("vips", (1, 0))
