"""What every engine has to do, whatever library it uses.

::

    class TestMyEngine(EngineSuite):
        engine = MyEngine()

A job that the engine does not support is skipped. Tolerances leave room for other filters and
other arithmetic, none for another geometry.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import pytest
from PIL import Image, ImageCms, ImageStat

from qis_core.api import (
    Box,
    BrokenImage,
    Engine,
    Frame,
    Limits,
    NotFound,
    OperationContext,
    Options,
    Phase,
    PixelOperation,
    RenderJob,
    Rendition,
    Size,
    TooLarge,
    UnsupportedFeature,
)
from qis_core.testing import pictures
from qis_core.testing.jobs import job, lossless_file
from qis_core.testing.suites.operations import MODES, drawn

RED, LIME, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
ORANGE = "#ff8000"

_NEAR = 6
"""Levels of 255 that another filter may move the mean of a picture or a flat part of it."""


class EngineSuite:
    """Subclass with ``engine``."""

    engine: Engine

    # Geometry

    @pytest.mark.parametrize("size", [(40, 30), (1, 1), (96, 10), (200, 150)])
    def test_a_rendering_has_the_size_of_its_frame(self, size: tuple[int, int]) -> None:
        target = Size(width=size[0], height=size[1])
        rendition, image = self.render(job(pictures.photo(), lambda frame: frame.resized(target)))
        assert image.size == size
        assert rendition.size == target
        assert rendition.media_type == "image/png"

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_a_picture_is_shown_upright(self, orientation: int) -> None:
        file = pictures.oriented(orientation, "PNG")
        _, image = self.render(job(file, lambda frame: frame.resized(Size(width=48, height=36))))
        assert quarters(image) == [RED, LIME, BLUE, YELLOW]

    def test_flips_and_quarter_turns_are_exact(self) -> None:
        source = pictures.photo((31, 20))
        for reframe, transpose in (
            (_flip("h"), Image.Transpose.FLIP_LEFT_RIGHT),
            (_flip("v"), Image.Transpose.FLIP_TOP_BOTTOM),
            (_rotate(90), Image.Transpose.ROTATE_270),
            (_rotate(180), Image.Transpose.ROTATE_180),
            (_rotate(270), Image.Transpose.ROTATE_90),
        ):
            _, image = self.render(job(source, reframe))
            assert image.tobytes() == source.transpose(transpose).tobytes()

    def test_a_crop_without_a_size_is_exact(self) -> None:
        source = pictures.photo()
        _, image = self.render(job(source, lambda frame: frame.cropped(Box(left=10, top=7, right=55, bottom=60))))
        assert image.tobytes() == source.crop((10, 7, 55, 60)).tobytes()

    def test_a_crop_shows_nothing_from_beside_it(self) -> None:
        def reframe(frame: Frame) -> Frame:
            return frame.cropped(Box(left=0, top=0, right=48, bottom=36)).resized(Size(width=10, height=8))

        _, image = self.render(job(pictures.corners(), reframe))
        assert image.getextrema() == ((255, 255), (0, 0), (0, 0))

    def test_a_crop_after_a_turn_takes_the_turned_part(self) -> None:
        def reframe(frame: Frame) -> Frame:
            frame = frame.rotated_by(90).flipped("h")
            return frame.cropped(Box(left=0, top=0, right=36, bottom=48)).resized(Size(width=9, height=12))

        # 90° puts blue at the top left and red beside it; the mirror changes their places.
        _, image = self.render(job(pictures.corners(), reframe))
        assert image.size == (9, 12)
        assert image.getpixel((4, 6)) == RED

    def test_a_reduction_keeps_the_mean(self) -> None:
        source = pictures.photo((200, 150))
        for size in ((150, 112), (60, 45), (23, 17)):
            target = Size(width=size[0], height=size[1])
            _, image = self.render(job(source, lambda frame, target=target: frame.resized(target)))  # type: ignore[misc]
            means = zip(ImageStat.Stat(source).mean, ImageStat.Stat(image).mean, strict=True)
            assert all(abs(a - b) < _NEAR for a, b in means)

    def test_a_scaled_decode_shows_the_same_part(self) -> None:
        source = pictures.corners((1601, 1203))
        file = pictures.encoded(source, "JPEG", quality=95)

        def reframe(frame: Frame) -> Frame:
            box = Box(left=800.5, top=601.5, right=1601, bottom=1203)
            return frame.cropped(box).resized(Size(width=60, height=45))

        _, image = self.render(job(file, reframe))
        assert _is_near(image.getpixel((2, 2)), YELLOW)
        assert _is_near(image.getpixel((57, 42)), YELLOW)

    def test_a_free_rotation_holds_the_whole_picture_and_fills_the_corners(self) -> None:
        source = Image.new("RGB", (400, 300), "blue")
        _, image = self.render(job(source, _rotate(45), fill=ORANGE))
        assert image.size == (496, 496)
        assert image.getpixel((248, 248)) == BLUE
        for corner in ((0, 0), (495, 0), (0, 495), (495, 495)):
            assert image.getpixel(corner) == (255, 128, 0)
        covered = sum(1 for r, _, b in _pixels(image) if b > r)
        assert math.isclose(covered, 400 * 300, rel_tol=0.01)

    def test_a_free_rotation_is_clockwise(self) -> None:
        _, image = self.render(job(pictures.corners((100, 100)), _rotate(30)))
        x, y = image.width / 2, image.height / 2
        # The quarters' middles, 35 pixels from the centre at -135°, -45°, 135° and 45°, turned by 30°.
        places = [math.radians(angle + 30) for angle in (-135, -45, 135, 45)]
        found = [image.getpixel((int(x + 35 * math.cos(a)), int(y + 35 * math.sin(a)))) for a in places]
        assert found == [RED, LIME, BLUE, YELLOW]

    def test_a_rotated_part_is_where_it_is_in_the_whole(self) -> None:
        def whole(frame: Frame) -> Frame:
            frame = frame.rotated_by(30)
            return frame.resized(Size(width=frame.picture.width // 2, height=frame.picture.height // 2))

        source = pictures.photo((200, 150))
        _, full = self.render(job(source, whole))
        box = Box(left=40, top=30, right=80, bottom=60)
        _, part = self.render(job(source, lambda frame: whole(frame).windowed(box)))
        assert _mean_difference(full.crop((40, 30, 80, 60)), part) < 1

    @pytest.mark.parametrize("file_format", ["PNG", "JPEG"])
    @pytest.mark.parametrize("angle", [0, 90, 20])
    def test_tiles_join_without_a_seam(self, file_format: str, angle: float) -> None:
        file = pictures.encoded(pictures.photo((400, 300)), file_format)

        def whole(frame: Frame) -> Frame:
            content, canvas = Size(width=100, height=75), Size(width=121, height=81)
            return frame.rotated_by(angle).resized(content, canvas, (11, 3))

        _, full = self.render(job(file, whole, fill=ORANGE))
        joined = Image.new("RGB", full.size)
        for left, right in ((0, 60), (60, 121)):
            for top, bottom in ((0, 40), (40, 81)):
                box = Box(left=left, top=top, right=right, bottom=bottom)
                made = job(file, lambda frame, box=box: whole(frame).windowed(box), fill=ORANGE)  # type: ignore[misc]
                _, tile = self.render(made)
                joined.paste(tile, (left, top))
        assert _mean_difference(full, joined) < 0.5

    # Padding and fill

    @pytest.mark.parametrize("mode", MODES)
    def test_every_mode_can_be_padded(self, mode: str) -> None:
        def reframe(frame: Frame) -> Frame:
            return frame.resized(Size(width=40, height=30), Size(width=60, height=50), (10, 5))

        _, image = self.render(job(drawn(mode, pictures.SIZE), reframe, fill=ORANGE))
        seen = image.convert("RGBA")
        for place in ((0, 0), (59, 49), (9, 20), (50, 20), (20, 4), (20, 35)):
            assert _is_near(seen.getpixel(place), (255, 128, 0, 255), 40 if mode == "CMYK" else 0), place
        assert not _is_near(seen.getpixel((48, 20)), (255, 128, 0, 255))

    @pytest.mark.parametrize("mode", MODES)
    def test_every_mode_can_be_rotated(self, mode: str) -> None:
        _, image = self.render(job(drawn(mode, pictures.SIZE), _rotate(20), fill=ORANGE))
        assert image.convert("RGBA").getpixel((0, 0))[3] == 255  # type: ignore[index]
        assert _is_near(image.convert("RGB").getpixel((0, 0)), (255, 128, 0), 40 if mode == "CMYK" else 0)

    def test_no_fill_is_transparent_where_the_format_can(self) -> None:
        def reframe(frame: Frame) -> Frame:
            return frame.resized(Size(width=40, height=30), Size(width=60, height=30), (10, 0))

        for mode in MODES:
            _, image = self.render(job(drawn(mode, pictures.SIZE), reframe, fill="none"))
            assert image.convert("RGBA").getpixel((2, 15))[3] == 0, mode  # type: ignore[index]
        _, image = self.render(job(pictures.photo(), reframe, fill="none", output="jpg"))
        assert _is_near(image.getpixel((2, 15)), (255, 255, 255))

    def test_alpha_is_laid_on_the_fill_for_formats_without(self) -> None:
        clear = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
        _, image = self.render(job(clear, fill=ORANGE, output="jpg"))
        assert _is_near(image.getpixel((20, 15)), (255, 128, 0))
        _, image = self.render(job(clear, fill="none", output="jpg"))
        assert _is_near(image.getpixel((20, 15)), (255, 255, 255))

    def test_hidden_colours_do_not_shine_through(self) -> None:
        source = Image.new("RGBA", (80, 60), (255, 0, 0, 0))
        source.paste((0, 0, 255, 255), (31, 0, 80, 60))
        for reframe in (lambda frame: frame.resized(Size(width=20, height=15)), _rotate(10)):
            _, image = self.render(job(source, reframe, fill="none"))
            assert all(pixel[0] < 8 for pixel in _pixels(image.convert("RGBA")) if pixel[3] > 16)

    def test_the_fill_auto_is_the_colour_of_the_edge(self) -> None:
        source = Image.new("RGB", (80, 60), "#306090")
        source.paste("white", (10, 10, 70, 50))
        source.paste("red", (0, 0, 12, 4))

        def reframe(frame: Frame) -> Frame:
            return frame.resized(Size(width=40, height=30), Size(width=60, height=30), (10, 0))

        _, image = self.render(job(source, reframe, fill="auto"))
        assert _is_near(image.getpixel((2, 15)), (0x30, 0x60, 0x90))

    # Colours and what stands beside the pixels

    def test_sixteen_bits_are_not_clipped(self) -> None:
        target = Size(width=48, height=36)
        _, image = self.render(job(pictures.grey16(), lambda frame: frame.resized(target)))
        assert image.mode == "I;16"
        middle = image.getpixel((24, 18))
        assert isinstance(middle, int)
        assert abs(middle - 33_000) < 1500
        _, image = self.render(job(pictures.grey16(), lambda frame: frame.resized(target), output="jpg"))
        assert _is_near(image.convert("RGB").getpixel((24, 18)), (128, 128, 128))

    def test_cmyk_stays_cmyk_where_the_format_can(self) -> None:
        target = Size(width=48, height=36)
        _, image = self.render(job(pictures.inks(), lambda frame: frame.resized(target), output="tif"))
        assert image.mode == "CMYK"
        assert image.getpixel((30, 18)) == (0, 0, 255, 0)
        _, image = self.render(job(pictures.inks(), lambda frame: frame.resized(target)))
        assert image.mode == "RGB"
        assert _is_near(image.getpixel((30, 18)), YELLOW, 40)

    def test_a_profile_is_kept(self) -> None:
        profile = pictures.srgb_profile()
        for output in ("png", "jpg", "tif"):
            _, image = self.render(job(lossless_file(pictures.photo(), icc_profile=profile), output=output))
            assert image.info.get("icc_profile") == profile

    def test_a_broken_or_foreign_profile_is_no_failure(self) -> None:
        grey = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
        for profile in (b"nonsense" * 40, pictures.srgb_profile()[:200], grey):
            made = job(lossless_file(pictures.photo(), icc_profile=profile), _rotate(20), fill=ORANGE)
            _, image = self.render(made)
            assert image.size[0] > 96

    def test_the_orientation_is_not_applied_twice(self) -> None:
        rendition, _ = self.render(job(pictures.oriented(6), lambda frame: frame.flipped("h"), output="jpg"))
        with Image.open(io.BytesIO(rendition.body)) as image:
            assert image.getexif().get(0x0112, 1) == 1

    def test_the_resolution_asked_for_is_written(self) -> None:
        rendition, _ = self.render(job(pictures.photo(), dpi=(300, 150), output="jpg"))
        with Image.open(io.BytesIO(rendition.body)) as image:
            assert image.info["dpi"] == (300, 150)

    # Operations

    def test_an_operation_gets_a_mode_that_it_takes(self) -> None:
        for mode in MODES:
            probe = _Probe()
            self.render(job(drawn(mode, pictures.SIZE), pixel_steps=[(probe, Options({}))]))
            assert probe.seen == ["RGB"], mode

    def test_an_operation_knows_where_its_pixels_lie(self) -> None:
        probe = _Probe()

        def reframe(frame: Frame) -> Frame:
            frame = frame.resized(Size(width=48, height=36), Size(width=60, height=40), (6, 2))
            return frame.windowed(Box(left=30, top=20, right=60, bottom=40))

        self.render(job(pictures.photo(), reframe, pixel_steps=[(probe, Options({}))]))
        context = probe.contexts[0]
        assert context.canvas == Size(width=60, height=40)
        assert context.original == Size(width=96, height=72)
        assert math.isclose(context.scale, 0.5)
        assert context.origin == (30, 20)

    def test_an_operation_that_changes_the_size_is_refused(self) -> None:
        class Shrinks(_Probe):
            """Breaks the rule."""

            def apply(self, image: Image.Image, options: Options, context: OperationContext) -> Image.Image:
                return image.resize((3, 3))

        with pytest.raises(UnsupportedFeature):
            self.render(job(pictures.photo(), pixel_steps=[(Shrinks(), Options({}))]))

    def test_notes_of_operations_reach_the_rendering(self) -> None:
        rendition, _ = self.render(job(pictures.photo(), pixel_steps=[(_Probe(), Options({}))]))
        assert "seen" in rendition.notes

    # Animations

    def test_an_animation_stays_one(self) -> None:
        file = pictures.FILES["animated.gif"]()
        for output in ("gif", "webp"):
            made = job(file, lambda frame: frame.resized(Size(width=24, height=18)), output=output, fill="none")
            rendition, image = self.render(made)
            assert getattr(image, "n_frames", 1) == 4
            assert image.size == (24, 18)
            assert rendition.size == Size(width=24, height=18)

    def test_one_page_of_an_animation_is_a_still(self) -> None:
        _, image = self.render(job(pictures.FILES["animated.gif"](), output="gif", page=3))
        assert getattr(image, "n_frames", 1) == 1

    def test_formats_without_animation_show_the_first_picture(self) -> None:
        _, image = self.render(job(pictures.FILES["animated.gif"](), output="jpg"))
        assert image.size == (48, 36)

    def test_too_many_frames_are_refused(self) -> None:
        with pytest.raises(TooLarge):
            self.render(job(pictures.FILES["animated.gif"](), output="gif", limits=Limits(frames=3)))

    # Failures and sameness

    def test_damaged_files_are_broken_images(self) -> None:
        whole = pictures.encoded(pictures.photo((300, 200)), "JPEG")
        made = job(whole)
        made.source.data = whole[: len(whole) // 4]  # type: ignore[attr-defined]
        with pytest.raises((BrokenImage, NotFound)):
            self.render(made)

    def test_the_same_job_gives_the_same_bytes(self) -> None:
        def make() -> RenderJob:
            return job(pictures.glass(), _rotate(20), fill=ORANGE)

        assert self.render(make())[0].body == self.render(make())[0].body

    def render(self, made: RenderJob) -> tuple[Rendition, Image.Image]:
        """The rendering and its picture as Pillow reads it; skips what the engine does not support."""
        if not self.engine.supports(made):
            pytest.skip("this engine leaves such jobs to others")
        rendition = self.engine.render(made)
        image = Image.open(io.BytesIO(rendition.body))
        image.load()
        assert image.size == (rendition.size.width, rendition.size.height)
        return rendition, image


class _Probe(PixelOperation):
    """Looks at what it is given and changes nothing; takes RGB only."""

    name = "probe"
    phase = Phase.COLOUR
    modes = ("RGB",)

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.contexts: list[OperationContext] = []

    def reach(self, options: Options) -> int:
        return 0

    def apply(self, image: Image.Image, options: Options, context: OperationContext) -> Image.Image:
        self.seen.append(image.mode)
        self.contexts.append(context)
        context.note("seen")
        return image


def quarters(image: Image.Image) -> list[object]:
    """The colours in the middle of the four quarters, row by row."""
    x, y = image.width // 4, image.height // 4
    seen = image.convert("RGB")
    return [seen.getpixel(place) for place in ((x, y), (3 * x, y), (x, 3 * y), (3 * x, 3 * y))]


def _flip(direction: str) -> Callable[[Frame], Frame]:
    return lambda frame: frame.flipped(direction)


def _rotate(angle: float) -> Callable[[Frame], Frame]:
    return lambda frame: frame.rotated_by(angle)


def _pixels(image: Image.Image) -> list[tuple[int, ...]]:
    return list(zip(*[iter(image.tobytes())] * len(image.getbands()), strict=True))


def _is_near(pixel: object, wanted: tuple[int, ...], levels: int = _NEAR) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) <= max(levels, _NEAR) for a, b in zip(pixel, wanted, strict=True))


def _mean_difference(one: Image.Image, other: Image.Image) -> float:
    assert (one.mode, one.size) == (other.mode, other.size)
    total = sum(abs(a - b) for a, b in zip(one.tobytes(), other.tobytes(), strict=True))
    return total / len(one.tobytes())
