"""GIF frames look as browsers show them."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from qis_core.api import AnimationFrame, Decoded, DecodeHint, Metadata, Options, PageHint, Size, TooLarge
from qis_core.builtin.formats import gif
from qis_core.builtin.formats.gif import GifDecoder, GifEncoder
from qis_core.testing import pictures
from qis_core.testing.sources import MemorySource

DECODER = GifDecoder()
WHOLE, LEFT, RIGHT = (0, 0, 8, 4), (0, 0, 4, 4), (4, 0, 4, 4)
BLACK, RED, LIME, BLUE = range(4)
NONE = (0, 0, 0, 0)


def animated(data: bytes, minimum: Size | None = None) -> Decoded:
    source = MemorySource(data)
    size = DECODER.probe(source, PageHint()).size
    return DECODER.decode(source, DecodeHint(minimum=minimum or size, animation=True))


def looks(data: bytes) -> list[tuple[object, object]]:
    """Left and right pixel of every frame, as RGBA."""
    images = [frame.image.convert("RGBA") for frame in animated(data).frames]
    return [(image.getpixel((1, 1)), image.getpixel((6, 1))) for image in images]


def solid(red: int, green: int, blue: int) -> tuple[int, int, int, int]:
    return red, green, blue, 255


def test_what_no_frame_covers_is_transparent() -> None:
    data = pictures.gif_file((8, 4), (LEFT, RED, None, 0))
    source = MemorySource(data)
    assert DECODER.probe(source, PageHint()).has_alpha
    image = DECODER.decode(source, DecodeHint(minimum=Size(width=8, height=4))).image
    assert (image.getpixel((1, 1)), image.getpixel((6, 1))) == (solid(255, 0, 0), NONE)


def test_frames_stay_are_cleared_or_taken_back() -> None:
    red, blue, lime = solid(255, 0, 0), solid(0, 0, 255), solid(0, 255, 0)
    kept = pictures.gif_file((8, 4), (WHOLE, RED, None, 1), (RIGHT, BLUE, None, 1), (LEFT, LIME, None, 1))
    assert looks(kept) == [(red, red), (red, blue), (lime, blue)]
    cleared = pictures.gif_file((8, 4), (WHOLE, RED, None, 1), (RIGHT, BLUE, None, 2), (LEFT, LIME, None, 1))
    assert looks(cleared) == [(red, red), (red, blue), (lime, NONE)]
    restored = pictures.gif_file((8, 4), (WHOLE, RED, None, 1), (RIGHT, BLUE, None, 3), (LEFT, LIME, None, 1))
    assert looks(restored) == [(red, red), (red, blue), (lime, red)]


def test_transparent_pixels_show_the_frame_below() -> None:
    data = pictures.gif_file((8, 4), (WHOLE, RED, None, 1), (WHOLE, BLUE, BLUE, 1))
    assert looks(data) == [(solid(255, 0, 0),) * 2] * 2


def test_opaque_animations_have_no_alpha() -> None:
    data = pictures.gif_file((8, 4), (WHOLE, RED, None, 1), (WHOLE, BLUE, None, 1))
    assert {frame.image.mode for frame in animated(data).frames} == {"RGB"}


def test_each_frame_is_a_page_as_it_is_shown() -> None:
    source = MemorySource(pictures.gif_file((8, 4), (WHOLE, RED, None, 1), (RIGHT, BLUE, None, 2)))
    assert DECODER.probe(source, PageHint(page=2)).pages == 2
    image = DECODER.decode(source, DecodeHint(minimum=Size(width=8, height=4), page=2)).image
    assert (image.getpixel((1, 1)), image.getpixel((6, 1))) == ((255, 0, 0), (0, 0, 255))


@pytest.mark.parametrize(("repetitions", "rounds"), [(None, 1), (0, 0), (1, 2), (5, 6)])
def test_counts_rounds(repetitions: int | None, rounds: int) -> None:
    data = pictures.gif_file((8, 4), (WHOLE, RED, None, 1), (WHOLE, BLUE, None, 1), loop=repetitions)
    assert animated(data).loop == rounds


@pytest.mark.parametrize("rounds", [0, 1, 2, 7])
def test_writes_rounds(rounds: int) -> None:
    frames = [AnimationFrame(image=image, duration=100) for image in pictures.frames()]
    buffer = io.BytesIO()
    GifEncoder().encode_animation(frames, rounds, Options({}), Metadata(), buffer)
    assert animated(buffer.getvalue()).loop == rounds


def test_the_picture_holds_every_frame() -> None:
    source = MemorySource(pictures.gif_file((4, 4), (LEFT, RED, None, 1), (RIGHT, BLUE, None, 1)))
    assert DECODER.probe(source, PageHint()).size == Size(width=8, height=4)


def test_small_renderings_hold_small_frames() -> None:
    data = pictures.FILES["animated.gif"]()
    result = animated(data, minimum=Size(width=10, height=9))
    assert {frame.image.size for frame in result.frames} == {(12, 9)}
    assert result.region is not None
    assert (result.region.right, result.region.bottom) == (48, 36)


def test_files_chopped_into_tiny_blocks_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gif, "MOST_BLOCKS", 1000)
    hostile = pictures.gif_file((8, 4), (WHOLE, RED, None, 1))[:-1] + b"!\xfe" + b"\x01x" * 2000 + b"\0;"
    with pytest.raises(TooLarge, match="blocks"):
        DECODER.probe(MemorySource(hostile), PageHint())


def test_few_colours_are_kept_exactly() -> None:
    buffer = io.BytesIO()
    GifEncoder().encode(pictures.corners(), Options({}), Metadata(), buffer)
    source = MemorySource(buffer.getvalue())
    image = DECODER.decode(source, DecodeHint(minimum=Size(width=96, height=72))).image
    assert image.tobytes() == pictures.corners().tobytes()


def test_half_transparent_pixels_become_one_or_the_other() -> None:
    buffer = io.BytesIO()
    GifEncoder().encode(pictures.glass(), Options({}), Metadata(), buffer)
    image = DECODER.decode(MemorySource(buffer.getvalue()), DecodeHint(minimum=Size(width=96, height=72))).image
    assert set(image.getchannel("A").get_flattened_data()) == {0, 255}


def test_refuses_sides_that_the_format_cannot_hold() -> None:
    with pytest.raises(TooLarge, match="65535"):
        GifEncoder().encode(Image.new("L", (65_536, 1)), Options({}), Metadata(), io.BytesIO())
